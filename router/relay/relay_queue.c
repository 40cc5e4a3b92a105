#include "router/relay/relay_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/in/encoding.h"
#include "router/relay.h"
#include "router/relay/relay_message.h"
#include "router/relay/relay_state.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

struct relay_item {
    const struct publisher *publisher;
    unsigned to;
    struct relay_message message;
    struct packet *packet; /* the message's body; NULL: it has none, or `copy` is it */
    uint8_t *copy;         /* heap */
};

struct relay_gone {
    uint64_t publisher;
    unsigned to;
    bool is_told;
};

static struct relay_queue *queue_of(const struct publisher *publisher)
{
    return publisher->all->relay;
}

static struct relay_item *add_item(const struct publisher *publisher, enum relay_kind kind, unsigned to)
{
    struct relay_queue *queue = queue_of(publisher);
    if (queue->item_count == queue->item_capacity) { /* grows to the size that one batch needs, and is not shrunk */
        queue->item_capacity = queue->item_capacity * 2 + 64;
        queue->items = mem_resize(queue->items, queue->item_capacity, sizeof *queue->items);
    }
    struct relay_item *item = &queue->items[queue->item_count++];
    *item = (struct relay_item){
        .publisher = publisher, .to = to, .message = {.kind = kind, .publisher = publisher->common->connection}};
    return item;
}

static struct relay_item *add_publication_item(const struct publication *publication, enum relay_kind kind, unsigned to)
{
    struct relay_item *item = add_item(publication->publisher, kind, to);
    memcpy(item->message.mid, publication->media.mid, sizeof item->message.mid);
    return item;
}

static void release(struct relay_item *item)
{
    packet_release(item->packet);
    free(item->copy);
}

static struct relay_item *add_encoding_item(const struct encoding *encoding, enum relay_kind kind, unsigned to)
{
    struct relay_item *item = add_publication_item(encoding->publication, kind, to);
    item->message.encoding = (uint8_t)encoding->index;
    item->message.ssrc = encoding->ssrc;
    return item;
}

void relay_packet(const struct encoding *encoding, struct packet *packet, bool is_retransmission)
{
    const struct publication *publication = encoding->publication;
    const struct publisher *publisher = publication->publisher;
    for (size_t i = 0; i < publisher->relay_target_count; i++) {
        if ((publication->requests[i].asked & 1u << encoding->index) == 0)
            continue;
        struct relay_item *item = add_encoding_item(encoding, RELAY_MEDIA, publisher->relay_targets[i].endpoint);
        item->message.is_retransmission = is_retransmission;
        item->message.body = (struct span){packet->data, packet->length};
        item->packet = packet_hold(packet);
    }
}

static void report_to(const struct encoding *encoding, unsigned endpoint)
{
    struct relay_item *item = add_encoding_item(encoding, RELAY_REPORT, endpoint);
    item->message.report = encoding->stream.sr;
    item->message.report_wall_us =
        encoding->stream.sr_arrival + encoding->publication->publisher->common->core->wall_offset;
}

void relay_report(const struct encoding *encoding)
{
    const struct publisher *publisher = encoding->publication->publisher;
    for (size_t i = 0; i < publisher->relay_target_count; i++)
        report_to(encoding, publisher->relay_targets[i].endpoint);
}

size_t relay_data(const struct publisher *publisher, struct span envelope)
{
    for (size_t i = 0; i < publisher->relay_target_count; i++) {
        struct relay_item *item = add_item(publisher, RELAY_DATA, publisher->relay_targets[i].endpoint);
        item->copy = mem_alloc(envelope.length);
        memcpy(item->copy, envelope.data, envelope.length);
        item->message.body = (struct span){item->copy, envelope.length};
    }
    return publisher->relay_target_count;
}

void relay_changed(struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->relay_target_count; i++)
        publisher->relay_targets[i].is_stale = true;
    queue_of(publisher)->has_stale |= publisher->relay_target_count > 0;
}

void relay_request(const struct publication *publication)
{
    struct relay_item *item = add_publication_item(publication, RELAY_REQUEST, publication->publisher->origin);
    item->message.asked = (uint8_t)(publication->asked_encodings & ((1u << MEDIA_ENCODINGS_MAX) - 1));
    item->message.slots = (uint16_t)(publication->slot_count < UINT16_MAX ? publication->slot_count : UINT16_MAX);
}

void relay_keyframe_requests(struct publisher *publisher, usec_t now)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            if (encoding_can_use_keyframe(&p->encodings[i]) && keyframe_gate_due(&p->encodings[i].gate, now))
                (void)add_encoding_item(&p->encodings[i], RELAY_KEYFRAME, publisher->origin);
}

/* Where it is relayed to */

size_t relay_find_target(const struct publisher *publisher, unsigned endpoint)
{
    size_t i = 0;
    while (i < publisher->relay_target_count && publisher->relay_targets[i].endpoint != endpoint)
        i++;
    return i;
}

static void add_gone(const struct publisher *publisher, unsigned to)
{
    struct relay_queue *queue = queue_of(publisher);
    if (queue->gone_count == queue->gone_capacity) {
        queue->gone_capacity = queue->gone_capacity * 2 + 8;
        queue->gone = mem_resize(queue->gone, queue->gone_capacity, sizeof *queue->gone);
    }
    queue->gone[queue->gone_count++] = (struct relay_gone){.publisher = publisher->common->connection, .to = to};
}

/* The publisher is relayed there again before RELAY_GONE was sent: then that is not sent. */
static void take_back_gone(const struct publisher *publisher, unsigned to)
{
    struct relay_queue *queue = queue_of(publisher);
    size_t kept = 0;
    for (size_t i = 0; i < queue->gone_count; i++)
        if (queue->gone[i].publisher != publisher->common->connection || queue->gone[i].to != to)
            queue->gone[kept++] = queue->gone[i];
    queue->gone_count = kept;
}

static bool is_among(const struct relay_endpoints *endpoints, unsigned endpoint)
{
    for (size_t i = 0; i < endpoints->count; i++)
        if (endpoints->numbers[i] == endpoint)
            return true;
    return false;
}

static void set_requests(struct publication *publication, const struct relay_endpoints *endpoints)
{
    const struct publisher *publisher = publication->publisher;
    struct relay_request *requests = endpoints->count > 0 ? mem_array(endpoints->count, sizeof *requests) : NULL;
    for (size_t i = 0; i < endpoints->count; i++) {
        size_t before = relay_find_target(publisher, endpoints->numbers[i]);
        requests[i] = before < publisher->relay_target_count ? publication->requests[before] : RELAY_REQUEST_ALL;
    }
    free(publication->requests);
    publication->requests = requests;
}

static void tell_reports(const struct publisher *publisher, unsigned endpoint)
{
    for (const struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            if (p->encodings[i].ssrc != 0 && p->encodings[i].stream.has_sr)
                report_to(&p->encodings[i], endpoint);
}

void relay_set_targets(struct publisher *publisher, const struct relay_endpoints *endpoints)
{
    struct relay_target *targets = endpoints->count > 0 ? mem_array(endpoints->count, sizeof *targets) : NULL;
    CHECK(endpoints->count <= RELAY_ENDPOINTS_MAX);
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        set_requests(p, endpoints);
    for (size_t i = 0; i < publisher->relay_target_count; i++)
        if (!is_among(endpoints, publisher->relay_targets[i].endpoint))
            add_gone(publisher, publisher->relay_targets[i].endpoint);
    for (size_t i = 0; i < endpoints->count; i++) {
        unsigned endpoint = endpoints->numbers[i];
        size_t before = relay_find_target(publisher, endpoint);
        bool is_new = before == publisher->relay_target_count;
        targets[i] =
            is_new ? (struct relay_target){.endpoint = endpoint, .is_stale = true} : publisher->relay_targets[before];
        queue_of(publisher)->has_stale |= is_new;
        if (is_new) {
            take_back_gone(publisher, endpoint);
            tell_reports(publisher, endpoint);
        }
    }
    free(publisher->relay_targets);
    publisher->relay_targets = targets;
    publisher->relay_target_count = endpoints->count;
}

void relay_tell_anew(struct publisher *publisher, unsigned endpoint)
{
    size_t target = relay_find_target(publisher, endpoint);
    if (target == publisher->relay_target_count)
        return;
    publisher->relay_targets[target].is_stale = true;
    queue_of(publisher)->has_stale = true;
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        p->requests[target] = RELAY_REQUEST_ALL;
    tell_reports(publisher, endpoint);
}

void relay_forget(struct publisher *publisher)
{
    struct relay_queue *queue = queue_of(publisher);
    size_t kept = 0;
    for (size_t i = 0; i < queue->item_count; i++) {
        if (queue->items[i].publisher == publisher)
            release(&queue->items[i]);
        else
            queue->items[kept++] = queue->items[i];
    }
    queue->item_count = kept;
    relay_set_targets(publisher, &(struct relay_endpoints){0});
}

void relay_describe(const struct publisher *publisher, struct relay_state *state)
{
    *state = (struct relay_state){0};
    snprintf(state->room, sizeof state->room, "%s", publisher->common->room);
    snprintf(state->participant, sizeof state->participant, "%s", publisher->common->id);
    for (const struct publication *p = publisher->publications;
         p != NULL && state->publication_count < RELAY_PUBLICATIONS_MAX; p = p->next) {
        struct relay_publication *publication = &state->publications[state->publication_count++];
        memcpy(publication->source, p->source, sizeof publication->source);
        publication->muted = p->muted;
        publication->media = p->media;
    }
}

/* One turn: first publishers that are gone, then states of the others, then media and requests. */

static void write_head(struct relay_queue *queue, const struct relay_message *message, unsigned to,
                       struct relay_outgoing *out)
{
    int length = relay_message_write(message, queue->head, sizeof queue->head);
    CHECK(length > 0);
    *out = (struct relay_outgoing){.to = to, .head = {queue->head, (size_t)length}, .body = message->body};
}

static bool next_gone(struct relay_queue *queue, struct relay_outgoing *out)
{
    if (queue->turn.gone == queue->gone_count)
        return false;
    const struct relay_gone *gone = &queue->gone[queue->turn.gone];
    write_head(queue, &(struct relay_message){.kind = RELAY_GONE, .publisher = gone->publisher}, gone->to, out);
    return true;
}

static void write_state(struct relay_queue *queue, const struct publisher *publisher, unsigned to,
                        struct relay_outgoing *out)
{
    struct relay_state *state = mem_alloc(sizeof *state);
    relay_describe(publisher, state);
    int length = relay_state_write(state, queue->state, RELAY_STATE_MAX);
    free(state);
    CHECK(length > 0);
    const struct relay_message message = {
        .kind = RELAY_PUBLISHER, .publisher = publisher->common->connection, .body = {queue->state, (size_t)length}};
    write_head(queue, &message, to, out);
}

static bool next_state(struct relay_queue *queue, struct relay_outgoing *out)
{
    for (; queue->turn.publisher != NULL; queue->turn.publisher = queue->turn.publisher->next, queue->turn.target = 0)
        for (; queue->turn.target < queue->turn.publisher->relay_target_count; queue->turn.target++) {
            const struct relay_target *target = &queue->turn.publisher->relay_targets[queue->turn.target];
            if (!target->is_stale)
                continue;
            write_state(queue, queue->turn.publisher, target->endpoint, out);
            return true;
        }
    return false;
}

/* Whether the endpoint has the publisher's newest state; until then it gets no media of it. */
static bool may_go(struct relay_queue *queue, const struct relay_item *item)
{
    size_t target = relay_find_target(item->publisher, item->to);
    if (item->publisher->is_relayed)
        return true;
    if (target == item->publisher->relay_target_count)
        return false;
    queue->lost += item->publisher->relay_targets[target].is_stale;
    return !item->publisher->relay_targets[target].is_stale;
}

static bool next_item(struct relay_queue *queue, struct relay_outgoing *out)
{
    while (queue->turn.item < queue->item_count && !may_go(queue, &queue->items[queue->turn.item]))
        queue->turn.item++;
    if (queue->turn.item == queue->item_count)
        return false;
    write_head(queue, &queue->items[queue->turn.item].message, queue->items[queue->turn.item].to, out);
    return true;
}

static void end_turn(struct relay_queue *queue)
{
    size_t kept = 0;
    for (size_t i = 0; i < queue->gone_count; i++)
        if (!queue->gone[i].is_told)
            queue->gone[kept++] = queue->gone[i];
    queue->gone_count = kept;
    for (size_t i = 0; i < queue->item_count; i++)
        release(&queue->items[i]);
    queue->item_count = 0;
    memset(&queue->turn, 0, sizeof queue->turn);
}

bool relay_queue_poll(struct relay_queue *queue, struct relay_outgoing *message)
{
    if (!queue->turn.has_begun) {
        queue->turn.has_begun = true;
        queue->turn.publisher = queue->has_stale ? queue->publishers->first : NULL;
        queue->has_stale = false;
    }
    if (next_gone(queue, message) || next_state(queue, message) || next_item(queue, message))
        return true;
    end_turn(queue);
    return false;
}

void relay_queue_sent(struct relay_queue *queue, bool was_taken)
{
    queue->sent += was_taken;
    if (queue->turn.gone < queue->gone_count) {
        queue->gone[queue->turn.gone++].is_told = was_taken;
    } else if (queue->turn.publisher != NULL) {
        queue->turn.publisher->relay_targets[queue->turn.target++].is_stale = !was_taken;
        queue->has_stale |= !was_taken;
    } else {
        queue->turn.item++;
        queue->lost += !was_taken;
    }
}

bool relay_queue_has_message(const struct relay_queue *queue)
{
    return queue->gone_count > 0 || queue->has_stale || queue->item_count > 0;
}

struct relay_queue *relay_queue_new(struct publishers *publishers)
{
    struct relay_queue *queue = mem_alloc(sizeof *queue);
    queue->publishers = publishers;
    publishers->relay = queue;
    queue->state = mem_alloc(RELAY_STATE_MAX);
    return queue;
}

void relay_queue_free(struct relay_queue *queue)
{
    end_turn(queue);
    free(queue->items);
    free(queue->gone);
    free(queue->state);
    free(queue);
}
