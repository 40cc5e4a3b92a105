/* What the parts of a slot (slot*.c) share. What each forwarded packet needs is inline. */
#ifndef HEDDLE_ROUTER_OUT_SLOT_PARTS_H
#define HEDDLE_ROUTER_OUT_SLOT_PARTS_H

#include "router/out/slot.h"

/* The receiver's negotiated codec (with its payload type) for packets of `codec`; NULL: it did not negotiate one. */
static inline const struct media_codec *slot_codec_for(struct slot *slot, const struct media_codec *codec)
{
    if (slot->source_codec != codec) {
        const struct media *from = &slot->publication->media;
        slot->source_codec = codec;
        slot->codec = media_match(&slot->media, from, codec);
        slot->inside_codec = media_match_inside(&slot->media, from, codec);
    }
    return slot->codec;
}

/* The same for one packet, since the publication may have changed its codec. */
static inline const struct media_codec *slot_codec_of(struct slot *slot, const struct packet *packet)
{
    const struct media_codec *sent = media_find_payload_type(&slot->publication->media, packet->rtp.payload_type);
    return sent != NULL ? slot_codec_for(slot, sent) : NULL;
}

/* Whether the encoding is not sent any more, since it is too large for a link that queues, although the lower one has
 * not started yet. */
static inline bool slot_has_given_up(const struct slot *slot, int encoding, usec_t now)
{
    return (int)slot->publication->encodings[encoding].rank > slot->limit.encoding &&
           (encoding != slot->encoding || now < slot->subscriber->downlink.drain_until);
}

/* Whether the receiver is a simple stack, not like a browser: no transport-wide feedback. */
static inline bool slot_is_plain(const struct slot *slot)
{
    return slot->media.kind == MEDIA_VIDEO && slot->media.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] == 0;
}

/* A packet of the slot, to be filled in; NULL: the queue is full. `more_follows`: it may wait for them. */
static inline struct egress *slot_append(struct slot *slot, const struct media_codec *codec, bool more_follows)
{
    struct egress *item = egress_queue_add(slot->egress, more_follows);
    if (item == NULL)
        return NULL;
    item->slot = slot;
    item->is_urgent = slot->media.kind == MEDIA_AUDIO;
    item->rewrite.ssrc = slot->media.send_ssrc;
    item->rewrite.payload_type = codec->payload_type;
    return item;
}

/* The output timestamp for `timestamp` of `encoding`. If another encoding was shown before, the sender reports of both
 * are compared. */
bool slot_align(const struct slot *slot, const struct encoding *encoding, uint32_t timestamp, uint32_t *aligned);
/* Sends again what simple stacks asked for: they repeat a NACK only when more packets get lost. */
void slot_answer_last_nack_again(struct slot *slot, usec_t now);

#endif
