#include "tests/unit/net/lite_fixture.h"

struct path at(const char *ip, uint16_t port)
{
    struct path path;
    struct sockaddr_storage address;
    socklen_t length;
    assert_int_equal(path_bind_address(&address, &length, AF_INET6, ip, port), 0);
    assert_true(path_from_sockaddr(&path, (struct sockaddr *)&address));
    return path;
}

int set_up(void **state)
{
    static const struct lite_core_config config = {.consent_timeout = TIMEOUT, .seed = 42, .secret = "a secret"};
    struct fixture *f = calloc(1, sizeof *f);
    f->core = lite_core_new(&config);
    assert_int_equal(lite_session_new(&f->a, f->core, &server_a, f, 0), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, 0), 0);
    *state = f;
    return 0;
}

int tear_down(void **state)
{
    struct fixture *f = *state;
    lite_session_free(f->a);
    lite_core_free(f->core);
    free(f);
    return 0;
}

size_t build_check(struct fixture *f, struct check check, uint8_t data[1500])
{
    if (check.to == NULL)
        check.to = &server_a;
    return make_check(&check, &f->agent, data, 1500);
}

enum lite_outcome check(struct fixture *f, const struct path *from, struct check check, usec_t now)
{
    uint8_t data[1500];
    size_t length = build_check(f, check, data);
    f->result = lite_core_stun(f->core, from, data, length, now, f->reply);
    return f->result.outcome;
}

struct lite_output next_request(struct fixture *f, usec_t now)
{
    struct lite_output out;
    assert_true(lite_core_poll(f->core, now, &out));
    assert_int_equal(out.type, LITE_SEND);
    assert_true(is_request(out.data, out.length));
    return out;
}

enum lite_outcome answer(struct fixture *f, const struct path *from, const struct lite_output *request,
                         const struct ice_credentials *own, usec_t now)
{
    uint8_t data[1500];
    size_t length = make_answer(own, request->data, request->length, data, sizeof data);
    if (length == 0)
        return LITE_IGNORED;
    f->result = lite_core_stun(f->core, from, data, length, now, f->reply);
    return f->result.outcome;
}

unsigned answer_all(struct fixture *f, const struct ice_credentials *own, usec_t now)
{
    struct lite_output out;
    unsigned proven = 0;
    while (lite_core_poll(f->core, now, &out))
        proven += out.type == LITE_SEND && answer(f, &out.path, &out, own, now) == LITE_PROVEN;
    return proven;
}

enum lite_outcome honest_check(struct fixture *f, const struct path *from, struct check checked, usec_t now)
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

struct lite_session *datagram(struct fixture *f, const struct path *from, usec_t now)
{
    bool is_over_budget;
    return lite_core_datagram(f->core, from, 100, now, &is_over_budget);
}

bool uses(const struct lite_session *session, const struct path *path)
{
    const struct path *selected = lite_session_path(session);
    return selected != NULL && path_equal(selected, path);
}

bool gets_media(struct lite_session *session, const struct path *path)
{
    const struct path *route = lite_session_route(session, 1200, false);
    return route != NULL && path_equal(route, path);
}
