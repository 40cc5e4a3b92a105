/* Workers that only write down what they are told: these functions take the place of those of worker.h and commands.h.
 * For test_router_participant. */
#ifndef HEDDLE_TESTS_FAKE_WORKERS_H
#define HEDDLE_TESTS_FAKE_WORKERS_H

#include <stddef.h>

#include "router/worker/worker.h"

#define FAKE_WORKERS 3
#define OWN_FINGERPRINT "%02X:11" /* of a worker; the number is its own */

struct worker {
    unsigned index;
    void (*wake)(void *user);
    void *owner;
    char commands[4096]; /* as text: "open 1 room p1; configure 1 ..." */
    struct worker_event events[8];
    size_t event_count, taken;
};

extern struct worker *workers[FAKE_WORKERS];
/* Ids are random: here they are told apart by the order in which their connections were opened, from 1. */
extern connection_id opened[32];
extern size_t opened_count;
unsigned number_of(connection_id id);

#endif
