#include "router/room/viewing.h"

#include <stdio.h>
#include <string.h>

#include "router/choose/subscription.h"
#include "router/in/publication.h"
#include "router/room/due.h"
#include "router/router.h"

#define REQUEST_SPACING (50 * USEC_PER_MSEC)

/* What the room's mixer makes of this kind. Few ask for it, and rooms are small beside what a second has. */
static struct publication *mix_of(const struct room *room, enum media_kind kind)
{
    for (struct participant *p = room->participants; p != NULL; p = p->next)
        for (struct publication *each = p->publisher.publications; each != NULL; each = each->next)
            if (each->media.kind == kind && publication_is_asked_for(each, SHOW_MIX))
                return each;
    return NULL;
}

/* The publication that the viewer asked for by name; NULL: none, or it is not there. */
static struct publication *named(const struct participant *viewer, const struct slot *slot)
{
    if (!slot->media.send || slot->follows_speaker || slot->requested[0] == '\0')
        return NULL;
    if (strcmp(slot->requested, SHOW_MIX) == 0)
        return mix_of(viewer->room, slot->media.kind);
    struct publication *publication = room_get_publication(viewer->room, slot->requested);
    return publication != NULL && publication->media.kind == slot->media.kind ? publication : NULL;
}

/* Another slot of the viewer shows the publication already: this one stays empty, and the viewer is told once. */
static void refuse_double(struct slot *slot, usec_t now)
{
    bool is_told = slot->is_double || slot->publication != NULL;
    slot->is_double = true;
    subscription_show(slot, NULL, now);
    if (!is_told && slot->is_shared)
        slot_announce(slot);
}

/* A publication is sent to a viewer once, however many of its m-lines name it: repeated requests must not multiply what
 * the server sends. The slot that already shows it keeps it; another m-line stays empty until that one shows something
 * else. */
void viewing_settle(struct participant *viewer, usec_t now)
{
    uint64_t pass = ++viewer->room->viewing_pass;
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next)
        if (!slot->follows_speaker && slot->publication != NULL && slot->publication == named(viewer, slot))
            slot->publication->viewing_pass = pass;
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next) {
        struct publication *publication = named(viewer, slot);
        if (slot->follows_speaker || (publication != NULL && publication == slot->publication)) {
            slot->is_double = false;
        } else if (publication != NULL && publication->viewing_pass == pass) {
            refuse_double(slot, now);
        } else {
            slot->is_double = false;
            subscription_show(slot, publication, now);
            if (publication != NULL)
                publication->viewing_pass = pass;
        }
    }
}

static struct slot *find_slot(const struct participant *participant, const char *mid)
{
    struct slot *slot =
        map_get(&participant->subscriber.slot_mids, map_text_key(mid, participant->common.core->text_seed));
    return slot != NULL && strcmp(slot->media.mid, mid) == 0 ? slot : NULL;
}

void viewing_index(struct participant *participant)
{
    map_fini(&participant->subscriber.slot_mids);
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        map_put(&participant->subscriber.slot_mids, map_text_key(slot->media.mid, participant->common.core->text_seed),
                slot);
}

static void carry_out(struct slot *slot, usec_t now)
{
    bool has_show = slot->request.has_show;
    slot->request.is_waiting = slot->request.has_show = false;
    subscription_set_view(slot, slot->request.width, slot->request.height, slot->request.priority, now);
    if (!slot->is_shared || !has_show)
        return;
    slot->follows_speaker = strcmp(slot->request.show, SHOW_SPEAKER) == 0;
    memcpy(slot->requested, slot->request.show, sizeof slot->requested);
    if (slot->follows_speaker)
        slot->requested[0] = '\0';
}

static void carry_out_requests(struct participant *participant, usec_t now)
{
    participant->subscriber.has_requests = false;
    participant->subscriber.requests_at = now + REQUEST_SPACING;
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        if (slot->request.is_waiting)
            carry_out(slot, now);
    viewing_settle(participant, now);
    viewing_follow(participant, now);
    subscriber_changed(&participant->subscriber, now);
    due_schedule(participant);
}

/* Requests are applied only a few times a second, however many a viewer sends: the last one for each slot counts. */
void participant_receive(struct participant *participant, const struct router_request *requests, size_t count,
                         usec_t now)
{
    participant->common.core->agenda.now = now;
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = find_slot(participant, requests[i].mid);
        if (slot == NULL)
            continue;
        slot->request.is_waiting = true;
        slot->request.width = requests[i].width;
        slot->request.height = requests[i].height;
        slot->request.priority = requests[i].priority;
        if (!requests[i].keeps_show) {
            memcpy(slot->request.show, requests[i].show, sizeof slot->request.show);
            slot->request.has_show = true;
        }
        participant->subscriber.has_requests = true;
    }
    if (now >= participant->subscriber.requests_at)
        carry_out_requests(participant, now);
    else if (participant->subscriber.has_requests)
        agenda_wake_by(&participant->common.agenda, participant->subscriber.requests_at);
}

void viewing_timeout(struct participant *participant, usec_t now)
{
    if (participant->subscriber.has_requests && now >= participant->subscriber.requests_at)
        carry_out_requests(participant, now);
}

void participant_tell_again(struct participant *participant)
{
    for (const struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        if (slot->is_shared || (slot->publication != NULL && !slot->is_hidden))
            slot_announce(slot);
    for (const struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        if (p->encoding_count > 1)
            subscription_tell_encodings(p);
}

/* A screen or a second camera: no slot that follows the speakers shows these. */
static bool is_beside_face(const struct publication *publication)
{
    static const char *const beside[] = {"screen", "screen-2", "camera-2"};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
        if (strcmp(publication->source, beside[i]) == 0)
            return true;
    return false;
}

/* The publication of a speaker's participant that a slot of this kind shows (for video: camera). */
static struct publication *face_of(struct publication *speaking, enum media_kind kind)
{
    if (kind == MEDIA_AUDIO)
        return speaking;
    for (struct publication *p = speaking->publisher->publications; p != NULL; p = p->next)
        if (p->media.kind == MEDIA_VIDEO && !is_beside_face(p))
            return p;
    return NULL;
}

/* Marks the publications that the viewer's slots show, all or only those of slots that don't follow the speakers: with
 * hundreds of slots a search for each publication would take the thread's time. */
static void mark_shown(struct participant *viewer, bool by_followers)
{
    uint64_t pass = ++viewer->room->viewing_pass;
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next)
        if (slot->publication != NULL && (by_followers || !slot->follows_speaker))
            slot->publication->viewing_pass = pass;
}

static bool is_marked(const struct participant *viewer, const struct publication *publication)
{
    return publication->viewing_pass == viewer->room->viewing_pass;
}

static void show_marked(const struct participant *viewer, struct slot *slot, struct publication *publication,
                        usec_t now)
{
    if (slot->publication != NULL)
        slot->publication->viewing_pass = 0;
    publication->viewing_pass = viewer->room->viewing_pass;
    subscription_show(slot, publication, now);
}

static bool speaks(const struct room *room, const struct publication *publication)
{
    for (size_t i = 0; i < room->speaker_count; i++)
        if (face_of(room->speakers[i], publication->media.kind) == publication)
            return true;
    return false;
}

static usec_t last_loud(const struct publication *publication)
{
    usec_t newest = 0;
    for (const struct publication *p = publication->publisher->publications; p != NULL; p = p->next)
        newest = usec_max(newest, p->speaker.last_loud);
    return newest;
}

/* A slot for a new speaker: an empty one, else the one whose participant has been silent for longest; NULL: all show
 * speakers. */
static struct slot *slot_to_give(const struct participant *viewer, enum media_kind kind)
{
    struct slot *best = NULL;
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next) {
        if (!slot->follows_speaker || slot->media.kind != kind)
            continue;
        if (slot->publication == NULL)
            return slot;
        if (!speaks(viewer->room, slot->publication) &&
            (best == NULL || last_loud(slot->publication) < last_loud(best->publication)))
            best = slot;
    }
    return best;
}

static void show_speakers(struct participant *viewer, enum media_kind kind, usec_t now)
{
    const struct room *room = viewer->room;
    for (size_t i = 0; i < room->speaker_count; i++) {
        struct publication *face = face_of(room->speakers[i], kind);
        if (face == NULL || face->muted || face->publisher == &viewer->publisher || is_marked(viewer, face))
            continue;
        struct slot *slot = slot_to_give(viewer, kind);
        if (slot == NULL)
            return;
        show_marked(viewer, slot, face, now);
    }
}

/* The first from `slot` on. */
static struct slot *next_empty(struct slot *slot, enum media_kind kind)
{
    while (slot != NULL && (!slot->follows_speaker || slot->media.kind != kind || slot->publication != NULL))
        slot = slot->next;
    return slot;
}

/* What a slot that follows the speakers may show when nobody speaks: nothing that a mixer made either. */
static bool is_of_person(const struct publication *publication)
{
    return !is_beside_face(publication) && !publication_is_mix(publication);
}

/* Slots without a speaker show any other participant. */
static void fill_empty(struct participant *viewer, enum media_kind kind, usec_t now)
{
    struct slot *slot = next_empty(viewer->subscriber.slots, kind);
    for (struct participant *p = viewer->room->participants; p != NULL && slot != NULL; p = p->next) {
        for (struct publication *publication = p->publisher.publications; publication != NULL && slot != NULL;
             publication = publication->next) {
            if (p == viewer || publication->media.kind != kind || !is_of_person(publication) || publication->muted ||
                is_marked(viewer, publication))
                continue;
            show_marked(viewer, slot, publication, now);
            slot = next_empty(slot->next, kind);
        }
    }
}

/* Empties slots that follow speakers, if another slot of the viewer shows the same publication by name. Returns whether
 * any slot follows them. */
static bool drop_doubles(struct participant *viewer, usec_t now)
{
    bool has_followers = false;
    mark_shown(viewer, false);
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next) {
        has_followers = has_followers || slot->follows_speaker;
        if (slot->follows_speaker && slot->publication != NULL && is_marked(viewer, slot->publication))
            subscription_show(slot, NULL, now);
    }
    return has_followers;
}

void viewing_follow(struct participant *viewer, usec_t now)
{
    static const enum media_kind kinds[] = {MEDIA_AUDIO, MEDIA_VIDEO};
    if (!drop_doubles(viewer, now))
        return;
    mark_shown(viewer, true);
    for (size_t i = 0; i < 2; i++) {
        show_speakers(viewer, kinds[i], now);
        fill_empty(viewer, kinds[i], now);
    }
}

void viewing_assign(struct room *room, usec_t now)
{
    for (struct participant *viewer = room->participants; viewer != NULL; viewer = viewer->next)
        viewing_follow(viewer, now);
}
