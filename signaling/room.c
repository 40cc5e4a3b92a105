#include "signaling/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/ghosts.h"
#include "signaling/room_json.h"
#include "transport/base/memory.h"

static void free_member(struct member *member)
{
    struct room_port *port = &member->room->rooms->port;
    if (member_is_there(member))
        member->reach.kind->let_go(member->reach.owner);
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
            free_member(member);
        }
        rooms_remove(room);
    }
    free(rooms);
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
                        member_is_there(member) ? "active" : "reconnecting"),
              false);
}

static void set_reach(struct member *member, const struct reach *reach)
{
    member->reach = *reach;
    member->needs_router = member->kind != MEMBER_PERSON || !reach->kind->can_mesh;
}

static void resume(struct member *member, const struct reach *reach, usec_t now)
{
    const struct room_port *port = &member->room->rooms->port;
    const struct reach old = member->reach;
    if (old.kind != NULL) {
        static const char replaced[] =
            "{\"type\":\"error\",\"code\":\"replaced\",\"message\":\"another socket resumed this participant\"}";
        struct text *text = text_new(port->texts, replaced, sizeof replaced - 1);
        old.kind->send(old.owner, text);
        text_release(text);
        old.kind->end(old.owner);
    }
    set_reach(member, reach);
    member_send(member, room_joined_message(member, true), false);
    for (size_t i = 0; i < member->kept.count; i++)
        reach->kind->send(reach->owner, member->kept.texts[i]);
    keep_drop(&member->kept, &member->room->kept);
    if (old.kind == NULL)
        tell_state(member);
    member_network_changed(member, now); /* perhaps: it may be back from elsewhere */
}

static bool may_be_tried(struct room *room, usec_t now)
{
    return !topology_fits_mesh(&room->rooms->config.topology, (unsigned)room->member_count + 1) ||
           budget_take(&room->arrivals, &ROOM_ARRIVALS, 1, now);
}

static struct member *add_member(struct room *room, const struct join *join, const struct reach *reach, usec_t now)
{
    struct member *member = mem_alloc(sizeof *member);
    struct member **end = &room->members;
    member->room = room;
    member->number = ++room->last_number;
    snprintf(member->id, sizeof member->id, "p%u", member->number);
    snprintf(member->name, sizeof member->name, "%s", join->name);
    snprintf(member->secret, sizeof member->secret, "%s", join->secret);
    member->kind = join->kind;
    set_reach(member, reach);
    member->may_pin = join->may_pin;
    member->capabilities = join->capabilities;
    member->capabilities.can_mesh = join->capabilities.can_mesh && may_be_tried(room, now);
    while (*end != NULL)
        end = &(*end)->next;
    *end = member;
    room->member_count++;
    return member;
}

/* One address shall not take all rooms: the last quarter is for others than who made more than half of them. Many
 * people may share an address (a network, a proxy in front of us), so until then it may have as many as it likes. */
static bool is_for_others(const struct rooms *rooms, uint64_t address)
{
    size_t most = rooms->config.room_max, made = 0;
    if (rooms->count < most - most / 4)
        return false;
    for (const struct room *room = rooms_next(rooms, NULL); room != NULL; room = rooms_next(rooms, room))
        made += room->address == address ? 1 : 0;
    return made > most / 2;
}

/* For one more member of a room: whoever has been away longest makes it. NULL, or an error code. */
static const char *make_place(struct rooms *rooms, const struct join *join, usec_t now)
{
    struct room *room = rooms_find(rooms, join->room);
    bool is_full =
        room != NULL ? room->member_count >= rooms->config.participant_max : rooms->count >= rooms->config.room_max;
    bool is_reserved = room == NULL && !is_full && is_for_others(rooms, join->address);
    if (!is_full && !is_reserved)
        return NULL;
    struct room *deserted = room == NULL ? ghosts_oldest_room(rooms) : NULL;
    struct member *ghost = room != NULL ? ghosts_oldest(room) : deserted != NULL ? deserted->members : NULL;
    if (ghost == NULL && is_reserved)
        rooms->counters.rooms_reserved++;
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

const char *rooms_join(struct rooms *rooms, struct member **out, const struct join *join, const struct reach *reach,
                       usec_t now)
{
    struct room *room = rooms_find(rooms, join->room);
    *out = NULL;
    if (join->resume != NULL) {
        struct member *member = find_resumed(room, join->resume);
        if (member == NULL)
            return "resume-failed";
        if (!budget_take(&member->resumes, &ROOM_RESUMES, 1, now)) {
            rooms->counters.resumes_refused++;
            return "too-fast";
        }
        resume(member, reach, now);
        *out = member;
        return NULL;
    }
    const char *refusal = make_place(rooms, join, now);
    if (refusal != NULL)
        return refusal;
    room = rooms_find(rooms, join->room);
    if (room == NULL) {
        room = rooms_add(rooms, join->room, join->topology, now);
        room->address = join->address;
    }
    struct member *member = add_member(room, join, reach, now);
    room_send(room, member, json_pack("{s:s,s:o}", "type", "participant-joined", "participant", member_json(member)),
              false);
    room_review_topology(room, member, true, now);
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
        member_clear_sends(other, member, now);
    free_member(member);
    if (room->members == NULL)
        rooms_remove(room);
    else
        room_review_topology(room, NULL, true, now);
}

void member_disconnected(struct member *member, usec_t now)
{
    member->reach = (struct reach){0};
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
    if (life == 0 || !member_is_there(member) || now - member->ice_servers_at < life * 2 / 5)
        return;
    member->ice_servers_at = now;
    member_send(member,
                json_pack("{s:s,s:o}", "type", "ice-servers", "ice_servers",
                          rooms->port.ice_servers(rooms->port.user, member->id)),
                false);
}

void rooms_wall_clock(struct rooms *rooms, int64_t ahead)
{
    bool has_jumped =
        rooms->config.ice_servers_life > 0 && ahead - rooms->wall_ahead > rooms->config.ice_servers_life / 10;
    if (has_jumped || ahead < rooms->wall_ahead)
        rooms->wall_ahead = ahead;
    for (struct room *room = has_jumped ? rooms_next(rooms, NULL) : NULL; room != NULL; room = rooms_next(rooms, room))
        for (struct member *member = room->members; member != NULL; member = member->next)
            member->ice_servers_at = -rooms->config.ice_servers_life;
}

bool rooms_timeout(struct rooms *rooms, usec_t now)
{
    bool has_news = false;
    for (struct room *room = rooms_next(rooms, NULL), *next; room != NULL; room = next) {
        next = rooms_next(rooms, room); /* before: the last member takes its room with it */
        if (now >= room_next_review(room))
            room_review_topology(room, NULL, false, now);
        if (!room_apply_pin(room, now))
            has_news = true;
        for (struct member *member = room->members, *after; member != NULL; member = after) {
            after = member->next;
            if (room->topology.topology == TOPOLOGY_SFU && now >= room->topology_since + ROOM_LINGER)
                member_forget_direct_sends(member, now);
            renew_ice_servers(member, now);
            if (!member_tell_publications(member, now))
                has_news = true;
            if (!member_is_there(member) && now >= member->away_since + rooms->config.grace)
                member_leave(member, "timeout", now);
        }
    }
    return has_news;
}
