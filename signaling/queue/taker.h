/* The side that runs programs for rooms of servers elsewhere. It listens for work of a kind while it has room for one
 * more, tells the server each few seconds that the program runs, and that it has ended. When NATS is away, what runs
 * goes on: a program that no room needs any more is sent away by its server itself. */
#ifndef HEDDLE_SIGNALING_TAKER_H
#define HEDDLE_SIGNALING_TAKER_H

#include <uv.h>

#include "signaling/config/recording_outputs.h"
#include "signaling/queue/queue.h"
#include "transport/base/time.h"

/* Subjects: "heddle.mixer", "heddle.recorder"; those who listen are of one group. */
#define WORK_SUBJECT "heddle.%s"
#define WORK_GROUP "heddle"

#define TAKER_TELLS (3 * USEC_PER_SEC)      /* so often that a program runs */
#define TAKER_IS_MISSED (10 * USEC_PER_SEC) /* who has heard nothing for so long takes it for ended */

struct taker_config {                 /* borrowed */
    const char *queue;                /* the address */
    const char *folder;               /* of the programs */
    struct recording_outputs outputs; /* without a folder it records nothing */
    size_t mixers_max, recorders_max;
    bool accept_any_certificate, core_dumps;
};

struct taker;

/* NULL: `reason` says why. */
struct taker *taker_new(uv_loop_t *loop, const struct taker_config *config, char reason[QUEUE_REASON_MAX]);
/* It takes no more work, and its programs are told to end; the loop is empty when they have. */
void taker_stop(struct taker *taker);
/* Whether NATS refused it, so that it stopped by itself. */
bool taker_was_refused(const struct taker *taker);
void taker_free(struct taker *taker);

#endif
