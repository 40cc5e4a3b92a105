/* What libnice may read from its agents' sockets. It reads one until nothing is left, and answers each STUN message as
 * it comes; so who sends faster than that would have the thread for as long as it likes. Here each socket has a turn,
 * and then the others have theirs; and what comes over time has a budget for each local port, which is a connection's
 * own, and checks for each source of it. Pure. */
#ifndef HEDDLE_NET_AGENT_INTAKE_H
#define HEDDLE_NET_AGENT_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/budget.h"

#define INTAKE_TURN_READS 256
#define INTAKE_TURN_BYTES 65536 /* of a stream, whose frames libnice reads many at a time */
#define INTAKE_PAUSED_MAX 64
#define INTAKE_PAUSE_MS 20

/* Of one thread. */
struct agent_intake {
    struct budget_table requests, answers; /* STUN over UDP, by local port and source */
    struct budget_table checks;            /* both, by local port */
    struct budget_table relayed;           /* what TURN servers pass on, by local port */
    struct budget_table bytes;             /* of streams; above it they are not read, and their sender waits */
    int reading;                           /* the socket whose turn it is; -1: none */
    unsigned reads_left;
    size_t bytes_left;
    int paused[INTAKE_PAUSED_MAX]; /* streams that are not read for INTAKE_PAUSE_MS; the bridge empties it */
    size_t paused_count;
    uint64_t checks_over_budget, datagrams_over_budget; /* the latter: of ice_agent.c */
};

void agent_intake_init(struct agent_intake *intake, uint64_t seed);
void agent_intake_fini(struct agent_intake *intake);
/* All sockets have a new turn. */
void agent_intake_renew(struct agent_intake *intake);
/* Whether the socket's turn has room for another read. */
bool agent_intake_may_read(struct agent_intake *intake, int fd);
/* Whether libnice may see this STUN message of `type` (its first two bytes); if not, it is counted. `port` is the local
 * port's key, `source` that of the sender's address and port. */
bool agent_intake_accepts(struct agent_intake *intake, uint64_t port, uint64_t source, unsigned type, usec_t now);
/* The same as agent_intake_may_read(), of a stream. */
bool agent_intake_may_stream(struct agent_intake *intake, int fd, uint64_t key, usec_t now);
void agent_intake_streamed(struct agent_intake *intake, uint64_t key, size_t bytes, usec_t now);

#endif
