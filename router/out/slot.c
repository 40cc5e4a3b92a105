#include "router/out/slot.h"

#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"

#define MAP_AUDIO 128
#define SEQUENCE_START_MASK 0x7fff

struct slot *slot_new(struct subscriber *subscriber, const struct media *media)
{
    struct core *core = subscriber->common->core;
    struct slot *slot = mem_alloc(sizeof *slot);
    slot->subscriber = subscriber;
    slot->egress = &subscriber->egress;
    slot->media = *media;
    slot->encoding = slot->target = slot->aligned_encoding = ENCODING_NONE;
    slot->limit = (struct quality){LAYER_ANY, LAYER_ANY, LAYER_ANY};
    slot->rtx_sequence = rng_u32(&core->rng) & SEQUENCE_START_MASK;
    rewriter_init(&slot->rewriter, media->kind == MEDIA_VIDEO ? REPAIR_WINDOW : MAP_AUDIO, &subscriber->maps,
                  rng_u32(&core->rng) & SEQUENCE_START_MASK, rng_u32(&core->rng));
    send_stream_init(&slot->stream, media->send_ssrc, media->codec_count > 0 ? media->codecs[0].clock_rate : 90000);
    map_put(&subscriber->slot_ssrcs, media->send_ssrc, slot);
    if (media->send_rtx_ssrc != 0)
        map_put(&subscriber->slot_ssrcs, media->send_rtx_ssrc, slot);
    slot->next = subscriber->slots;
    subscriber->slots = slot;
    return slot;
}

void slot_free(struct slot *slot)
{
    struct subscriber *subscriber = slot->subscriber;
    struct slot **at = &subscriber->slots;
    CHECK(slot->publication == NULL);
    egress_queue_forget(slot->egress, slot);
    if (slot->stream.started)
        subscriber_say_bye(subscriber, slot->media.send_ssrc);
    map_remove(&subscriber->slot_ssrcs, slot->media.send_ssrc);
    if (slot->media.send_rtx_ssrc != 0)
        map_remove(&subscriber->slot_ssrcs, slot->media.send_rtx_ssrc);
    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    rewriter_fini(&slot->rewriter);
    free(slot);
}

void slot_set_media(struct slot *slot, const struct media *media)
{
    slot->media = *media;
    slot->source_codec = slot->codec = slot->inside_codec = NULL;
}

void slot_set_publication(struct slot *slot, struct publication *publication)
{
    slot->publication = publication;
    slot->source_codec = slot->codec = slot->inside_codec = NULL;
    slot->is_unsupported = false;
    slot->aligned_encoding = ENCODING_NONE;
    slot->target = ENCODING_NONE;
    slot->report_due = false;
    slot->nacked.count = 0;
    sequence_map_clear(&slot->rewriter.map); /* NACKs for the old numbers must not get packets of another stream */
    slot_await_keyframe(slot);
}

void slot_await_keyframe(struct slot *slot)
{
    slot->encoding = ENCODING_NONE;
    slot->keyframe_request.encoding = 0;
}

int slot_rank(const struct slot *slot)
{
    return slot->encoding != ENCODING_NONE ? (int)slot->publication->encodings[slot->encoding].rank : ENCODING_NONE;
}
