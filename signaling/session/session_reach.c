/* A WebSocket as its participant's reach. */
#include "signaling/session/session.h"
#include "transport/net/clock.h"

static void reach_send(void *owner, struct text *text)
{
    session_send_text(owner, text);
}

static size_t reach_backlog(const void *owner)
{
    const struct session *session = owner;
    return session->out_bytes;
}

static void reach_allow(void *owner, unsigned messages)
{
    struct session *session = owner;
    pace_allow(&session->pace, messages, clock_now());
}

static void reach_let_go(void *owner)
{
    struct session *session = owner;
    session->participant = NULL;
}

static void reach_end(void *owner)
{
    reach_let_go(owner);
    session_end(owner, LWS_CLOSE_STATUS_POLICY_VIOLATION);
}

struct reach session_reach(struct session *session)
{
    static const struct reach_kind websocket = {.send = reach_send,
                                                .backlog = reach_backlog,
                                                .allow = reach_allow,
                                                .let_go = reach_let_go,
                                                .end = reach_end,
                                                .can_mesh = true,
                                                .has_grace = true};
    return (struct reach){.kind = &websocket, .owner = session};
}
