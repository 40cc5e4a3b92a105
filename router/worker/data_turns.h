/* When data channels of a worker get their turn: after media, and for a while only. What comes for them waits in a
 * bounded queue until the media of its batch has gone out; what they send waits, on a busy worker, until there is more
 * of it for one message to the sockets. So messages, however many, cost media little. */
#ifndef HEDDLE_ROUTER_WORKER_DATA_TURNS_H
#define HEDDLE_ROUTER_WORKER_DATA_TURNS_H

#include "router/worker/connection.h"

struct data_turns {
    struct connection_host *host; /* borrowed */
    usec_t wait;                  /* how long what is to be sent may wait for more */
    usec_t sent_at;
};

/* Gives the host its queue of datagrams that came. */
void data_turns_init(struct data_turns *turns, struct connection_host *host);
void data_turns_fini(struct data_turns *turns);
/* Hands datagrams that came to their connections. */
void data_turns_receive(struct data_turns *turns, usec_t now);
/* Has connections send what they have. Afterwards egress_hand_over() is due. */
void data_turns_send(struct data_turns *turns, usec_t now);
/* When there is something to do; USEC_NEVER: nothing. */
usec_t data_turns_next(const struct data_turns *turns);

#endif
