#include "signaling/room/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/room/longest_away.h"
#include "signaling/room/room_chat.h"
#include "signaling/room/room_encryption.h"
#include "signaling/room/room_host.h"
#include "signaling/room/room_json.h"
#include "signaling/room/room_recording.h"
#include "signaling/room/room_waiting.h"
#include "transport/base/memory.h"

#define ADDRESS_PLACES_FREE 64 /* places in a room that one address may have, however many are left for others */

static void free_participant(struct room_participant *participant)
{
    struct room_port *port = &participant->room->rooms->port;
    if (room_participant_is_active(participant))
        participant->reach.kind->let_go(participant->reach.owner);
    port->left(port->user, participant);
    kept_messages_drop(&participant->kept, &participant->room->kept);
    free(participant->sends);
    free(participant->pairs);
    free(participant);
}

void rooms_free(struct rooms *rooms)
{
    if (rooms == NULL)
        return;
    for (struct room *room; (room = rooms_next(rooms, NULL)) != NULL;) {
        for (struct room_participant *participant; (participant = room->participants) != NULL;) {
            room->participants = participant->next;
            free_participant(participant);
        }
        for (struct room_participant *participant; (participant = room->waiting) != NULL;) {
            room->waiting = participant->next;
            free_participant(participant);
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

/* The participant that a resume token names; it may be one that waits. */
static struct room_participant *find_resumed(const struct room *room, const char *resume)
{
    const char *dot = strchr(resume, '.');
    char id[16];
    if (room == NULL || dot == NULL || (size_t)(dot - resume) >= sizeof id)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)(dot - resume), resume);
    struct room_participant *participant = room_find(room, id);
    if (participant == NULL)
        participant = room_waiting_find(room, id);
    return participant != NULL && secret_equals(participant->secret, dot + 1) ? participant : NULL;
}

static void tell_state(struct room_participant *participant)
{
    room_send(participant->room, participant,
              json_pack("{s:s,s:s,s:s}", "type", "participant-state", "participant", participant->id, "state",
                        room_participant_is_active(participant) ? "active" : "reconnecting"),
              false);
}

static void set_reach(struct room_participant *participant, const struct reach *reach)
{
    participant->reach = *reach;
    participant->needs_router = participant->kind != ROOM_PARTICIPANT_PERSON || !reach->kind->can_mesh;
}

/* The reach is the participant's from now on. */
static void take_over(struct room_participant *participant, const struct reach *reach)
{
    const struct room_port *port = &participant->room->rooms->port;
    const struct reach old = participant->reach;
    if (old.kind != NULL) {
        static const char replaced[] =
            "{\"type\":\"error\",\"code\":\"replaced\",\"message\":\"another socket resumed this participant\"}";
        struct text *text = text_new(port->texts, replaced, sizeof replaced - 1);
        old.kind->send(old.owner, text);
        text_release(text);
        old.kind->end(old.owner);
    }
    set_reach(participant, reach);
}

static void resume(struct room_participant *participant, const struct reach *reach, usec_t now)
{
    bool was_there = room_participant_is_active(participant);
    take_over(participant, reach);
    room_participant_send(participant, room_joined_message(participant, true), false);
    for (size_t i = 0; i < participant->kept.count; i++)
        reach->kind->send(reach->owner, participant->kept.texts[i]);
    kept_messages_drop(&participant->kept, &participant->room->kept);
    if (!was_there)
        tell_state(participant);
    if (participant->is_host)
        room_waiting_host_came(participant->room);
    room_participant_network_changed(participant, now); /* perhaps: it may come back from another network */
}

/* All others try a direct path to each newcomer. While somebody is in the room who came beyond the budget, it uses the
 * router only. */
static bool may_be_tried(struct room *room, usec_t now)
{
    return !topology_fits_mesh(&room->rooms->config.topology, (unsigned)room_shown_count(room) + 1) ||
           budget_take(&room->topology.tries, &TOPOLOGY_TRIES, 1, now);
}

/* It is on no list yet. */
static struct room_participant *make_participant(struct room *room, const struct join *join, const struct reach *reach)
{
    struct room_participant *participant = mem_alloc(sizeof *participant);
    participant->room = room;
    participant->number = ++room->last_number;
    snprintf(participant->id, sizeof participant->id, "p%u", participant->number);
    snprintf(participant->name, sizeof participant->name, "%s", join->name);
    snprintf(participant->secret, sizeof participant->secret, "%s", join->secret);
    participant->address = join->address;
    participant->kind = join->kind;
    set_reach(participant, reach);
    participant->may = join->may;
    participant->is_host = join->may.host && join->kind == ROOM_PARTICIPANT_PERSON;
    participant->token_key = join->token_key;
    participant->capabilities = join->capabilities;
    participant->mix.wish = join->mix;
    return participant;
}

/* `role`: what it was before it left and came back. */
static void enter(struct room_participant *participant, struct leaver_role role, usec_t now)
{
    struct room *room = participant->room;
    struct room_participant **end = &room->participants;
    while (*end != NULL)
        end = &(*end)->next;
    participant->capabilities.can_mesh = participant->capabilities.can_mesh && may_be_tried(room, now);
    *end = participant;
    room->participant_count++;
    struct room_participant *heir = role.was_host ? room_host_returns(participant) : NULL;
    room_choose_host(room, participant);
    participant->is_heir = participant->is_host && role.was_heir;
    room_send(room, participant,
              json_pack("{s:s,s:o}", "type", "participant-joined", "participant", room_participant_json(participant)),
              false);
    room_review_topology(room, participant, true, now);
    participant->ice_servers_at = now;
    room_participant_send(participant, room_joined_message(participant, false), false);
    room_participant_send_history(participant);
    if (heir != NULL)
        room_participant_tell_role(heir);
    if (participant->is_host)
        room_waiting_host_came(room);
}

/* One address must not take everything: if it has more than half of it, the last quarter is kept for others. Until then
 * there is no limit, since many people may share an address (a network, a proxy in front of the server). */
static bool is_last_quarter(size_t taken, size_t most)
{
    return taken >= most - most / 4;
}

static bool rooms_are_for_others(const struct rooms *rooms, uint64_t address)
{
    size_t most = rooms->config.room_max, made = 0;
    if (!is_last_quarter(rooms->count, most))
        return false;
    for (const struct room *room = rooms_next(rooms, NULL); room != NULL; room = rooms_next(rooms, room))
        made += room->address == address ? 1 : 0;
    return made > most / 2;
}

static size_t count_from(const struct room_participant *list, uint64_t address)
{
    size_t count = 0;
    for (; list != NULL; list = list->next)
        count += list->address == address ? 1 : 0;
    return count;
}

static bool places_are_for_others(const struct room *room, uint64_t address)
{
    size_t most = room->rooms->config.participant_max;
    return most > ADDRESS_PLACES_FREE && is_last_quarter(room_shown_count(room), most) &&
           count_from(room->participants, address) > most / 2;
}

static bool refuse_place(struct rooms *rooms, bool is_room, bool is_reserved, struct refusal *refusal)
{
    static const char own[] = "most who are here came from your address: the last places are for others";
    if (is_reserved)
        (*(is_room ? &rooms->counters.places_reserved : &rooms->counters.rooms_reserved))++;
    if (!is_room)
        return refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "too-many-rooms", "the server has too many rooms");
    if (is_reserved)
        return refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "address-full", own);
    return refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "room-full", "the room is full");
}

/* Makes a place for a new participant: the one that has been away longest is removed if needed. False:
 * nobody may be, and `refusal` is filled. */
static bool make_place(struct rooms *rooms, const struct join *join, usec_t now, struct refusal *refusal)
{
    struct room *room = rooms_find(rooms, join->room);
    bool is_full =
        room != NULL ? room_shown_count(room) >= rooms->config.participant_max : rooms->count >= rooms->config.room_max;
    bool is_reserved = room != NULL ? !join->is_local && places_are_for_others(room, join->address)
                                    : rooms_are_for_others(rooms, join->address);
    if (!is_full && !is_reserved)
        return true;
    /* An address that has its share must not end calls of others whose sockets are away for a moment. */
    const uint64_t *of = is_reserved ? &join->address : NULL;
    struct room *deserted = room == NULL ? longest_away_room(rooms, of) : NULL;
    struct room_participant *leaver = room != NULL       ? longest_away(room, of)
                                      : deserted != NULL ? deserted->participants
                                                         : NULL;
    if (leaver == NULL)
        return refuse_place(rooms, room != NULL, is_reserved, refusal);
    for (size_t count = room != NULL ? 1 : deserted->participant_count; count > 0; count--) {
        struct room_participant *next = leaver->next;
        rooms->counters.places_given_up++;
        room_participant_leave(leaver, "timeout", now); /* this frees the room, too, if it was the last one */
        leaver = next;
    }
    return true;
}

static bool is_banned(const struct room *room, const struct join *join, usec_t now)
{
    return (join->resume != NULL && bans_has(&room->bans, bans_key(join->resume), now)) ||
           (join->returns != NULL && bans_has(&room->bans, bans_key(join->returns), now)) ||
           (join->token_key != 0 && bans_has(&room->bans, join->token_key, now));
}

/* NULL: it cannot come back, and `refusal` says why. */
static struct room_participant *rejoin(struct room *room, const struct join *join, const struct reach *reach,
                                       usec_t now, struct refusal *refusal)
{
    struct room_participant *participant = find_resumed(room, join->resume);
    if (participant == NULL) {
        refusal_set(refusal, "resume-failed", "the resume token is unknown or too old: join without it");
        return NULL;
    }
    if (!budget_take(&participant->resumes, &ROOM_RESUMES, 1, now)) {
        participant->room->rooms->counters.resumes_refused++;
        refusal_set_end(refusal, REFUSAL_ENDS, "too-fast", "this participant was resumed too often just now");
        return NULL;
    }
    if (participant->is_waiting) {
        take_over(participant, reach);
        room_waiting_tell_participant(participant);
        room->has_waiting_news = true; /* it may have been away */
        return participant;
    }
    bool is_chosen = room_choose_host(room, participant) != NULL;
    participant->is_heir = participant->is_heir || is_chosen;
    resume(participant, reach, now);
    if (is_chosen)
        room_participant_tell_role(participant);
    return participant;
}

/* Why the room does not take another service of this kind; NULL: it does. */
static const char *refused_service(const struct room *room, enum service_kind service)
{
    if (room == NULL)
        return "nobody is in the room";
    if (service == SERVICE_MIXER)
        return room->mixer != NULL ? "the room has a mixer already" : NULL;
    if (!room_wants_recorder(room))
        return "nobody has asked for a recording";
    return room->recorder != NULL ? "the room has a recorder already" : NULL;
}

static struct room_participant *join_service(struct room *room, const struct join *join, const struct reach *reach,
                                             usec_t now, struct refusal *refusal)
{
    const char *why = refused_service(room, join->may.service);
    if (why != NULL) {
        refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "room-full", why);
        return NULL;
    }
    struct room_participant *service = make_participant(room, join, reach), **end = &room->participants;
    while (*end != NULL)
        end = &(*end)->next;
    *end = service;
    *(join->may.service == SERVICE_MIXER ? &room->mixer : &room->recorder) = service;
    room->participant_count++;
    service->ice_servers_at = now;
    room_review_topology(room, service, false, now); /* a room with a service is no Mesh */
    room_participant_send(service, room_joined_message(service, false), false);
    if (room->mixer == service && room->requested_layout == MIX_LAYOUT_NONE)
        room_set_layout(room, join->layout, now);
    return service;
}

static struct room_participant *wait_outside(struct room *room, const struct join *join, const struct reach *reach,
                                             usec_t now, struct refusal *refusal)
{
    size_t count = room_waiting_count(room);
    if (!join->is_local && is_last_quarter(count, ROOM_WAITING_MAX) &&
        count_from(room->waiting, join->address) > ROOM_WAITING_MAX / 2) {
        refuse_place(room->rooms, true, true, refusal);
        return NULL;
    }
    if (count >= ROOM_WAITING_MAX) {
        refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "room-full", "too many wait to be let in");
        return NULL;
    }
    struct room_participant *participant = make_participant(room, join, reach);
    room_waiting_add(participant);
    room_waiting_tell_participant(participant);
    room_waiting_tell_hosts(room, now);
    return participant;
}

/* Whether it was in the room a moment ago. Should the server not know yet that its former place is left, that is given
 * up; with the last one the room is gone, too. */
static bool return_to(struct room **room, const struct join *join, usec_t now, struct leaver_role *role)
{
    static const struct refusal replaced = {.code = "replaced", .text = "this participant has joined anew"};
    if (*room == NULL || join->returns == NULL)
        return false;
    struct rooms *rooms = (*room)->rooms;
    struct room_participant *former = find_resumed(*room, join->returns);
    if (former != NULL && !former->is_waiting)
        room_participant_end(former, &replaced, "left", now);
    *room = rooms_find(rooms, join->room);
    return *room != NULL && leavers_take(&(*room)->leavers, bans_key(join->returns), now, role);
}

struct room_participant *rooms_join(struct rooms *rooms, const struct join *join, const struct reach *reach, usec_t now,
                                    struct refusal *refusal)
{
    struct room *room = rooms_find(rooms, join->room);
    if (room != NULL && is_banned(room, join, now)) {
        refusal_set_end(refusal, REFUSAL_ENDS, "removed", "a host has removed you from this room a moment ago");
        return NULL;
    }
    if (join->resume != NULL)
        return rejoin(room, join, reach, now, refusal);
    if (!room_encryption_fits(room, join->is_encrypted, refusal))
        return NULL;
    if (room == NULL && !room_encryption_allows(join->is_encrypted, join->topology, refusal)) {
        refusal->end = REFUSAL_ENDS;
        return NULL;
    }
    if (join->kind == ROOM_PARTICIPANT_SERVICE)
        return join_service(room, join, reach, now, refusal);
    struct leaver_role role = {0};
    bool enters = return_to(&room, join, now, &role) || join->may.host;
    if (room != NULL && room->is_locked && !enters) {
        refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "room-locked", "a host has locked the room");
        return NULL;
    }
    if (room != NULL && room->has_waiting_room && !enters && join->kind != ROOM_PARTICIPANT_PERSON) {
        refusal_set_end(refusal, REFUSAL_ENDS_FOR_NOW, "room-locked",
                        "newcomers wait here to be let in, and this cannot");
        return NULL;
    }
    if (room != NULL && room->has_waiting_room && !enters)
        return wait_outside(room, join, reach, now, refusal);
    if (!make_place(rooms, join, now, refusal))
        return NULL;
    room = rooms_find(rooms, join->room);
    if (room == NULL) {
        room = rooms_add(rooms, join->room, join->topology, now);
        if (join->chose_topology)
            snprintf(room->pin_by, sizeof room->pin_by, "%s", join->name);
        room->address = join->address;
        room->is_encrypted = join->is_encrypted;
        room->is_local = join->is_local;
    }
    struct room_participant *participant = make_participant(room, join, reach);
    enter(participant, role, now);
    return participant;
}

bool room_participant_admit(struct room_participant *participant, usec_t now, struct refusal *refusal)
{
    struct room *room = participant->room;
    if (!room_participant_is_active(participant))
        return refusal_set(refusal, "target-away", "that participant is reconnecting: wait until it is back");
    if (room_shown_count(room) >= room->rooms->config.participant_max)
        return refusal_set(refusal, "room-full", "the room is full");
    room_waiting_remove(participant);
    enter(participant, (struct leaver_role){0}, now);
    return true;
}

void room_participant_end(struct room_participant *participant, const struct refusal *why, const char *left_as,
                          usec_t now)
{
    const struct reach reach = participant->reach;
    room_participant_send(participant, refusal_message(why), false);
    participant->reach = (struct reach){0};
    if (reach.kind != NULL)
        reach.kind->end(reach.owner);
    room_participant_leave(participant, left_as, now);
}

/* With the last participant the room is gone, and with it those that waited for it. */
static void close_room(struct room *room, usec_t now)
{
    static const struct refusal empty = {.code = "room-empty", .text = "everybody has left the room"};
    while (room->waiting != NULL)
        room_participant_end(room->waiting, &empty, "left", now);
    rooms_remove(room);
}

static void remember_leaver(const struct room_participant *participant, usec_t now)
{
    char token[ROOM_RESUME_SIZE];
    if (participant->kind != ROOM_PARTICIPANT_PERSON)
        return;
    room_participant_resume_token(participant, token);
    const struct leaver_role role = {.was_host = participant->is_host, .was_heir = participant->is_heir};
    leavers_add(&participant->room->leavers, bans_key(token), participant->address, role, now);
}

void room_participant_leave(struct room_participant *participant, const char *reason, usec_t now)
{
    struct room *room = participant->room;
    struct room_participant **at = &room->participants;
    if (participant->is_waiting) {
        room_waiting_remove(participant);
        free_participant(participant);
        return;
    }
    while (*at != participant)
        at = &(*at)->next;
    *at = participant->next;
    room->participant_count--;
    paths_left(&room->paths, participant->number);
    if (participant == room->mixer) {
        room->mixer = NULL;
        memset(room->lanes, 0, sizeof room->lanes);
    } else if (participant == room->recorder) {
        room->recorder = NULL;
        room_recorder_left(room, now);
    } else {
        room_send(
            room, NULL,
            json_pack("{s:s,s:s,s:s}", "type", "participant-left", "participant", participant->id, "reason", reason),
            false);
    }
    for (struct room_participant *other = room->participants; other != NULL; other = other->next)
        room_participant_clear_sends(other, participant, now);
    if (strcmp(reason, "left") == 0)
        remember_leaver(participant, now);
    free_participant(participant);
    if (room->participants == NULL) {
        close_room(room, now);
        return;
    }
    struct room_participant *heir = room_choose_host(room, NULL);
    if (heir != NULL) {
        heir->is_heir = true;
        room_participant_tell_role(heir);
    }
    room_review_topology(room, NULL, true, now);
}

void room_participant_disconnected(struct room_participant *participant, usec_t now)
{
    bool has_grace = participant->reach.kind->has_grace;
    participant->reach = (struct reach){0};
    if (has_grace && participant->is_waiting) {
        participant->away_since = now;
        participant->room->has_waiting_news = true;
        return;
    }
    if (!has_grace || !participant->has_had_media || !room_participant_is_shown(participant)) {
        room_participant_leave(participant, "timeout", now);
        return;
    }
    participant->away_since = now;
    tell_state(participant);
}

bool room_participant_lost_media(struct room_participant *participant, usec_t now)
{
    if (!room_participant_is_active(participant) || !participant->reach.kind->lives_with_media)
        return false;
    room_participant_leave(participant, "timeout", now);
    return true;
}

/* Credentials that expire during a call are renewed twice within their lifetime: a connection that has no path at the
 * first renewal (it is just restarting) gets new ones by the second. */
static void renew_ice_servers(struct room_participant *participant, usec_t now)
{
    const struct rooms *rooms = participant->room->rooms;
    usec_t life = rooms->config.ice_servers_life;
    if (life == 0 || !room_participant_is_active(participant) || now - participant->ice_servers_at < life * 2 / 5)
        return;
    participant->ice_servers_at = now;
    room_participant_send(participant,
                          json_pack("{s:s,s:o}", "type", "ice-servers", "ice_servers",
                                    rooms->port.ice_servers(rooms->port.user, participant->id)),
                          false);
}

void rooms_wall_clock(struct rooms *rooms, int64_t ahead)
{
    rooms->wall_offset = ahead;
    bool has_jumped =
        rooms->config.ice_servers_life > 0 && ahead - rooms->wall_ahead > rooms->config.ice_servers_life / 10;
    if (has_jumped || ahead < rooms->wall_ahead)
        rooms->wall_ahead = ahead;
    for (struct room *room = has_jumped ? rooms_next(rooms, NULL) : NULL; room != NULL; room = rooms_next(rooms, room))
        for (struct room_participant *participant = room->participants; participant != NULL;
             participant = participant->next)
            participant->ice_servers_at = -rooms->config.ice_servers_life;
}

static void end_waiting(struct room *room, usec_t now)
{
    for (struct room_participant *participant = room->waiting, *next; participant != NULL; participant = next) {
        next = participant->next;
        if (!room_participant_is_active(participant) && now >= participant->away_since + ROOM_WAITING_GRACE)
            room_participant_leave(participant, "timeout", now);
    }
}

bool rooms_timeout(struct rooms *rooms, usec_t now)
{
    bool has_news = false;
    for (struct room *room = rooms_next(rooms, NULL), *next; room != NULL; room = next) {
        next = rooms_next(rooms, room); /* read now: the room is freed with its last participant */
        if (now >= room_next_review(room))
            room_review_topology(room, NULL, false, now);
        if (!room_apply_pin(room, now))
            has_news = true;
        end_waiting(room, now);
        if (!room_waiting_tell_hosts(room, now))
            has_news = true;
        for (struct room_participant *participant = room->participants, *after; participant != NULL;
             participant = after) {
            after = participant->next;
            if (room->topology.topology != TOPOLOGY_MESH && now >= room->topology_since + ROOM_FORMER_TOPOLOGY_MAX)
                room_participant_forget_direct_sends(participant, now);
            renew_ice_servers(participant, now);
            if (!room_participant_tell_publications(participant, now))
                has_news = true;
            if (!room_participant_is_active(participant) && now >= participant->away_since + rooms->config.grace)
                room_participant_leave(participant, "timeout", now);
        }
    }
    return has_news;
}
