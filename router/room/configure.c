/* Makes publications and slots from the result of a negotiation. */
#include <stdio.h>
#include <string.h>

#include "router/choose/bandwidth.h"
#include "router/choose/subscription.h"
#include "router/in/demux.h"
#include "router/in/publication.h"
#include "router/relay/relay_queue.h"
#include "router/room/due.h"
#include "router/room/publishing.h"
#include "router/room/viewing.h"
#include "router/router.h"
#include "transport/base/error.h"

static const struct media *find_media(const struct media *media, size_t count, const char *mid)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(media[i].mid, mid) == 0)
            return &media[i];
    return NULL;
}

/* A source that moved to another m-line, or changed its kind, is another publication. */
static bool stays(const struct publication *publication, const struct media *media)
{
    return publication != NULL && strcmp(publication->media.mid, media->mid) == 0 &&
           publication->media.kind == media->kind;
}

static void publish(struct participant *participant, const struct router_send *send, const struct media *media,
                    usec_t now)
{
    struct publication *publication = publication_find(&participant->publisher, send->source);
    if (stays(publication, media)) {
        publishing_set_media(publication, media, now);
    } else {
        if (publication != NULL)
            publishing_stop(participant, publication, now);
        publication = publishing_start(participant, send->source, media, now);
    }
    publishing_set_muted(participant, publication, send->muted, now);
}

/* Publications that ended are removed first, since their SSRCs and m-lines may be used again. */
static void unpublish_unnamed(struct participant *participant, const struct media *media, size_t media_count,
                              const struct router_send *sends, size_t send_count, usec_t now)
{
    struct publication *next;
    for (struct publication *p = participant->publisher.publications; p != NULL; p = next) {
        bool is_named = false;
        next = p->next;
        for (size_t i = 0; i < send_count; i++)
            is_named = is_named || strcmp(sends[i].source, p->source) == 0;
        const struct media *line = find_media(media, media_count, p->media.mid);
        if (!is_named || line == NULL || !line->receive)
            publishing_stop(participant, p, now);
    }
}

static void configure_publications(struct participant *participant, const struct media *media, size_t media_count,
                                   const struct router_send *sends, size_t send_count, usec_t now)
{
    unpublish_unnamed(participant, media, media_count, sends, send_count, now);
    for (size_t i = 0; i < send_count; i++) {
        const struct media *line = find_media(media, media_count, sends[i].mid);
        if (line != NULL && line->receive)
            publish(participant, &sends[i], line, now);
    }
    demux_announced(&participant->publisher);
    relay_changed(&participant->publisher);
}

static struct slot *find_slot(struct participant *participant, const struct media *media)
{
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        if (strcmp(slot->media.mid, media->mid) == 0 && slot->media.kind == media->kind &&
            slot->media.send_ssrc == media->send_ssrc && slot->media.send_rtx_ssrc == media->send_rtx_ssrc)
            return slot;
    return NULL;
}

static const struct router_receive *find_receive(const struct slot *slot, const struct router_receive *receives,
                                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(receives[i].mid, slot->media.mid) == 0)
            return &receives[i];
    return NULL;
}

static void note_request(struct slot *slot, const struct router_receive *receives, size_t count, usec_t now)
{
    const struct router_receive *named = find_receive(slot, receives, count);
    if (named != NULL) {
        slot->is_shared = slot->follows_speaker = false;
        snprintf(slot->requested, sizeof slot->requested, "%s", named->publication);
    } else if (!slot->is_shared) {
        slot->is_shared = true;
        slot->requested[0] = '\0';
    }
    if (!slot->media.send)
        subscription_show(slot, NULL, now);
}

/* A slot stays as long as its m-line has its SSRC, even if nothing is shown: a stream that starts again with the same
 * SSRC must continue its sequence numbers, or SRTP takes it for a replay. */
static void configure_slots(struct participant *participant, const struct media *media, size_t media_count,
                            const struct router_receive *receives, size_t receive_count, usec_t now)
{
    struct slot *next;
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        slot->is_named = false;
    for (size_t i = 0; i < media_count; i++) {
        struct slot *slot = find_slot(participant, &media[i]);
        if (slot != NULL) {
            slot_set_media(slot, &media[i]);
            slot->is_named = true;
        }
    }
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = next) {
        next = slot->next;
        if (!slot->is_named)
            subscription_end(slot, now);
    }
    for (size_t i = 0; i < media_count; i++) {
        struct slot *slot = find_slot(participant, &media[i]);
        if (slot == NULL && media[i].send && media[i].send_ssrc != 0 &&
            map_get(&participant->subscriber.slot_ssrcs, media[i].send_ssrc) == NULL)
            slot = slot_new(&participant->subscriber, &media[i]);
        if (slot != NULL) {
            slot->is_named = true;
            note_request(slot, receives, receive_count, now);
            slot_review_support(slot);
        }
    }
    viewing_index(participant);
    viewing_settle(participant, now);
}

/* The path to a newcomer takes some round trips: keyframes are requested meanwhile, so that it need not wait for them
 * when the path is there. */
static void ask_ahead(struct subscriber *subscriber, usec_t now)
{
    bandwidth_divide_ahead(subscriber, now);
    for (struct slot *slot = subscriber->slots; slot != NULL; slot = slot->next)
        subscription_ask_ahead(slot, now);
}

void participant_configure(struct participant *participant, const struct media *media, size_t media_count,
                           const struct router_send *sends, size_t send_count, const struct router_receive *receives,
                           size_t receive_count, usec_t now)
{
    participant->common.core->agenda.now = now;
    participant->rtcp_reduced_size = media_count > 0;
    for (size_t i = 0; i < media_count; i++)
        participant->rtcp_reduced_size = participant->rtcp_reduced_size && media[i].rtcp_reduced_size;
    configure_publications(participant, media, media_count, sends, send_count, now);
    configure_slots(participant, media, media_count, receives, receive_count, now);
    viewing_follow(participant, now);
    if (!participant->common.agenda.is_ready)
        ask_ahead(&participant->subscriber, now);
    agenda_wake(&participant->common.agenda);
    due_schedule(participant);
}

int participant_mute(struct participant *participant, const char *source, bool muted, usec_t now)
{
    struct publication *publication = publication_find(&participant->publisher, source);
    if (publication == NULL)
        return ERR_NOT_FOUND;
    publishing_set_muted(participant, publication, muted, now);
    return 0;
}
