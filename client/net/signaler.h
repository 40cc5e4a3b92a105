/* The signaling socket of a call: joins, keeps the participant's place when the socket breaks, and hands messages on.
 * A shell around websocket.h and socket_keepalive.h. */
#ifndef HEDDLE_CLIENT_SIGNALER_H
#define HEDDLE_CLIENT_SIGNALER_H

#include <jansson.h>
#include <uv.h>

#include "client/net/url.h"
#include "signaling/proto/message.h"

/* Called from the loop. */
struct signaler_listener {
    /* The `join` to send, without `resume`; the signaler's. */
    json_t *(*join)(void *user);
    void (*joined)(void *user, const json_t *message);
    void (*message)(void *user, enum message_type type, const json_t *message);
    /* The socket broke; it is being opened again. */
    void (*down)(void *user, const char *reason);
    /* It is over: the server does not let us in, could never be reached, or (code "left") we left. The last call; never
     * from inside a call into the signaler. */
    void (*ended)(void *user, const char *code, const char *reason);
    void *user;
};

struct signaler;

/* NULL: the socket library does not start. */
struct signaler *signaler_new(uv_loop_t *loop, const struct url *url, bool accept_any_certificate,
                              const struct signaler_listener *listener);
void signaler_start(struct signaler *signaler);
/* Tells the server that we leave; `ended` follows. */
void signaler_leave(struct signaler *signaler);
/* No listener call after it; the memory is freed while the loop runs on. */
void signaler_free(struct signaler *signaler);

bool signaler_is_joined(const struct signaler *signaler);
/* Takes it; dropped while we are not joined: the caller repeats what matters after `joined`. */
void signaler_send(struct signaler *signaler, json_t *message);
/* The network changed: acts at once instead of waiting for its timers. */
void signaler_network_changed(struct signaler *signaler);
uint64_t signaler_bytes(const struct signaler *signaler);

#endif
