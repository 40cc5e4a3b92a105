/* One session of a lite port without sockets, and the clients around it. */
#ifndef HEDDLE_TESTS_LITE_FIXTURE_H
#define HEDDLE_TESTS_LITE_FIXTURE_H

#include <stdlib.h>

#include "tests/unit/net/checks.h"
#include "transport/base/random.h"
#include "transport/net/lite_core.h"

#define TIMEOUT (30 * USEC_PER_SEC)

struct fixture {
    struct lite_core *core;
    struct lite_session *a;
    uint8_t reply[STUN_REPLY_MAX];
    StunAgent agent;
    struct lite_result result;
};

static inline struct path at(const char *ip, uint16_t port)
{
    struct path path;
    struct sockaddr_storage address;
    socklen_t length;
    assert_int_equal(path_bind_address(&address, &length, AF_INET6, ip, port), 0);
    assert_true(path_from_sockaddr(&path, (struct sockaddr *)&address));
    return path;
}

static inline int set_up(void **state)
{
    static const struct lite_core_config config = {.consent_timeout = TIMEOUT, .seed = 42, .secret = "a secret"};
    struct fixture *f = calloc(1, sizeof *f);
    f->core = lite_core_new(&config);
    assert_int_equal(lite_session_new(&f->a, f->core, &server_a, f, 0), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, 0), 0);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    lite_session_free(f->a);
    lite_core_free(f->core);
    free(f);
    return 0;
}

static inline size_t build_check(struct fixture *f, struct check check, uint8_t data[1500])
{
    if (check.to == NULL)
        check.to = &server_a;
    return make_check(&check, &f->agent, data, 1500);
}

/* A check that comes from `from`, whoever sent it. */
static inline enum lite_outcome check(struct fixture *f, const struct path *from, struct check check, usec_t now)
{
    uint8_t data[1500];
    size_t length = build_check(f, check, data);
    f->result = lite_core_stun(f->core, from, data, length, now, f->reply);
    return f->result.outcome;
}

/* The next request of the port; fails the test when there is none. */
static inline struct lite_output next_request(struct fixture *f, usec_t now)
{
    struct lite_output out;
    assert_true(lite_core_poll(f->core, now, &out));
    assert_int_equal(out.type, LITE_SEND);
    assert_true(is_request(out.data, out.length));
    return out;
}

/* What comes from `from` in answer to a request, made with the credentials of `own`. */
static inline enum lite_outcome answer(struct fixture *f, const struct path *from, const struct lite_output *request,
                                       const struct ice_credentials *own, usec_t now)
{
    uint8_t data[1500];
    size_t length = make_answer(own, request->data, request->length, data, sizeof data);
    if (length == 0)
        return LITE_IGNORED;
    f->result = lite_core_stun(f->core, from, data, length, now, f->reply);
    return f->result.outcome;
}

/* Every address is where the client with these credentials is: it answers all that is asked. */
static inline unsigned answer_all(struct fixture *f, const struct ice_credentials *own, usec_t now)
{
    struct lite_output out;
    unsigned proven = 0;
    while (lite_core_poll(f->core, now, &out))
        proven += out.type == LITE_SEND && answer(f, &out.path, &out, own, now) == LITE_PROVEN;
    return proven;
}

/* A check of an honest client, which answers what it is asked. */
static inline enum lite_outcome honest_check(struct fixture *f, const struct path *from, struct check checked,
                                             usec_t now)
{
    enum lite_outcome outcome = check(f, from, checked, now);
    struct lite_result result = f->result;
    bool state_changed = result.state_changed;
    answer_all(f, &client_a, now);
    state_changed |= f->result.state_changed;
    f->result = result;
    f->result.state_changed = state_changed;
    return outcome;
}

static inline struct lite_session *datagram(struct fixture *f, const struct path *from, usec_t now)
{
    bool is_over_budget;
    return lite_core_datagram(f->core, from, 100, now, &is_over_budget);
}

static inline bool uses(const struct lite_session *session, const struct path *path)
{
    const struct path *selected = lite_session_path(session);
    return selected != NULL && path_equal(selected, path);
}

/* Whether media may go to `path` now. */
static inline bool gets_media(struct lite_session *session, const struct path *path)
{
    const struct path *route = lite_session_route(session, 1200, false);
    return route != NULL && path_equal(route, path);
}

#endif
