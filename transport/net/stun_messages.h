/* The STUN messages of an ICE-lite port (RFC 8489, RFC 8445 section 7), made and checked by libnice: checks that come
 * in and their answers, and our own requests that prove a path. Pure. */
#ifndef HEDDLE_NET_STUN_MESSAGES_H
#define HEDDLE_NET_STUN_MESSAGES_H

#include <stun/stunagent.h>

#include "transport/net/ice.h"
#include "transport/net/path.h"

#define STUN_REPLY_MAX 1500   /* create_reply() aborts in a buffer that holds USERNAME but not the trailer */
#define STUN_REQUEST_MAX 1000 /* two ufrags of 256 characters, and 100 bytes of all else */
#define STUN_TRANSACTION 12

struct stun_messages {
    StunAgent checks;   /* for requests of others */
    StunAgent requests; /* for our requests; stores no transactions */
    StunAgent answers;  /* for answers to our requests */
};
void stun_messages_init(struct stun_messages *stun);

enum stun_kind {
    STUN_KIND_NONE, /* no STUN message, or none of ICE */
    STUN_KIND_CHECK,
    STUN_KIND_INDICATION,
    STUN_KIND_ANSWER, /* success or error */
};
bool stun_is_message(const uint8_t *data, size_t length);
enum stun_kind stun_kind_of(const uint8_t *data, size_t length);
/* The transaction id of any message for which stun_is_message() is true. */
const uint8_t *stun_transaction(const uint8_t *data);

enum stun_verdict {
    STUN_GENUINE,
    STUN_REFUSED, /* authentic, but with the wrong role or unknown attributes: the reply is an error */
    STUN_FORGED,  /* integrity missing or wrong, or no username: no reply, since it would reveal this port */
    STUN_MALFORMED,
};
/* A check from `from`. `find` returns the password of a local ufrag, or NULL. The reply goes to `reply`, *reply_length
 * is 0 without one. */
enum stun_verdict stun_judge_check(struct stun_messages *stun, const struct path *from, const uint8_t *data,
                                   size_t length, const char *(*find)(void *user, const uint8_t *ufrag, size_t length),
                                   void *user, bool *use_candidate, uint8_t reply[STUN_REPLY_MAX],
                                   size_t *reply_length);

/* Writes our request, in the controlled role and with this transaction id. Returns the length. */
size_t stun_make_request(struct stun_messages *stun, const struct ice_credentials *local,
                         const struct ice_credentials *remote, const uint8_t transaction[STUN_TRANSACTION],
                         uint64_t tie_breaker, uint8_t out[STUN_REQUEST_MAX]);
/* Whether this is a success response to that transaction, with the integrity of `pwd` (the remote password). */
bool stun_judge_answer(struct stun_messages *stun, const uint8_t *data, size_t length,
                       const uint8_t transaction[STUN_TRANSACTION], const char *pwd);

#endif
