/* The decisions of an ICE-lite port (RFC 8445, RFC 7675): who a check belongs to, whether it is genuine, the answer,
 * which path a session uses, and when it has lost its peer. Pure: no sockets, no clock.
 *
 * A session:   NEW -> CONNECTED          a path was proven: a check came from there, we asked back and were answered
 *              CONNECTED -> DISCONNECTED neither a check nor an answer for half the consent timeout, or its only path
 *                                        (TCP) closed
 *              DISCONNECTED -> CONNECTED a path was proven
 *              any -> FAILED             no answer for the consent timeout: its credentials are dead
 *                                        (counted anew from a restart; its paths end with the old consent)
 *              FAILED -> NEW             lite_session_set_local() with new ones
 *
 * Paths: every address a valid check came from may carry datagrams to us. Ours go to the selected one: of the proven
 * ones the one that a check with USE-CANDIDATE named last; before any, the one that spoke last. A peer whose address
 * changed is followed as soon as the new path is proven: at once if it was nominated, else when the selected path has
 * fallen silent. While nothing is proven, DTLS may go to the unproven path, at most three times what came from there,
 * so that a join needs no round trip more.
 *
 * An address belongs to the session that proved it. Checks of another session from there are a claim: it is asked, too,
 * and takes the address over when it answers. */
#ifndef HEDDLE_NET_LITE_CORE_H
#define HEDDLE_NET_LITE_CORE_H

#include "transport/net/ice.h"
#include "transport/net/lite_config.h"
#include "transport/net/path.h"
#include "transport/net/stun_messages.h"

struct lite_core;
struct lite_session;

struct lite_core *lite_core_new(const struct lite_core_config *config);
void lite_core_free(struct lite_core *core); /* all sessions are freed before */

/* ERR_DUPLICATE: the ufrag is taken; ERR_INVALID: shorter or longer than RFC 8445 section 5.3 allows. */
int lite_session_new(struct lite_session **out, struct lite_core *core, const struct ice_credentials *local, void *user,
                     usec_t now);
void lite_session_free(struct lite_session *session);
/* A restart. The credentials in use stay valid until a path is proven with the new ones. The same again: nothing
 * happens. */
int lite_session_set_local(struct lite_session *session, const struct ice_credentials *local, usec_t now);
/* The remote credentials that go with the newest local ones; without them no path can be proven. */
int lite_session_set_remote(struct lite_session *session, const struct ice_credentials *remote, usec_t now);
void *lite_session_user(const struct lite_session *session);
enum ice_state lite_session_state(const struct lite_session *session);
const struct path *lite_session_path(const struct lite_session *session); /* the selected one; NULL: none */
/* The same, if `length` bytes may go there; NULL: they may not. `is_handshake`: DTLS. */
const struct path *lite_session_route(struct lite_session *session, size_t length, bool is_handshake);
/* The selected path is proven with the newest credentials. */
bool lite_session_is_confirmed(const struct lite_session *session);
/* The TCP streams that belong to the session; at most `capacity`, returns how many. */
size_t lite_session_streams(const struct lite_session *session, uint64_t *out, size_t capacity);

enum lite_outcome {
    LITE_VALID,         /* a genuine check of `session` */
    LITE_PROVEN,        /* the answer that proves a path of `session` */
    LITE_IGNORED,       /* an indication: keeps NAT bindings open, means nothing else */
    LITE_MALFORMED,     /* not a STUN message we could have asked for */
    LITE_BAD_CHECK,     /* wrong or missing password, role, unknown attributes, another session's stream */
    LITE_BAD_ANSWER,    /* of no request of ours, or without the right password */
    LITE_UNKNOWN_UFRAG, /* of nobody here */
    LITE_OVER_BUDGET,   /* of a session that sends more checks than any client needs; not looked at further */
};
struct lite_result {
    enum lite_outcome outcome;
    size_t reply_length; /* to send back to where it came from; 0: nothing */
    struct lite_session *session;
    bool state_changed;
};
/* Whether a valid check came from there. */
bool lite_core_is_known(const struct lite_core *core, const struct path *from);
/* A STUN message (stun_is_message) from `from`. Afterwards lite_core_poll() may have something to send. */
struct lite_result lite_core_stun(struct lite_core *core, const struct path *from, const uint8_t *data, size_t length,
                                  usec_t now, uint8_t reply[STUN_REPLY_MAX]);
/* Any other datagram: whose it is. NULL: no valid check came from there, or (`*is_over_budget`) its session sends more
 * than any client does. */
struct lite_session *lite_core_datagram(struct lite_core *core, const struct path *from, size_t length, usec_t now,
                                        bool *is_over_budget);

/* While more waits in the socket's queue than can be read soon, sessions have a fifth of their budget of datagrams: who
 * sends most is dropped first, before the queue overflows and drops everybody's. */
void lite_core_press(struct lite_core *core, bool is_pressed);

/* What is to be done; call until it is false, after each input and after retry and expire below. */
struct lite_output {
    enum { LITE_SEND, LITE_CLOSE_STREAM } type;
    struct path path;
    size_t length; /* of LITE_SEND */
    uint8_t data[STUN_REQUEST_MAX];
};
bool lite_core_poll(struct lite_core *core, usec_t now, struct lite_output *out);
/* Requests wait for their answers: lite_core_retry() is needed every 20 ms or so, for those that were lost. */
bool lite_core_is_busy(const struct lite_core *core);
void lite_core_retry(struct lite_core *core, usec_t now);
/* Begins what is due by the time, a consent check mostly, and expires. Call again and again, about ten times a second:
 * each time a session whose state time has changed, NULL when all were looked at. Sessions may be freed and added in
 * between. */
struct lite_session *lite_core_expire(struct lite_core *core, usec_t now);
/* A stream has closed. The session whose state that changed, or NULL. */
struct lite_session *lite_core_forget(struct lite_core *core, const struct path *from);

#endif
