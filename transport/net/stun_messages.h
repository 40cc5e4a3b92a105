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
    StunAgent checks;   /* what others ask */
    StunAgent requests; /* what we ask; holds no transaction between two calls */
    StunAgent answers;  /* judges the answers to it */
};
void stun_messages_init(struct stun_messages *stun);

enum stun_kind {
    STUN_KIND_NONE, /* no STUN message, or one that ICE has no use for */
    STUN_KIND_CHECK,
    STUN_KIND_INDICATION,
    STUN_KIND_ANSWER, /* success or error */
};
bool stun_is_message(const uint8_t *data, size_t length);
enum stun_kind stun_kind_of(const uint8_t *data, size_t length);
/* Of any message stun_is_message() is true for. */
const uint8_t *stun_transaction(const uint8_t *data);

enum stun_verdict {
    STUN_GENUINE,
    STUN_REFUSED, /* genuine, but in the wrong role or with attributes that nobody knows: the reply says so */
    STUN_FORGED,  /* integrity missing or wrong, or no username: no reply, it would only tell that someone is here */
    STUN_MALFORMED,
};
/* A check from `from`. `find` tells the password of a local ufrag, or NULL. The reply goes to `reply`, *reply_length is
 * 0 without one. */
enum stun_verdict stun_judge_check(struct stun_messages *stun, const struct path *from, const uint8_t *data,
                                   size_t length, const char *(*find)(void *user, const uint8_t *ufrag, size_t length),
                                   void *user, bool *use_candidate, uint8_t reply[STUN_REPLY_MAX],
                                   size_t *reply_length);

/* Our request: controlled, of this transaction. Returns the length. */
size_t stun_make_request(struct stun_messages *stun, const struct ice_credentials *local,
                         const struct ice_credentials *remote, const uint8_t transaction[STUN_TRANSACTION],
                         uint64_t tie_breaker, uint8_t out[STUN_REQUEST_MAX]);
/* Whether this is a success response to that transaction, with the integrity of `pwd` (the remote password). */
bool stun_judge_answer(struct stun_messages *stun, const uint8_t *data, size_t length,
                       const uint8_t transaction[STUN_TRANSACTION], const char *pwd);

#endif
