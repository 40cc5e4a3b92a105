/* The decisions of an ICE-lite port (RFC 8445, RFC 7675): which session a check belongs to, whether it is valid, the
 * answer, which path a session uses, and when it has lost its peer. Pure: no sockets, no clock.
 *
 * A session:   NEW -> CONNECTED          a path was proven: a check came from there, and our own check was answered
 *              CONNECTED -> DISCONNECTED neither a check nor an answer for half the consent timeout, or its only path
 *                                        (TCP) closed
 *              DISCONNECTED -> CONNECTED a path was proven
 *              any -> FAILED             no answer for the consent timeout: its credentials are invalid now
 *                                        (measured again from a restart; its paths end with the old consent)
 *              FAILED -> NEW             lite_session_set_local() with new ones
 *
 * Paths: datagrams are accepted from every address that a valid check came from. We send to the selected one: of the
 * proven paths the one that was nominated last (USE-CANDIDATE); before any nomination, the one that was heard last.
 * When the peer's address changes, the new path is selected as soon as it is proven, if it was nominated, else when
 * nothing comes on the selected path any more. While no path is proven, DTLS may be sent to the unproven path, at most
 * three times the bytes that came from there, so that joining takes no additional round trip.
 *
 * An address belongs to the session that proved it. If another session's check comes from there, that session claims
 * the address: it is checked, too, and gets the address when it answers. */
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
/* A restart. The credentials in use stay valid until a path is proven with the new ones. Nothing happens if they are
 * the same as before. */
int lite_session_set_local(struct lite_session *session, const struct ice_credentials *local, usec_t now);
/* The remote credentials that belong to the newest local ones; without them no path can be proven. */
int lite_session_set_remote(struct lite_session *session, const struct ice_credentials *remote, usec_t now);
void *lite_session_user(const struct lite_session *session);
enum ice_state lite_session_state(const struct lite_session *session);
const struct path *lite_session_path(const struct lite_session *session); /* the selected one; NULL: none */
/* The same, if `length` bytes may be sent there; NULL: they may not. `is_handshake`: DTLS. */
const struct path *lite_session_route(struct lite_session *session, size_t length, bool is_handshake);
/* Whether the selected path is proven with the newest credentials. */
bool lite_session_is_confirmed(const struct lite_session *session);
/* The TCP streams that belong to the session; at most `capacity`, returns how many. */
size_t lite_session_streams(const struct lite_session *session, uint64_t *out, size_t capacity);

enum lite_outcome {
    LITE_VALID,         /* a valid check of `session` */
    LITE_PROVEN,        /* an answer that proves a path of `session` */
    LITE_IGNORED,       /* an indication: it only keeps NAT bindings open */
    LITE_MALFORMED,     /* not a STUN message, or not one of ICE */
    LITE_BAD_CHECK,     /* wrong or missing password, role, unknown attributes, another session's stream */
    LITE_BAD_ANSWER,    /* to no request of ours, or without the right password */
    LITE_UNKNOWN_UFRAG, /* of no session */
    LITE_OVER_BUDGET,   /* of a session that sends more checks than any client needs; ignored */
};
struct lite_result {
    enum lite_outcome outcome;
    size_t reply_length; /* of the reply to `from`; 0: there is none */
    struct lite_session *session;
    bool state_changed;
};
/* Whether a valid check came from there. */
bool lite_core_is_known(const struct lite_core *core, const struct path *from);
/* A STUN message (stun_is_message) from `from`. Afterwards lite_core_poll() may have something to send. */
struct lite_result lite_core_stun(struct lite_core *core, const struct path *from, const uint8_t *data, size_t length,
                                  usec_t now, uint8_t reply[STUN_REPLY_MAX]);
/* The session of any other datagram. NULL: no valid check came from there, or (`*is_over_budget`) its session sends
 * more than any client does. */
struct lite_session *lite_core_datagram(struct lite_core *core, const struct path *from, size_t length, usec_t now,
                                        bool *is_over_budget);

/* While more waits in the socket's queue than can be read soon, sessions have a fifth of their budget of datagrams. So
 * those that send most lose datagrams, before the queue overflows and all lose some. */
void lite_core_press(struct lite_core *core, bool is_pressed);

/* The next thing to do; call until it is false, after each input and after retry and expire below. */
struct lite_output {
    enum { LITE_SEND, LITE_CLOSE_STREAM } type;
    struct path path;
    size_t length; /* of LITE_SEND */
    uint8_t data[STUN_REQUEST_MAX];
};
bool lite_core_poll(struct lite_core *core, usec_t now, struct lite_output *out);
/* Whether requests wait for answers: then call lite_core_retry() every 20 ms or so, which sends lost ones again. */
bool lite_core_is_busy(const struct lite_core *core);
void lite_core_retry(struct lite_core *core, usec_t now);
/* Starts what is due (mostly consent checks), and ends what has expired. About ten times a second, call it until it
 * returns NULL: each call returns a session whose state has changed by time. Sessions may be freed and added between
 * calls. */
struct lite_session *lite_core_expire(struct lite_core *core, usec_t now);
/* A stream has closed. Returns the session whose state that has changed, or NULL. */
struct lite_session *lite_core_forget(struct lite_core *core, const struct path *from);

#endif
