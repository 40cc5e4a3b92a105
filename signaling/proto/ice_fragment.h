/* Fragments of descriptions that carry ICE alone (application/trickle-ice-sdpfrag, RFC 8840 section 9), as WHIP and
 * WHEP clients send and get them: candidates, or credentials of an ICE restart. Pure. */
#ifndef HEDDLE_SIGNALING_ICE_FRAGMENT_H
#define HEDDLE_SIGNALING_ICE_FRAGMENT_H

#include "signaling/proto/sdp.h"

struct ice_fragment {
    char ufrag[257], pwd[257]; /* "": it names none */
    size_t candidate_count;
    char candidates[16][256]; /* "candidate:..." */
    bool end_of_candidates;
};

/* What it says of the transport, which is that of the first m-line: all are bundled. ERR_INVALID with `refusal`: it
 * is no such text, says nothing, or has invalid credentials, or one of them only. */
int ice_fragment_parse(struct ice_fragment *out, const char *text, size_t length, struct refusal *refusal);

/* The offer with other credentials and without candidates: an ICE restart. Heap. */
char *ice_fragment_restart(const char *offer, const struct ice_fragment *fragment);

/* Writes what an answer says of ICE. Returns the length, or ERR_NO_SPACE. */
int ice_fragment_write(const struct sdp *answer, char *out, size_t capacity);

#endif
