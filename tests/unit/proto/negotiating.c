#include "tests/unit/proto/negotiating.h"

static const char *const candidates[] = {"candidate:1 1 udp 2130706431 192.0.2.7 9 typ host"};
const struct negotiate_local lite = {
    .ice_lite = true,
    .ice_ufrag = "ours",
    .ice_pwd = "ourpasswordourpassword",
    .fingerprint = FINGERPRINT,
    .session_id = "7",
    .session_version = 1,
    .tls_id = "00000000000000000007",
    .cname = "router",
    .candidates = candidates,
    .candidate_count = 1,
    .end_of_candidates = true,
};
struct rng rng;
char answer[SDP_SIZE_MAX];

struct negotiate_local full(void)
{
    struct negotiate_local local = lite;
    local.ice_lite = false;
    return local;
}

int try_answer(const char *text, const struct negotiate_local *local, struct negotiate_line *lines, size_t count,
               const struct negotiated *previous, struct negotiated *out, struct refusal *refusal)
{
    struct sdp *offer = must_parse(text);
    size_t length;
    int result =
        negotiate_answer(offer, local, lines, count, previous, &rng, out, answer, sizeof answer, &length, refusal);
    sdp_free(offer);
    return result;
}

struct negotiated must_answer(const char *text, const struct negotiate_local *local, struct negotiate_line *lines,
                              size_t count, const struct negotiated *previous)
{
    struct negotiated out;
    struct refusal refusal;
    if (try_answer(text, local, lines, count, previous, &out, &refusal) != 0)
        fail_msg("%s", refusal.text);
    sdp_free(must_parse(answer)); /* what we write, we read */
    return out;
}

void must_offer(struct negotiate_line *lines, size_t count, const struct negotiated *previous)
{
    struct negotiate_local local = full();
    assert_true(negotiate_offer(&local, lines, count, previous, &rng, answer, sizeof answer) > 0);
}

void has(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("%s '%s' in:\n%s", wanted ? "no" : "unwanted", part, text);
}
