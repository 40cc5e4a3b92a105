/* One m-line of a negotiation: codecs, extensions and streams between `struct sdp_media` (what is written) and `struct
 * media` (what is agreed). Private to negotiate.c. */
#ifndef HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H
#define HEDDLE_SIGNALING_NEGOTIATE_MEDIA_H

#include "signaling/proto/negotiate.h"

/* The codecs of `written` that we know, in order of our preference (`codecs` as in struct negotiate_local). */
void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs);
/* The same codecs, with RTX, as lines of a description. */
void negotiate_write_codecs(struct sdp_media *out, const struct media *media);
/* What we want of the other end, where its own wish says nothing: an answer's parameters are the answerer's. */
void negotiate_answer_codecs(struct sdp_media *answer);
/* Codecs and extension ids of a new m-line in our offer; see negotiate_offer(). */
void negotiate_own_media(struct media *media, const enum codec *codecs, const struct negotiated *previous);
/* Drops from an answered m-line what was not offered. False when no codec is left. */
bool negotiate_keep_offered(struct media *media, const struct sdp_media *offered);
/* An answer turns the direction of each extension round. */
void negotiate_mirror_directions(struct sdp_media *answer, const struct sdp_media *offered);
/* Which of the offered extensions we take on this kind of m-line. */
void negotiate_extensions(struct media *media, const struct extension_map *offered);
/* What the author of `written` sends: rids and SSRCs. */
void negotiate_encodings(struct media *media, const struct sdp_media *written);

#endif
