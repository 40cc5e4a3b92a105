/* Access tokens: JSON Web Tokens (RFC 7519) signed with HS256 and nothing else. Strict: the algorithm is fixed, `exp`
 * is required, an empty key is refused. Pure: the wall clock is an argument.
 *
 *   {"room":"daily","exp":1790000000,"name":"Ann","nbf":..., "host":true,"publish":["camera","microphone"],
 *    "chat":true,"pin":true,"topology":"mesh","api":true}
 *
 * `room` and `exp` are required (room may be missing when `api` is set: such a token reads the API and joins nothing).
 * Times are seconds since 1970 and may have fractions (RFC 7519 section 2, NumericDate); null is absent. */
#ifndef HEDDLE_SIGNALING_TOKEN_H
#define HEDDLE_SIGNALING_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/room/permissions.h"
#include "signaling/room/topology.h"

#define TOKEN_LEEWAY_S 10 /* for `exp` and `nbf`: clocks differ */
#define TOKEN_KEY_MIN 16  /* bytes; a shorter key can be guessed */

struct token {
    char room[65];  /* "": joins no room */
    char name[257]; /* "": the joiner chooses */
    struct permissions may;
    bool may_api;
    enum topology_pin topology; /* the topology to pin a new room to */
    const char *wrong_claim;    /* of one that is rightly signed and still ERR_INVALID; NULL: that is not why */
};

/* ERR_INVALID (not such a token), ERR_AUTH (signature), ERR_TIMEOUT (expired), ERR_AGAIN (not valid yet). */
int token_check(struct token *out, const char *text, const void *key, size_t key_length, int64_t wall_s);

/* Signs a payload; for tests and for tools. Returns the length or ERR_NO_SPACE. */
int token_sign(char *out, size_t capacity, const char *payload, const void *key, size_t key_length);

#endif
