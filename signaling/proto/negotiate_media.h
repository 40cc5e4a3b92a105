/* One m-line of a negotiation: codecs, extensions and streams between `struct sdp_media` (what is written) and `struct
 * media` (what is agreed). */
#ifndef HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H
#define HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H

#include "signaling/proto/negotiate_types.h"

/* The codecs of `written` that we know, in order of our preference (`codecs` as in struct negotiate_local). */
void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs);
/* The same codecs, with RTX, as lines of a description. `parameters` of `negotiated` or, where it has none, our own;
 * NULL: our own. */
void negotiate_write_codecs(struct sdp_media *out, const struct media *media, const struct negotiated *negotiated);
/* Remembers the parameters that `written` gives the codecs of `media`, but for those that do not fit. */
void negotiate_keep_parameters(struct negotiated *negotiated, const struct media *media,
                               const struct sdp_media *written);
/* Sets codec parameters of an answer to what we want to receive: an answer's parameters are the answerer's. */
void negotiate_answer_codecs(struct sdp_media *answer);
/* Codecs and extension ids of a new m-line in our offer; see negotiate_offer(). */
void negotiate_own_media(struct media *media, const enum codec *codecs, const struct negotiated *previous);
/* Drops from an answered m-line what was not offered. False when no codec is left. */
bool negotiate_keep_offered(struct media *media, const struct sdp_media *offered);
/* An answer turns the direction of each extension round. */
void negotiate_mirror_directions(struct sdp_media *answer, const struct sdp_media *offered);
/* How many of `viewers` (each an m-line that we send) cannot play codec `index` of an m-line that we receive. */
size_t negotiate_missing(const struct media *media, size_t index, const struct media *const *viewers,
                         size_t viewer_count);
/* The codec that most of the viewers can play, as an index into media->codecs: `current` unless another is better, and
 * then the first such one. */
size_t negotiate_best_codec(const struct media *media, const struct media *const *viewers, size_t viewer_count,
                            size_t current);
/* Puts the codec first that most viewers can play. `before` is the m-line as it was agreed on last, or NULL. */
void negotiate_prefer(struct media *media, const struct media *const *viewers, size_t viewer_count,
                      const struct media *before);
/* Which of the written extensions we accept on this kind of m-line: those in the direction of the media (RFC 8285
 * section 6). Call when its codecs are ordered and its directions known. */
void negotiate_extensions(struct media *media, const struct sdp_media *written);
/* Within a BUNDLE an extension id means one thing (RFC 8843 section 9.2, RFC 8285 section 5): the one that it had
 * before, else the most useful one. Other extensions with that id are left out: some stacks give one id two meanings,
 * and then misread one extension as the other. Even what is answered with one meaning they may read with the other
 * (aiortc does while it makes a new offer), so such an id is read but never written: no m-line that we send has it. */
void negotiate_unique_extensions(struct negotiated *negotiated, const struct negotiated *previous);
/* Keeps of the offered feedback what we send as a receiver, or understand as a sender. Call when extensions and
 * directions are known. */
void negotiate_feedback(struct media *media);
/* Reads the rids and SSRCs that the author of `written` sends. */
void negotiate_encodings(struct media *media, const struct sdp_media *written);

#endif
