/* One m-line of a negotiation: codecs, extensions and streams between `struct sdp_media` (what is written) and `struct
 * media` (what is agreed). */
#ifndef HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H
#define HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H

#include "signaling/proto/negotiate_types.h"

/* The codecs of `written` that we know, in order of our preference (`codecs` as in struct negotiate_local). */
void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs);
/* The same codecs, with RTX, as lines of a description. */
void negotiate_write_codecs(struct sdp_media *out, const struct media *media);
/* What we want of the remote peer, where its own request says nothing: an answer's parameters are the answerer's. */
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
/* The codec that the fewest of them cannot play: `current` unless another one is better, and then the first such one.
 * An index into media->codecs. */
size_t negotiate_best_codec(const struct media *media, const struct media *const *viewers, size_t viewer_count,
                            size_t current);
/* Puts the codec first that most of those can play who will be sent it. `before`: the m-line as it was agreed on last,
 * or NULL. */
void negotiate_prefer(struct media *media, const struct media *const *viewers, size_t viewer_count,
                      const struct media *before);
/* Which of the written extensions we take on this kind of m-line, once its codecs are in order and its directions are
 * known: those that go the way that the media goes (RFC 8285 section 6). */
void negotiate_extensions(struct media *media, const struct sdp_media *written);
/* Within a BUNDLE an extension id means one thing (RFC 8843 section 9.2, RFC 8285 section 5): what it meant before,
 * else the extension of the most use. The others are left out: some stacks give one id two meanings, and read one as
 * the other once both are agreed. */
void negotiate_unique_extensions(struct negotiated *negotiated, const struct negotiated *previous);
/* Leaves of the offered feedback what will come, as receiver, or is understood, as sender; once extensions and
 * directions are known. */
void negotiate_feedback(struct media *media);
/* What the author of `written` sends: rids and SSRCs. */
void negotiate_encodings(struct media *media, const struct sdp_media *written);

#endif
