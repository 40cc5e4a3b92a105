#include "router/room/publishing.h"

#include <string.h>

#include "router/choose/subscription.h"
#include "router/in/publication.h"
#include "router/relay/relay_queue.h"
#include "router/room/speakers.h"

static void show_to(const struct participant *viewer, struct publication *publication, usec_t now)
{
    for (struct slot *slot = viewer->subscriber.slots; slot != NULL; slot = slot->next)
        if (slot->media.send && slot->media.kind == publication->media.kind &&
            publication_is_asked_for(publication, slot->requested)) {
            subscription_show(slot, publication, now);
            return; /* one of its slots is enough, see viewing_settle() */
        }
}

struct publication *publishing_start(struct participant *participant, const char *source, const struct media *media,
                                     usec_t now)
{
    struct room *room = participant->room;
    struct publication *publication = publication_new(&participant->publisher, source, media, now);
    room_add_publication(room, publication);
    for (struct participant *p = room->participants; p != NULL; p = p->next)
        show_to(p, publication, now);
    room_review(room, now);
    return publication;
}

void publishing_stop(struct participant *participant, struct publication *publication, usec_t now)
{
    subscription_end_all(publication, now);
    room_remove_publication(participant->room, publication);
    room_review(participant->room, now);
    speakers_forget(participant->room, publication);
    publication_free(publication);
}

void publishing_set_media(struct publication *publication, const struct media *media, usec_t now)
{
    bool is_resized = publication_set_media(publication, media);
    subscription_media_changed(publication, is_resized, now);
}

void publishing_set_muted(struct participant *participant, struct publication *publication, bool muted, usec_t now)
{
    if (publication->muted == muted)
        return;
    publication->muted = muted;
    speaker_silence(&publication->speaker);
    subscription_restart_all(publication, now);
    room_heard(participant->room, now);
    relay_changed(&participant->publisher);
}
