/* Messages that wait to be sent to other cores: states and media of publishers from their origin, requests of relayed
 * publishers to theirs. Private to the core; they are taken out by router/relay.h. */
#ifndef HEDDLE_ROUTER_RELAY_RELAY_QUEUE_H
#define HEDDLE_ROUTER_RELAY_RELAY_QUEUE_H

#include "router/in/publisher.h"
#include "router/relay/relay_message.h"

struct relay_gone;
struct relay_item;
struct relay_outgoing;
struct relay_state;

struct relay_queue {
    const struct publishers *publishers;
    struct relay_item *items; /* in order */
    size_t item_count, item_capacity;
    struct relay_gone *gone; /* endpoints that must be told that a publisher is gone */
    size_t gone_count, gone_capacity;
    bool has_stale; /* some endpoint has to be told a publisher's state */
    struct {
        bool has_begun;
        size_t gone, item, target;   /* the next ones */
        struct publisher *publisher; /* likewise; NULL: all have been told */
    } turn;
    uint8_t head[RELAY_HEAD_MAX]; /* of the message that is being sent */
    uint8_t *state;               /* and its body, when that is a state: RELAY_STATE_MAX */
    uint64_t taken, sent;         /* messages received, and sent */
    uint64_t bad, lost;           /* malformed messages received, and media that an endpoint did not take */
};

struct relay_queue *relay_queue_new(struct publishers *publishers);
/* All participants must be gone. */
void relay_queue_free(struct relay_queue *queue);
/* What router_poll_relay(), router_relay_sent() and router_has_relay() do. */
bool relay_queue_poll(struct relay_queue *queue, struct relay_outgoing *message);
void relay_queue_sent(struct relay_queue *queue, bool was_taken);
bool relay_queue_has_message(const struct relay_queue *queue);

/* At the origin. Nothing happens when the publisher is relayed nowhere. */

/* Sets where it is relayed to. A new endpoint gets all media until it says what it needs, so that its first viewer need
 * not wait. */
void relay_set_targets(struct publisher *publisher, const struct relay_endpoints *endpoints);
/* The endpoint has forgotten it: its state is sent again. */
void relay_tell_anew(struct publisher *publisher, unsigned endpoint);
/* The target of this endpoint; the number of targets: none. */
size_t relay_find_target(const struct publisher *publisher, unsigned endpoint);
/* Its publications have changed: the state is sent to all its endpoints. */
void relay_changed(struct publisher *publisher);
/* An encoding's packet, or its newest sender report. */
void relay_packet(const struct encoding *encoding, struct packet *packet, bool is_retransmission);
void relay_report(const struct encoding *encoding);
/* An envelope of its data channel. Returns to how many endpoints it goes. */
size_t relay_data(const struct publisher *publisher, struct span envelope);

/* In a relayed publisher: tells the origin. It is sent when it changes, and repeated now and then, in case a
 * message was lost. */
void relay_request(const struct publication *publication);
void relay_keyframe_requests(struct publisher *publisher, usec_t now);

/* The participant is about to be freed: its messages are dropped, and endpoints are told that it is gone. */
void relay_forget(struct publisher *publisher);

/* Fills in its whole state. */
void relay_describe(const struct publisher *publisher, struct relay_state *state);

#endif
