#include "router/room/relayed_publisher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/choose/subscription.h"
#include "router/in/encoding.h"
#include "router/in/memory.h"
#include "router/in/publication.h"
#include "router/relay.h"
#include "router/relay/relay_message.h"
#include "router/relay/relay_queue.h"
#include "router/relay/relay_state.h"
#include "router/room/data.h"
#include "router/room/forward.h"
#include "router/room/participant.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define WAITING_MAX 1024 /* in one core; participants that change from one core to another wait for milliseconds */

struct relayed_waiting {
    struct relayed_waiting *next;
    uint64_t publisher;
    unsigned from;
    struct relay_state state;
};

/* At the origin */

void participant_relay_to(struct participant *participant, const struct relay_endpoints *endpoints, usec_t now)
{
    struct publisher *publisher = &participant->publisher;
    struct router *router = participant->room->router;
    CHECK(!publisher->is_relayed);
    router->core.agenda.now = now;
    relay_set_targets(publisher, endpoints);
    if (endpoints->count > 0)
        map_put(&router->origins, participant->common.connection, participant);
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        subscription_review_encodings(p, now);
}

bool participant_is_relayed(const struct participant *participant)
{
    return participant->publisher.is_relayed;
}

static struct publication *find_publication(const struct participant *participant, const char *mid)
{
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        if (strcmp(p->media.mid, mid) == 0)
            return p;
    return NULL;
}

static int take_keyframe_request(struct participant *origin, const struct relay_message *message, usec_t now)
{
    struct encoding *encoding = map_get(&origin->publisher.encodings, message->ssrc);
    if (encoding == NULL)
        return ERR_NOT_FOUND;
    encoding_request_keyframe(encoding, now);
    return 0;
}

static int take_request(struct participant *origin, size_t target, const struct relay_message *message, usec_t now)
{
    struct publication *publication = find_publication(origin, message->mid);
    if (publication == NULL)
        return ERR_NOT_FOUND;
    publication_set_request(publication, target,
                            (struct relay_request){.asked = message->asked, .slots = message->slots});
    subscription_review_encodings(publication, now);
    return 0;
}

static int take_at_origin(struct router *router, unsigned from, const struct relay_message *message, usec_t now)
{
    struct participant *origin = map_get(&router->origins, message->publisher);
    size_t target = origin != NULL ? relay_find_target(&origin->publisher, from) : 0;
    if (origin == NULL || target == origin->publisher.relay_target_count)
        return ERR_NOT_FOUND;
    return message->kind == RELAY_REQUEST ? take_request(origin, target, message, now)
                                          : take_keyframe_request(origin, message, now);
}

/* Elsewhere: media */

/* Which encoding an SSRC belongs to is decided by the origin. */
static struct encoding *find_encoding(struct participant *relayed, const struct relay_message *message)
{
    struct encoding *encoding = map_get(&relayed->publisher.encodings, message->ssrc);
    if (encoding != NULL && encoding->index == message->encoding &&
        strcmp(encoding->publication->media.mid, message->mid) == 0)
        return encoding;
    struct publication *publication = find_publication(relayed, message->mid);
    if (publication == NULL || message->encoding >= publication->encoding_count)
        return NULL;
    if (encoding != NULL)
        encoding_unbind(encoding);
    encoding = &publication->encodings[message->encoding];
    encoding_follow(encoding, message->ssrc);
    return encoding;
}

static int take_media(struct participant *relayed, const struct relay_message *message, usec_t now)
{
    struct encoding *encoding = find_encoding(relayed, message);
    if (encoding == NULL)
        return ERR_NOT_FOUND;
    struct packet *packet =
        memory_copy_packet(&relayed->room->router->publishers, message->body.data, message->body.length);
    if (packet == NULL)
        return ERR_LIMIT;
    packet->arrival = now;
    relayed->common.stats.in.packets++;
    agenda_wake(&relayed->common.agenda);
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    if (error == 0)
        error =
            extension_parse(&packet->extensions, &encoding->publication->media.extensions, packet->data, &packet->rtp);
    if (error == 0)
        error = encoding_find_codec(encoding, packet->rtp.payload_type);
    if (error == 0)
        error = forward_packet(relayed, encoding, packet, message->is_retransmission, now);
    packet_release(packet);
    return error;
}

static int take_report(struct participant *relayed, const struct relay_message *message, usec_t now)
{
    struct encoding *encoding = find_encoding(relayed, message);
    if (encoding == NULL)
        return ERR_NOT_FOUND;
    receive_stream_sr(&encoding->stream, &message->report, now);
    publisher_clock_report(&relayed->publisher.clock, message->report.ntp, message->report_wall_us);
    return 0;
}

static int take_data(struct participant *relayed, const struct relay_message *message)
{
    struct span frame = message->body;
    struct envelope envelope;
    int error = envelope_read(&frame, &envelope);
    if (error != 0 || frame.length > 0)
        return ERR_INVALID;
    (void)data_deliver(relayed, &envelope);
    return 0;
}

/* Elsewhere: who it is */

static void configure(struct participant *relayed, const struct relay_state *state, usec_t now)
{
    struct media *media = mem_array(RELAY_PUBLICATIONS_MAX, sizeof *media);
    struct router_send sends[RELAY_PUBLICATIONS_MAX] = {0};
    for (size_t i = 0; i < state->publication_count; i++) {
        const struct relay_publication *publication = &state->publications[i];
        media[i] = publication->media;
        memcpy(sends[i].mid, publication->media.mid, sizeof sends[i].mid);
        memcpy(sends[i].source, publication->source, sizeof sends[i].source);
        sends[i].muted = publication->muted;
    }
    participant_configure(relayed, media, state->publication_count, sends, state->publication_count, NULL, 0, now);
    free(media);
}

static void start(struct router *router, unsigned from, uint64_t publisher, const struct relay_state *state, usec_t now)
{
    struct room *room = router_find_room(router, state->room);
    if (room == NULL)
        room = room_new(router, state->room);
    struct participant *relayed = participant_new(room, state->participant, publisher, now);
    relayed->publisher.is_relayed = true;
    relayed->publisher.origin = from;
    router->participant_count--;
    router->relayed_count++;
    map_put(&router->relayed, publisher, relayed);
    configure(relayed, state, now);
}

static struct relayed_waiting **find_waiting(struct router *router, uint64_t publisher)
{
    struct relayed_waiting **at = &router->waiting;
    while (*at != NULL && (*at)->publisher != publisher)
        at = &(*at)->next;
    return at;
}

/* Added at the end, so that the first to come is the first to get the place. */
static int wait_for_place(struct router *router, unsigned from, uint64_t publisher, const struct relay_state *state)
{
    struct relayed_waiting **at = &router->waiting;
    size_t count = 0;
    for (; *at != NULL; at = &(*at)->next)
        count++;
    if (count == WAITING_MAX)
        return ERR_LIMIT;
    *at = mem_alloc(sizeof **at);
    (*at)->from = from;
    (*at)->publisher = publisher;
    (*at)->state = *state;
    return 0;
}

static void stop_waiting(struct relayed_waiting **at)
{
    struct relayed_waiting *waiting = *at;
    *at = waiting->next;
    free(waiting);
}

void relayed_stop_waiting(struct router *router)
{
    while (router->waiting != NULL)
        stop_waiting(&router->waiting);
}

void relayed_make_way(struct participant *relayed, usec_t now)
{
    struct router *router = relayed->room->router;
    struct relay_state *state = mem_alloc(sizeof *state);
    relay_describe(&relayed->publisher, state);
    (void)wait_for_place(router, relayed->publisher.origin, relayed->common.connection, state);
    participant_free(relayed, now);
    free(state);
}

static void take_place(struct router *router, const char *room, const char *id, usec_t now)
{
    struct relayed_waiting **at = &router->waiting;
    while (*at != NULL && (strcmp((*at)->state.room, room) != 0 || strcmp((*at)->state.participant, id) != 0))
        at = &(*at)->next;
    if (*at == NULL)
        return;
    start(router, (*at)->from, (*at)->publisher, &(*at)->state, now);
    stop_waiting(at);
}

void relayed_succeed(struct participant *participant, usec_t now)
{
    struct room *room = participant->room;
    struct router *router = room->router;
    char name[ROOM_NAME_MAX + 1], id[PARTICIPANT_ID_MAX + 1];
    memcpy(name, room->name, sizeof name);
    memcpy(id, participant->common.id, sizeof id);
    participant_free(participant, now);
    if (room->participants == NULL)
        room_free(room);
    take_place(router, name, id, now);
}

/* The next publisher relayed from `from`; NULL: there are no more. */
static struct participant *next_of(struct router *router, unsigned from)
{
    struct participant *relayed;
    for (size_t at = 0; (relayed = map_next(&router->relayed, &at)) != NULL;)
        if (relayed->publisher.origin == from)
            return relayed;
    return NULL;
}

void router_relay_lost(struct router *router, unsigned endpoint, usec_t now)
{
    struct participant *relayed, *origin;
    router->core.agenda.now = now;
    for (struct relayed_waiting **waiting = &router->waiting; *waiting != NULL;) {
        if ((*waiting)->from == endpoint)
            stop_waiting(waiting);
        else
            waiting = &(*waiting)->next;
    }
    while ((relayed = next_of(router, endpoint)) != NULL)
        relayed_succeed(relayed, now);
    for (size_t at = 0; (origin = map_next(&router->origins, &at)) != NULL;) {
        relay_tell_anew(&origin->publisher, endpoint);
        for (struct publication *p = origin->publisher.publications; p != NULL; p = p->next)
            subscription_review_encodings(p, now);
    }
}

static bool is_of(const struct participant *relayed, const struct relay_state *state)
{
    return strcmp(relayed->room->name, state->room) == 0 && strcmp(relayed->common.id, state->participant) == 0;
}

static int take_new_state(struct router *router, unsigned from, uint64_t publisher, const struct relay_state *state,
                          usec_t now)
{
    struct relayed_waiting *waiting = *find_waiting(router, publisher);
    const struct room *room = router_find_room(router, state->room);
    if (waiting != NULL) {
        if (waiting->from != from)
            return ERR_INVALID;
        waiting->state = *state;
        return 0;
    }
    if (room != NULL && room_find_participant(room, state->participant) != NULL)
        return wait_for_place(router, from, publisher, state);
    start(router, from, publisher, state, now);
    return 0;
}

/* Room and id of a publisher do not change; all else of the state may. */
static int take_state(struct router *router, unsigned from, const struct relay_message *message, usec_t now)
{
    struct participant *relayed = map_get(&router->relayed, message->publisher);
    struct relay_state *state = mem_alloc(sizeof *state);
    int error = relay_state_read(state, message->body.data, message->body.length);
    if (error == 0 && relayed == NULL)
        error = take_new_state(router, from, message->publisher, state, now);
    else if (error == 0 && (relayed->publisher.origin != from || !is_of(relayed, state)))
        error = ERR_INVALID;
    else if (error == 0)
        configure(relayed, state, now);
    free(state);
    return error;
}

static int take_gone(struct router *router, unsigned from, uint64_t publisher, usec_t now)
{
    struct participant *relayed = map_get(&router->relayed, publisher);
    struct relayed_waiting **waiting = find_waiting(router, publisher);
    if (relayed == NULL && *waiting == NULL)
        return ERR_NOT_FOUND;
    if (from != (relayed != NULL ? relayed->publisher.origin : (*waiting)->from))
        return ERR_INVALID;
    if (relayed != NULL)
        relayed_succeed(relayed, now);
    else
        stop_waiting(waiting);
    return 0;
}

static int take_elsewhere(struct router *router, unsigned from, const struct relay_message *message, usec_t now)
{
    struct participant *relayed = map_get(&router->relayed, message->publisher);
    if (relayed == NULL)
        return ERR_NOT_FOUND;
    if (relayed->publisher.origin != from)
        return ERR_INVALID;
    if (message->kind == RELAY_DATA)
        return take_data(relayed, message);
    return message->kind == RELAY_MEDIA ? take_media(relayed, message, now) : take_report(relayed, message, now);
}

static int take(struct router *router, unsigned from, const struct relay_message *message, usec_t now)
{
    switch (message->kind) {
    case RELAY_PUBLISHER:
        return take_state(router, from, message, now);
    case RELAY_GONE:
        return take_gone(router, from, message->publisher, now);
    case RELAY_MEDIA:
    case RELAY_REPORT:
    case RELAY_DATA:
        return take_elsewhere(router, from, message, now);
    case RELAY_KEYFRAME:
    case RELAY_REQUEST:
        return take_at_origin(router, from, message, now);
    }
    return ERR_UNSUPPORTED;
}

int router_take_relay(struct router *router, unsigned from, const uint8_t *data, size_t length, usec_t now)
{
    struct relay_message message;
    int error = relay_message_read(&message, data, length);
    router->core.agenda.now = now;
    router->relay->taken++;
    if (error == 0)
        error = take(router, from, &message, now);
    router->relay->bad += error == ERR_INVALID || error == ERR_TRUNCATED || error == ERR_UNSUPPORTED;
    return error;
}
