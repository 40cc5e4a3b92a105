/* The decisions of an ICE-lite port (RFC 8445, RFC 7675): who a check belongs to, whether it is genuine, the answer,
 * which path a session uses, and when it has lost its peer. Pure: no sockets, no clock. STUN messages are libnice's.
 *
 * A session:   NEW -> CONNECTED          the first valid check
 *              CONNECTED -> DISCONNECTED no check for half the consent timeout, or its only path (TCP) closed
 *              DISCONNECTED -> CONNECTED a valid check
 *              any -> FAILED             no check for the consent timeout: its credentials are dead
 *                                        (counted anew from a restart; its paths end with the old consent)
 *              FAILED -> NEW             lite_session_set_local() with new ones
 *
 * Paths: every address a valid check came from may carry datagrams. Answers go to the selected one: the one a check
 * with USE-CANDIDATE named last; before any, the one that spoke last. A peer whose address changed is followed at its
 * next check: with USE-CANDIDATE at once, without it when the selected path has fallen silent. */
#ifndef HEDDLE_NET_LITE_CORE_H
#define HEDDLE_NET_LITE_CORE_H

#include "transport/net/ice.h"
#include "transport/net/path.h"

#define LITE_REPLY_MAX 1500 /* create_reply() aborts in a buffer that holds USERNAME but not the trailer */

struct lite_core;
struct lite_session;

/* `seed`: of the hash tables; unknown to remote hosts. */
struct lite_core *lite_core_new(usec_t consent_timeout, uint64_t seed);
void lite_core_free(struct lite_core *core); /* all sessions are freed before */

/* ERR_DUPLICATE: the ufrag is taken; ERR_INVALID: shorter or longer than RFC 8445 section 5.3 allows. */
int lite_session_new(struct lite_session **out, struct lite_core *core, const struct ice_credentials *local, void *user,
                     usec_t now);
void lite_session_free(struct lite_session *session);
/* A restart. The credentials in use stay valid until the new ones are. The same again: nothing happens. */
int lite_session_set_local(struct lite_session *session, const struct ice_credentials *local, usec_t now);
void *lite_session_user(const struct lite_session *session);
enum ice_state lite_session_state(const struct lite_session *session);
const struct path *lite_session_path(const struct lite_session *session); /* the selected one; NULL: none */
/* A valid check came with the newest credentials. */
bool lite_session_is_confirmed(const struct lite_session *session);
/* The TCP streams that belong to the session; at most `capacity`, returns how many. */
size_t lite_session_streams(const struct lite_session *session, uint64_t *out, size_t capacity);

bool lite_is_stun(const uint8_t *data, size_t length);

enum lite_outcome {
    LITE_VALID,         /* a genuine check: `session` has the path now */
    LITE_IGNORED,       /* an indication: keeps NAT bindings open, means nothing else */
    LITE_GARBAGE,       /* not a STUN message we could have asked for */
    LITE_BAD_CHECK,     /* wrong or missing password, role, unknown attributes, another session's stream */
    LITE_UNKNOWN_UFRAG, /* of nobody here */
};
struct lite_result {
    enum lite_outcome outcome;
    size_t reply_length; /* to send back to where it came from; 0: nothing */
    struct lite_session *session;
    bool state_changed;
};
/* A STUN message (lite_is_stun) from `from`. */
struct lite_result lite_core_check(struct lite_core *core, const struct path *from, const uint8_t *data, size_t length,
                                   usec_t now, uint8_t reply[LITE_REPLY_MAX]);
/* Any other datagram: whose it is. NULL: no valid check came from there. */
struct lite_session *lite_core_datagram(struct lite_core *core, const struct path *from, usec_t now);
/* Call again and again: each time a session whose state time has changed, NULL when all were looked at. Sessions may be
 * freed and added in between. */
struct lite_session *lite_core_expire(struct lite_core *core, usec_t now);
/* A stream has closed. The session whose state that changed, or NULL. */
struct lite_session *lite_core_forget(struct lite_core *core, const struct path *from);

#endif
