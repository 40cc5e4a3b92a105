#include "signaling/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/ghosts.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

#define BUCKETS 1024 /* a power of two */

struct rooms {
    struct rooms_config config;
    struct room_port port;
    struct rooms_counters counters;
    struct keep_account kept;
    size_t count;
    struct room *buckets[BUCKETS];
};

struct rooms *rooms_new(const struct rooms_config *config, const struct room_port *port)
{
    struct rooms *rooms = mem_alloc(sizeof *rooms);
    rooms->config = *config;
    rooms->port = *port;
    rooms->kept.max = KEEP_SERVER_MAX;
    return rooms;
}

const struct rooms_config *rooms_get_config(const struct rooms *rooms)
{
    return &rooms->config;
}

const struct room_port *rooms_get_port(const struct rooms *rooms)
{
    return &rooms->port;
}

const struct rooms_counters *rooms_get_counters(const struct rooms *rooms)
{
    return &rooms->counters;
}

size_t rooms_kept_bytes(const struct rooms *rooms)
{
    return rooms->kept.bytes;
}

size_t rooms_count(const struct rooms *rooms)
{
    return rooms->count;
}

/* FNV-1a. */
static size_t bucket_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return (hash ^ hash >> 16) & (BUCKETS - 1);
}

struct room *rooms_find(const struct rooms *rooms, const char *name)
{
    struct room *room = rooms->buckets[bucket_of(name)];
    while (room != NULL && strcmp(room->name, name) != 0)
        room = room->next;
    return room;
}

struct room *rooms_next(const struct rooms *rooms, const struct room *room)
{
    if (room != NULL && room->next != NULL)
        return room->next;
    for (size_t i = room != NULL ? bucket_of(room->name) + 1 : 0; i < BUCKETS; i++)
        if (rooms->buckets[i] != NULL)
            return rooms->buckets[i];
    return NULL;
}

struct member *room_find(const struct room *room, const char *id)
{
    struct member *member = room->members;
    while (member != NULL && strcmp(member->id, id) != 0)
        member = member->next;
    return member;
}

static struct room *room_new(struct rooms *rooms, const char *name, enum shape_pin pin, usec_t now)
{
    struct room *room = mem_alloc(sizeof *room);
    struct room **bucket = &rooms->buckets[bucket_of(name)];
    snprintf(room->name, sizeof room->name, "%s", name);
    room->rooms = rooms;
    room->pin = pin;
    room->epoch = 1;
    room->shape_since = now;
    shape_init(&room->shape);
    room->kept = (struct keep_account){.above = &rooms->kept, .max = KEEP_ROOM_MAX};
    room->next = *bucket;
    *bucket = room;
    rooms->count++;
    return room;
}

static void room_free(struct room *room)
{
    struct room **at = &room->rooms->buckets[bucket_of(room->name)];
    while (*at != room)
        at = &(*at)->next;
    *at = room->next;
    room->rooms->count--;
    event_log_fini(&room->events);
    paths_fini(&room->paths);
    free(room);
}

static void member_free(struct member *member)
{
    struct room_port *port = &member->room->rooms->port;
    port->left(port->user, member);
    keep_drop(&member->kept, &member->room->kept);
    free(member->sends);
    free(member->pairs);
    free(member);
}

void rooms_free(struct rooms *rooms)
{
    if (rooms == NULL)
        return;
    for (struct room *room; (room = rooms_next(rooms, NULL)) != NULL;) {
        for (struct member *member; (member = room->members) != NULL;) {
            room->members = member->next;
            member_free(member);
        }
        room_free(room);
    }
    free(rooms);
}

/* False: it is away, and it was to be kept but could not. */
static bool send_text(struct member *member, struct text *text, bool keep)
{
    struct room *room = member->room;
    const struct room_port *port = &room->rooms->port;
    if (member->session != NULL)
        port->send(port->user, member->session, text);
    else if (keep)
        return keep_add(&member->kept, &room->kept, text);
    return true;
}

void member_send(struct member *member, json_t *message, bool keep)
{
    struct rooms *rooms = member->room->rooms;
    struct text *text = text_of_json(rooms->port.texts, message);
    if (!send_text(member, text, keep))
        rooms->counters.kept_refused++;
    text_release(text);
}

void room_send(struct room *room, const struct member *except, json_t *message, bool keep)
{
    struct text *text = text_of_json(room->rooms->port.texts, message);
    for (struct member *member = room->members; member != NULL; member = member->next)
        if (member != except && !send_text(member, text, keep))
            room->rooms->counters.kept_refused++;
    text_release(text);
}

/* The shape's inputs as they are now. The caller frees the participants. */
static struct shape_participant *gather(const struct room *room, struct shape_input *input)
{
    struct shape_participant *participants = mem_array(room->member_count, sizeof *participants);
    unsigned count = 0;
    for (const struct member *member = room->members; member != NULL; member = member->next)
        participants[count++] = member->capabilities;
    *input = (struct shape_input){.pin = room->pin,
                                  .count = count,
                                  .participants = participants,
                                  .proven_pairs = (unsigned)paths_proven(&room->paths),
                                  .failed_pairs = (unsigned)paths_failed(&room->paths)};
    return participants;
}

/* Whether a member's lists name the others: they change with everybody who comes or goes. */
static bool lists_name_members(const struct room *room)
{
    return room->shape.shape == SHAPE_MESH || room->shape.is_probing;
}

static void tell_lists(struct room *room, const struct member *except)
{
    for (struct member *member = room->members; member != NULL; member = member->next)
        if (member != except)
            member_send(member, room_connect_message(member), false);
}

/* Decides again and tells everybody but `except` whom to connect to, if those are other lists than before. True: they
 * were told. */
static bool reshape(struct room *room, const struct member *except, bool members_changed, usec_t now)
{
    struct shape_input input;
    bool named_members = lists_name_members(room), was_probing = room->shape.is_probing;
    paths_timeout(&room->paths, now);
    paths_accept_relayed(&room->paths, room->pin == PIN_MESH, now);
    struct shape_participant *participants = gather(room, &input);
    bool has_changed = shape_update(&room->shape, &room->rooms->config.shape, &input, now);
    free(participants);
    if (has_changed) {
        room->epoch++;
        room->shape_since = now;
        log_info(room->name, "%s now, %u participants: %s", shape_name(room->shape.shape), input.count,
                 shape_reason_text(room->shape.reason));
    }
    bool names_members = lists_name_members(room);
    if (!names_members)
        paths_unprove(&room->paths);
    bool is_news =
        has_changed || was_probing != room->shape.is_probing || (members_changed && (named_members || names_members));
    if (is_news)
        tell_lists(room, except);
    return is_news;
}

static usec_t next_reshape(const struct room *room)
{
    return usec_min(shape_next(&room->shape, &room->rooms->config.shape), paths_next(&room->paths));
}

static void set_pin(struct room *room, enum shape_pin pin, usec_t now)
{
    bool changed = room->pin != pin;
    room->pin = pin;
    if (!reshape(room, NULL, false, now) && changed)
        tell_lists(room, NULL);
}

void room_pin(struct room *room, enum shape_pin pin, usec_t now)
{
    set_pin(room, pin, now);
}

const char *member_pin(struct member *member, enum shape_pin pin, usec_t now)
{
    if (!member->may_pin)
        return "not-allowed";
    set_pin(member->room, pin, now);
    return NULL;
}

static bool secret_equals(const char *a, const char *b)
{
    unsigned difference = strlen(a) != strlen(b);
    for (size_t i = 0; difference == 0 && i < ROOM_SECRET_SIZE; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

/* The member that a resume token names. */
static struct member *find_resumed(const struct room *room, const char *resume)
{
    const char *dot = strchr(resume, '.');
    char id[16];
    if (room == NULL || dot == NULL || (size_t)(dot - resume) >= sizeof id)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)(dot - resume), resume);
    struct member *member = room_find(room, id);
    return member != NULL && secret_equals(member->secret, dot + 1) ? member : NULL;
}

static void tell_state(struct member *member)
{
    room_send(member->room, member,
              json_pack("{s:s,s:s,s:s}", "type", "participant-state", "participant", member->id, "state",
                        member->session != NULL ? "active" : "reconnecting"),
              false);
}

static void resume(struct member *member, struct session *session, usec_t now)
{
    const struct room_port *port = &member->room->rooms->port;
    struct session *old = member->session;
    if (old != NULL) {
        static const char replaced[] =
            "{\"type\":\"error\",\"code\":\"replaced\",\"message\":\"another socket resumed this participant\"}";
        struct text *text = text_new(port->texts, replaced, sizeof replaced - 1);
        port->send(port->user, old, text);
        text_release(text);
        port->end(port->user, old);
    }
    member->session = session;
    member_send(member, room_joined_message(member, true), false);
    for (size_t i = 0; i < member->kept.count; i++)
        port->send(port->user, session, member->kept.texts[i]);
    keep_drop(&member->kept, &member->room->kept);
    if (old == NULL)
        tell_state(member);
    member_network_changed(member, now); /* perhaps: it may be back from elsewhere */
}

static struct member *add_member(struct room *room, const struct join *join, struct session *session)
{
    struct member *member = mem_alloc(sizeof *member);
    struct member **end = &room->members;
    member->room = room;
    member->number = ++room->last_number;
    snprintf(member->id, sizeof member->id, "p%u", member->number);
    snprintf(member->name, sizeof member->name, "%s", join->name);
    snprintf(member->secret, sizeof member->secret, "%s", join->secret);
    member->session = session;
    member->may_pin = join->may_pin;
    member->capabilities = join->capabilities;
    while (*end != NULL)
        end = &(*end)->next;
    *end = member;
    room->member_count++;
    return member;
}

/* For one more member of the room `name`: whoever has been away longest makes it. NULL, or an error code. */
static const char *make_place(struct rooms *rooms, const char *name, usec_t now)
{
    struct room *room = rooms_find(rooms, name);
    if (room != NULL ? room->member_count < rooms->config.participant_max : rooms->count < rooms->config.room_max)
        return NULL;
    struct room *deserted = room == NULL ? ghosts_oldest_room(rooms) : NULL;
    struct member *ghost = room != NULL ? ghosts_oldest(room) : deserted != NULL ? deserted->members : NULL;
    if (ghost == NULL)
        return room != NULL ? "room-full" : "too-many-rooms";
    for (size_t count = room != NULL ? 1 : deserted->member_count; count > 0; count--) {
        struct member *next = ghost->next;
        rooms->counters.places_given_up++;
        member_leave(ghost, "timeout", now); /* the last one of a room takes it with it */
        ghost = next;
    }
    return NULL;
}

const char *rooms_join(struct rooms *rooms, struct member **out, const struct join *join, struct session *session,
                       usec_t now)
{
    struct room *room = rooms_find(rooms, join->room);
    *out = NULL;
    if (join->resume != NULL) {
        struct member *member = find_resumed(room, join->resume);
        if (member == NULL)
            return "resume-failed";
        resume(member, session, now);
        *out = member;
        return NULL;
    }
    const char *refusal = make_place(rooms, join->room, now);
    if (refusal != NULL)
        return refusal;
    room = rooms_find(rooms, join->room);
    if (room == NULL)
        room = room_new(rooms, join->room, join->shape, now);
    struct member *member = add_member(room, join, session);
    room_send(room, member, json_pack("{s:s,s:o}", "type", "participant-joined", "participant", member_json(member)),
              false);
    reshape(room, member, true, now);
    member->ice_servers_at = now;
    member_send(member, room_joined_message(member, false), false);
    *out = member;
    return NULL;
}

void member_leave(struct member *member, const char *reason, usec_t now)
{
    struct room *room = member->room;
    struct member **at = &room->members;
    while (*at != member)
        at = &(*at)->next;
    *at = member->next;
    room->member_count--;
    paths_left(&room->paths, member->number);
    room_send(room, NULL,
              json_pack("{s:s,s:s,s:s}", "type", "participant-left", "participant", member->id, "reason", reason),
              false);
    for (struct member *other = room->members; other != NULL; other = other->next)
        member_clear_sends(other, member);
    member_free(member);
    if (room->members == NULL)
        room_free(room);
    else
        reshape(room, NULL, true, now);
}

void member_disconnected(struct member *member, usec_t now)
{
    member->session = NULL;
    if (!member->has_had_media) {
        member_leave(member, "timeout", now);
        return;
    }
    member->away_since = now;
    tell_state(member);
}

/* Credentials that a call outlives are renewed so often that two renewals fall into their life: a connection that is
 * between two paths at the first one is moved by the second. */
static void renew_ice_servers(struct member *member, usec_t now)
{
    const struct rooms *rooms = member->room->rooms;
    usec_t life = rooms->config.ice_servers_life;
    if (life == 0 || member->session == NULL || now - member->ice_servers_at < life * 2 / 5)
        return;
    member->ice_servers_at = now;
    member_send(member,
                json_pack("{s:s,s:o}", "type", "ice-servers", "ice_servers",
                          rooms->port.ice_servers(rooms->port.user, member->id)),
                false);
}

static struct member_sends *find_sends(struct member *member, uint32_t target)
{
    for (size_t i = 0; i < member->sends_count; i++)
        if (member->sends[i].target == target)
            return &member->sends[i];
    return NULL;
}

static bool is_current(const struct member *member, const struct member_sends *sends)
{
    return (sends->target == 0) == member_wants_router(member);
}

/* A member publishes what it sends to anybody: an answer may carry less than an offer. Connections of the room's other
 * shape are on their way out, and count only until something is sent by one of this shape. */
static unsigned sources_sent(const struct member *member)
{
    unsigned current = 0, others = 0;
    for (size_t i = 0; i < member->sends_count; i++) {
        if (is_current(member, &member->sends[i]))
            current |= member->sends[i].sources;
        else
            others |= member->sends[i].sources;
    }
    return current != 0 ? current : others;
}

static void update_published(struct member *member, unsigned muted)
{
    unsigned published = sources_sent(member);
    muted &= published;
    if (published == member->published && muted == member->muted)
        return;
    member->published = published;
    member->muted = muted;
    room_send(member->room, member,
              json_pack("{s:s,s:s,s:o}", "type", "publications", "participant", member->id, "publications",
                        member_publications_json(member)),
              false);
}

/* The router's connections end with an event; that the others were closed nobody tells. */
static void forget_direct_sends(struct member *member)
{
    bool has_any = false;
    for (size_t i = 0; i < member->sends_count; i++) {
        has_any = has_any || (member->sends[i].target != 0 && member->sends[i].sources != 0);
        if (member->sends[i].target != 0)
            member->sends[i].sources = 0;
    }
    if (has_any)
        update_published(member, member->muted);
}

void rooms_timeout(struct rooms *rooms, usec_t now)
{
    for (struct room *room = rooms_next(rooms, NULL), *next; room != NULL; room = next) {
        next = rooms_next(rooms, room); /* before: the last member takes its room with it */
        if (now >= next_reshape(room))
            reshape(room, NULL, false, now);
        for (struct member *member = room->members, *after; member != NULL; member = after) {
            after = member->next;
            if (room->shape.shape == SHAPE_SFU && now >= room->shape_since + ROOM_LINGER)
                forget_direct_sends(member);
            renew_ice_servers(member, now);
            if (member->session == NULL && now >= member->away_since + rooms->config.grace)
                member_leave(member, "timeout", now);
        }
    }
}

void member_set_sends(struct member *member, const struct member *target, const json_t *sends)
{
    uint32_t number = target != NULL ? target->number : 0;
    struct member_sends *entry = find_sends(member, number);
    unsigned sources = 0, muted = member->muted;
    size_t index;
    json_t *item;
    json_array_foreach(sends, index, item)
    {
        unsigned bit = 1u << message_source_index(json_string_value(json_object_get(item, "source")));
        sources |= bit;
        muted = json_is_true(json_object_get(item, "muted")) ? muted | bit : muted & ~bit;
    }
    if (entry == NULL) {
        member->sends = mem_resize(member->sends, member->sends_count + 1, sizeof *member->sends);
        entry = &member->sends[member->sends_count++];
        entry->target = number;
    }
    entry->sources = sources;
    update_published(member, muted);
}

void member_clear_sends(struct member *member, const struct member *target)
{
    struct member_sends *entry = find_sends(member, target != NULL ? target->number : 0);
    if (entry == NULL)
        return;
    *entry = member->sends[--member->sends_count];
    /* With nothing left the member is between two connections: what it publishes is what it will send again. */
    if (member->sends_count > 0)
        update_published(member, member->muted);
}

void member_mute(struct member *member, int source, bool muted)
{
    unsigned bit = 1u << source;
    update_published(member, muted ? member->muted | bit : member->muted & ~bit);
}

bool member_wants_router(const struct member *member)
{
    return member->room->shape.shape == SHAPE_SFU;
}

static void count_pair(struct member *member, const struct member *target, size_t bytes)
{
    struct member_pair *pair = NULL;
    for (size_t i = 0; i < member->pair_count && pair == NULL; i++)
        if (member->pairs[i].target == target->number)
            pair = &member->pairs[i];
    if (pair == NULL && member->pair_count == ROOM_PAIRS_MAX)
        return;
    if (pair == NULL) {
        member->pairs = mem_resize(member->pairs, member->pair_count + 1, sizeof *member->pairs);
        pair = &member->pairs[member->pair_count++];
        *pair = (struct member_pair){.target = target->number};
    }
    pair->messages++;
    pair->bytes += bytes;
}

/* Whoever reads too slowly for what others say to it must not lose its socket by their doing. */
static bool is_busy(const struct member *member, size_t bytes)
{
    const struct room_port *port = &member->room->rooms->port;
    return member->session != NULL && port->backlog(port->user, member->session) + bytes > ROOM_BACKLOG_MAX;
}

const char *member_relay(struct member *member, struct member *target, json_t *message, size_t bytes)
{
    struct rooms *rooms = member->room->rooms;
    if (is_busy(target, bytes)) {
        rooms->counters.relay_busy++;
        return "target-busy";
    }
    /* An answer to what the other one had offered: from now on the two may have media. */
    const char *type = json_string_value(json_object_get(message, "type"));
    if (strcmp(type, "answer") == 0 && find_sends(target, member->number) != NULL)
        member->has_had_media = target->has_had_media = true;
    json_t *copy = json_copy(message); /* shallow */
    json_object_del(copy, "target");
    json_object_set_new(copy, "from", json_string(member->id));
    struct text *text = text_of_json(rooms->port.texts, copy);
    bool is_sent = send_text(target, text, true);
    text_release(text);
    if (!is_sent) {
        rooms->counters.kept_refused++;
        return "too-much-kept";
    }
    count_pair(member, target, bytes);
    return NULL;
}

void member_chat(struct member *member, const char *text)
{
    struct room *room = member->room;
    struct text *message = text_of_json(room->rooms->port.texts,
                                        json_pack("{s:s,s:s,s:s}", "type", "chat", "from", member->id, "text", text));
    for (struct member *other = room->members; other != NULL; other = other->next)
        if (is_busy(other, message->length) || !send_text(other, message, true))
            room->rooms->counters.chat_dropped++;
    text_release(message);
}

void member_path(struct member *member, const struct member *target, enum path_state state, usec_t now)
{
    struct room *room = member->room;
    if (!lists_name_members(room))
        return; /* of connections that nobody keeps any more */
    static const char *const texts[] = {
        [PATH_RELAYED] = "goes through a TURN server", [PATH_LOST] = "is lost", [PATH_FAILED] = "failed"};
    if (state != PATH_PROVEN)
        log_info(room->name, "%s: the direct path to %s %s", member->id, target->id, texts[state]);
    paths_tell(&room->paths, member->number, target->number, state, now);
    reshape(room, NULL, false, now);
}

void member_network_changed(struct member *member, usec_t now)
{
    paths_network_changed(&member->room->paths, member->number, now);
    reshape(member->room, NULL, false, now);
}

/* What a report says about the shape. */
static void weigh_event(struct member *member, const json_t *event)
{
    const char *kind = json_string_value(json_object_get(event, "kind"));
    if (kind != NULL && strcmp(kind, "overload") == 0 && member->room->shape.shape == SHAPE_MESH)
        member->capabilities.overloaded_at = (unsigned)member->room->member_count;
}

void member_report(struct member *member, const json_t *events, usec_t now)
{
    struct room *room = member->room;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event)
    {
        if (!event_log_add(&room->events, member->id, event))
            room->rooms->counters.events_refused++;
        weigh_event(member, event);
    }
    reshape(room, NULL, false, now);
}
