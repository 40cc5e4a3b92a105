/* Any text as a candidate of the remote peer, also for libnice, which reads again what we accept. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/pieces.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/net/candidate.h"
#include "transport/net/nice_attempt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uv_loop_t loop;
static struct glib_bridge *bridge;
static struct attempt *attempt;

static void on_datagram(void *user, uint8_t *data, size_t length)
{
    (void)user, (void)data, (void)length;
}

static void on_changed(void *user)
{
    (void)user;
}

static void on_candidate(void *user, struct attempt *of, const char *text)
{
    (void)user, (void)of, (void)text;
}

/* It takes so many candidates, and keeps them since it never learns of credentials. */
static void renew_attempt(void)
{
    static const struct ice_agent_config config = {.tcp = true};
    static const struct ice_credentials local = {"aaaa", "passwordpasswordpassword"};
    static const struct attempt_owner owner = {on_datagram, on_changed, on_candidate, NULL};
    if (bridge == NULL) {
        CHECK(uv_loop_init(&loop) == 0);
        bridge = glib_bridge_new(&loop);
        CHECK(bridge != NULL);
    }
    if (attempt != NULL)
        attempt_close(attempt);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    attempt = attempt_new(bridge, &config, &local, &owner);
    CHECK(attempt != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct candidate candidate;
    char *text = pieces_text(data, size);
    int error = candidate_parse(&candidate, text);
    if (error == 0) {
        int family = candidate.address.ss_family;
        CHECK(family == AF_INET || family == AF_INET6);
        CHECK(candidate_is_tcp(text) == candidate.is_tcp);
    }
    int result = attempt != NULL ? attempt_add_candidate(attempt, text) : ERR_LIMIT;
    if (result == ERR_LIMIT) {
        renew_attempt();
        result = attempt_add_candidate(attempt, text);
    }
    CHECK(result == error || error == 0 || text[0] == '\0');
    free(text);
    return 0;
}
