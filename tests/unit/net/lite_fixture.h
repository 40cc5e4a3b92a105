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

struct path at(const char *ip, uint16_t port);
int set_up(void **state);
int tear_down(void **state);
/* Writes a check (to server_a, if it says nothing else) and returns its length. */
size_t build_check(struct fixture *f, struct check check, uint8_t data[1500]);
/* A check that comes from `from`, whoever sent it. */
enum lite_outcome check(struct fixture *f, const struct path *from, struct check check, usec_t now);
/* The next request of the port; fails the test when there is none. */
struct lite_output next_request(struct fixture *f, usec_t now);
/* What comes from `from` in answer to a request, made with the credentials of `own`. */
enum lite_outcome answer(struct fixture *f, const struct path *from, const struct lite_output *request,
                         const struct ice_credentials *own, usec_t now);
/* Every address is where the client with these credentials is: it answers all that is asked. */
unsigned answer_all(struct fixture *f, const struct ice_credentials *own, usec_t now);
/* A check of an honest client, which answers what it is asked. */
enum lite_outcome honest_check(struct fixture *f, const struct path *from, struct check checked, usec_t now);
/* Whose it is, when a datagram of 100 bytes comes from `from`. */
struct lite_session *datagram(struct fixture *f, const struct path *from, usec_t now);
/* Whether that is the path it has selected. */
bool uses(const struct lite_session *session, const struct path *path);
/* Whether media may go to `path` now. */
bool gets_media(struct lite_session *session, const struct path *path);

#endif
