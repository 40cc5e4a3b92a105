/* How fast one WebSocket may make the signaling thread work: messages, bytes and time. A socket with more messages than
 * any client needs is closed. Too many bytes, or too much time, only delay the socket that causes them: it is not read
 * until its budget has recovered, so TCP holds the sender back, and all others go on. What a message costs is known
 * only afterwards, so time is charged then, also for the messages that are sent to others because of it. It is charged
 * to the address, too, because anybody can open more sockets. Joining is work for all others in a room, so it is
 * limited for each address. Messages that make another client work are delayed in the same way. Pure. */
#ifndef HEDDLE_SIGNALING_PACE_H
#define HEDDLE_SIGNALING_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/budget.h"

#define PACE_MESSAGES ((struct budget_limit){.per_second = 50, .burst = 500})
#define PACE_BYTES ((struct budget_limit){.per_second = 128 * 1024, .burst = 1024 * 1024})
/* Microseconds of the signaling thread: a tenth of it for a socket, half of it for an address. */
#define PACE_TIME ((struct budget_limit){.per_second = 100000, .burst = 200000})
#define PACE_SEND 10 /* microseconds to write a message to a socket, later */
#define PACE_ADDRESS_TIME ((struct budget_limit){.per_second = 500000, .burst = 1000000})
/* Messages of sockets that have not joined, for each address. A whole lecture hall behind one address may join at
 * once. */
#define PACE_ADDRESS_JOINS ((struct budget_limit){.per_second = 50, .burst = 500})
#define PACE_ADDRESSES 4096 /* places of each table */

struct pace_addresses {
    struct budget_table time, joins;
};

struct pace {
    uint64_t address; /* budget_key_of() */
    bool has_joined;
    struct budget messages, bytes, time;
    usec_t wait_until; /* pace_wait() */
};

void pace_addresses_init(struct pace_addresses *addresses, uint64_t seed);
void pace_addresses_fini(struct pace_addresses *addresses);

enum pace_verdict { PACE_GO, PACE_HOLD, PACE_TOO_FAST };

/* A whole message has come. PACE_HOLD: carry it out when pace_is_ready(), and read nothing until then. */
enum pace_verdict pace_message(struct pace *pace, struct pace_addresses *addresses, size_t length, usec_t now);
bool pace_is_ready(const struct pace *pace, struct pace_addresses *addresses, usec_t now);
/* Charges the time that it took to carry a message out. */
void pace_charge(struct pace *pace, struct pace_addresses *addresses, usec_t taken, usec_t now);

/* So many messages more are not too many: others make the socket send them. */
void pace_allow(struct pace *pace, unsigned messages, usec_t now);

/* Nothing more is carried out before `until`. */
void pace_wait(struct pace *pace, usec_t until);

#endif
