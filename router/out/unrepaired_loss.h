/* Whether the receiver of a stream has lost packets for good without sending a PLI: some stacks send none (aiortc only
 * when its buffer is full). This is found by comparing the losses in receiver reports with what was sent again. Pure;
 * embedded in a slot. */
#ifndef HEDDLE_ROUTER_OUT_UNREPAIRED_LOSS_H
#define HEDDLE_ROUTER_OUT_UNREPAIRED_LOSS_H

#include <stdbool.h>

#include "transport/base/time.h"

/* How long a receiver has to ask by itself. */
#define UNREPAIRED_KEYFRAME_AFTER (900 * USEC_PER_MSEC)

struct unrepaired_loss {
    int64_t missing;
    usec_t since; /* 0: nothing is missing */
};

/* A receiver report says that `lost` more packets are missing than before; negative: fewer. */
void unrepaired_loss_report(struct unrepaired_loss *loss, int64_t lost, usec_t now);
/* A requested packet is sent again. */
void unrepaired_loss_resent(struct unrepaired_loss *loss);
/* A packet is given up, since all its retransmissions were lost, too. */
void unrepaired_loss_given_up(struct unrepaired_loss *loss, usec_t now);
/* True (once): a keyframe is needed that the receiver has not asked for. */
bool unrepaired_loss_take(struct unrepaired_loss *loss, usec_t now);
/* A keyframe is being sent, or was asked for. */
void unrepaired_loss_clear(struct unrepaired_loss *loss);

#endif
