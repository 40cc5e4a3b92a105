/* Both ends of a negotiation, and what they write. */
#ifndef HEDDLE_TESTS_NEGOTIATING_H
#define HEDDLE_TESTS_NEGOTIATING_H

#include "signaling/proto/negotiate.h"
#include "tests/unit/proto/sdp_text.h"

extern const struct negotiate_local lite; /* as the router: ICE-lite, with a candidate */
extern struct rng rng;
extern char answer[SDP_SIZE_MAX]; /* or offer: the last one written */

/* The same with full ICE. */
struct negotiate_local full(void);
int try_answer(const char *text, const struct negotiate_local *local, struct negotiate_line *lines, size_t count,
               const struct negotiated *previous, struct negotiated *out, struct refusal *refusal);
struct negotiated must_answer(const char *text, const struct negotiate_local *local, struct negotiate_line *lines,
                              size_t count, const struct negotiated *previous);
void must_offer(struct negotiate_line *lines, size_t count, const struct negotiated *previous);
/* Whether `part` is in the text must be as `wanted`. */
void has(const char *text, const char *part, bool wanted);

#endif
