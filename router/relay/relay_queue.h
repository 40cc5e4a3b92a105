/* What is to be carried to other cores: from a publisher's origin who it is and what came in, from a relayed publisher
 * what is wanted of it. Private to the core; router/relay.h takes it out. */
#ifndef HEDDLE_ROUTER_RELAY_RELAY_QUEUE_H
#define HEDDLE_ROUTER_RELAY_RELAY_QUEUE_H

#include "router/in/publisher.h"
#include "router/relay/relay_message.h"

struct relay_gone;
struct relay_item;
struct relay_state;

struct relay_queue {
    struct relay_item *items; /* in order */
    size_t item_count, item_capacity;
    struct relay_gone *gone; /* endpoints that must be told that a publisher is gone */
    size_t gone_count, gone_capacity;
    bool has_stale; /* of some publisher the state has to be told */
    struct {
        bool has_begun;
        size_t gone, item, target;   /* the next ones */
        struct publisher *publisher; /* likewise; NULL: all have been told */
    } turn;
    uint8_t head[RELAY_HEAD_MAX]; /* of the message that is being sent */
    uint8_t *state;               /* and its body, when that is a state: RELAY_STATE_MAX */
    uint64_t taken, sent;         /* messages that came, and that went */
    uint64_t bad, lost;           /* malformed ones that came, and media that an endpoint did not take */
};

struct relay_queue *relay_queue_new(void);
/* Of the participants nobody is left. */
void relay_queue_free(struct relay_queue *queue);

/* At the origin. Nothing happens when the publisher is relayed nowhere. */

/* Where it is relayed to. Until a new endpoint says what it needs it gets everything: its first viewer shall not
 * wait. */
void relay_set_targets(struct publisher *publisher, const struct relay_endpoints *endpoints);
/* The endpoint knows nothing of it any more. */
void relay_tell_anew(struct publisher *publisher, unsigned endpoint);
/* The target of this endpoint; the number of targets: none. */
size_t relay_find_target(const struct publisher *publisher, unsigned endpoint);
/* Its publications are others, or something about them is. */
void relay_changed(struct publisher *publisher);
/* An encoding's packet, or its newest sender report. */
void relay_packet(const struct encoding *encoding, struct packet *packet, bool is_retransmission);
void relay_report(const struct encoding *encoding);

/* In a relayed publisher: tells the origin. Demand is told when it changes, and repeated now and then, should a message
 * be lost. */
void relay_demand(const struct publication *publication);
void relay_keyframe_requests(struct publisher *publisher, usec_t now);

/* The participant goes: its messages need not be carried any more, but that it is gone. */
void relay_forget(struct publisher *publisher);

/* All that is to be known of it. */
void relay_describe(const struct publisher *publisher, struct relay_state *state);

#endif
