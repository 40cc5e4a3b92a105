/* The router's answer to an offer. */
#ifndef HEDDLE_TESTS_ROUTER_ANSWER_H
#define HEDDLE_TESTS_ROUTER_ANSWER_H

#include "signaling/proto/negotiate.h"
#include "tests/unit/proto/sdp_text.h"

static struct negotiate_local lite = {.ice_lite = true,
                                      .ice_ufrag = "ours",
                                      .ice_pwd = "ourpasswordourpassword",
                                      .fingerprint = FINGERPRINT,
                                      .session_id = "7",
                                      .session_version = 1,
                                      .tls_id = "00000000000000000007",
                                      .cname = "router"};
static struct rng rng;
static char answer[SDP_SIZE_MAX];

static inline struct negotiated must_answer(const char *text, struct negotiate_line *lines, size_t count,
                                            const struct negotiated *previous)
{
    struct sdp *offer = must_parse(text);
    struct sdp_error error;
    struct negotiated out;
    size_t length;
    if (negotiate_answer(offer, &lite, lines, count, previous, &rng, &out, answer, sizeof answer, &length, &error) != 0)
        fail_msg("line %u: %s", error.line, error.text);
    sdp_free(must_parse(answer)); /* what we write, we read */
    sdp_free(offer);
    return out;
}

#endif
