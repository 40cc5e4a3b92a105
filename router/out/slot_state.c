/* What the viewer and statistics are told of a slot. */
#include <stdio.h>

#include "router/in/publication.h"
#include "router/out/slot.h"

/* The codec of the last packet; before any packet, the first negotiated one. */
static const struct media_codec *expected_codec(const struct publication *publication)
{
    if (publication == NULL)
        return NULL;
    const struct media_codec *codec = publication_codec(publication);
    return codec == NULL && publication->media.codec_count > 0 ? &publication->media.codecs[0] : codec;
}

/* Why the receiver cannot decode the codec: it negotiated another profile of it, or none. */
static enum slot_state unsupported_state(const struct slot *slot)
{
    const struct media_codec *sent = expected_codec(slot->publication);
    for (size_t i = 0; sent != NULL && i < slot->media.codec_count; i++)
        if (slot->media.codecs[i].codec == sent->codec)
            return SLOT_UNSUPPORTED_PROFILE;
    return SLOT_UNSUPPORTED_CODEC;
}

enum slot_state slot_state(const struct slot *slot)
{
    if (slot->publication != NULL && slot->publication->muted)
        return SLOT_MUTED;
    if (slot->is_unsupported)
        return unsupported_state(slot);
    if (!slot->is_paused)
        return SLOT_LIVE;
    if (slot->is_hidden)
        return SLOT_PAUSED_HIDDEN;
    return slot->subscriber->breaker.is_open ? SLOT_PAUSED_NO_REPORTS : SLOT_PAUSED_BANDWIDTH;
}

void slot_announce(const struct slot *slot)
{
    const struct participant_common *common = slot->subscriber->common;
    struct router_event *event = events_add(&common->core->events, ROUTER_EVENT_SLOTS, common->room);
    event->connection = common->connection;
    snprintf(event->mid, sizeof event->mid, "%s", slot->media.mid);
    snprintf(event->publication, sizeof event->publication, "%s",
             slot->publication != NULL ? slot->publication->id : "");
    event->slot_state = slot_state(slot);
    const struct media_codec *codec = expected_codec(slot->publication);
    event->codec = codec != NULL ? codec->codec : CODEC_NONE;
    event->payload_type = codec != NULL ? codec->payload_type : MEDIA_PAYLOAD_TYPE_NONE;
}

/* Before any packet, one negotiated codec that the receiver supports is enough. */
static bool is_supported(const struct slot *slot)
{
    const struct media *from = &slot->publication->media;
    const struct media_codec *sent = publication_codec(slot->publication);
    if (sent != NULL)
        return media_match(&slot->media, from, sent) != NULL;
    for (size_t i = 0; i < from->codec_count; i++)
        if (media_match(&slot->media, from, &from->codecs[i]) != NULL)
            return true;
    return from->codec_count == 0;
}

void slot_review_support(struct slot *slot)
{
    const struct publication *publication = slot->publication;
    bool is_unsupported = publication != NULL && !publication->muted && !is_supported(slot);
    if (is_unsupported == slot->is_unsupported)
        return;
    slot->is_unsupported = is_unsupported;
    if (slot->publication != NULL)
        slot_announce(slot);
}
