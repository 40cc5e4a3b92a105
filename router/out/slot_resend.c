/* What a slot sends on its RTX stream: packets that are missing, fillers for those that are lost for good, and padding
 * for probes. */
#include <string.h>

#include "router/out/slot_parts.h"
#include "transport/hop/resend_rule.h"

#define PROBE_PADDING 255
#define FILLER_BYTES 60
#define NACKED_LATE (400 * USEC_PER_MSEC) /* by then the publisher has sent it again, or will not do so */

static void make_rtx(struct slot *slot, const struct media_codec *codec, struct egress *item)
{
    item->is_urgent = true;
    item->rewrite.is_retransmission = true;
    item->rewrite.original_sequence = item->rewrite.sequence;
    item->rewrite.sequence = slot->rtx_sequence++;
    item->rewrite.ssrc = slot->media.send_rtx_ssrc;
    item->rewrite.payload_type = codec->rtx_payload_type;
}

static void resend(struct slot *slot, const struct media_codec *codec, const struct sequence_entry *entry,
                   struct packet *packet)
{
    bool has_rtx = slot->media.send_rtx_ssrc != 0 && codec->rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE;
    if (entry->is_filler && !has_rtx)
        return;
    struct egress *item = slot_append(slot, codec, false);
    if (item == NULL)
        return;
    rewriter_apply(&slot->rewriter, entry, packet, &item->rewrite);
    rewriter_set_codec(codec, packet, &item->rewrite);
    if (entry->is_filler)
        item->rewrite = (struct rewrite){.ssrc = item->rewrite.ssrc,
                                         .payload_type = item->rewrite.payload_type,
                                         .sequence = item->rewrite.sequence,
                                         .timestamp = item->rewrite.timestamp};
    else
        item->packet = packet_hold(packet);
    slot->retransmissions++;
    slot->subscriber->common->stats.out.retransmissions++;
    if (has_rtx)
        make_rtx(slot, codec, item);
    if (has_rtx && entry->resends == 1) /* without RTX, receiver reports cover the packet itself */
        unrepaired_loss_resent(&slot->unrepaired);
}

/* False: it cannot be sent again any more. */
static bool resend_entry(struct slot *slot, struct sequence_entry *entry, usec_t now)
{
    struct publication *publication = slot->publication;
    int encoding = entry->encoding;
    if ((size_t)encoding >= publication->encoding_count || slot_has_given_up(slot, encoding, now))
        return false;
    struct packet *packet =
        history_get(publication->encodings[encoding].history, sequence_map_in(&slot->rewriter.map, entry));
    if (packet == NULL || packet->rtp.payload_length == 0 || entry->resends == RESENDS_MAX)
        return false;
    const struct media_codec *codec = slot_codec_of(slot, packet);
    if (codec != NULL && downlink_may_resend(&slot->subscriber->downlink, packet->length, now) &&
        sequence_entry_resend(entry, subscriber_resend_spacing(slot->subscriber), now))
        resend(slot, codec, entry, packet);
    return true;
}

/* Some stacks (aiortc) hold back all packets after a missing number: they are sent an empty packet in its place, and a
 * keyframe, as that frame is broken. This is done on RTX only: otherwise receiver reports would not show the loss any
 * more. */
static void fill(struct slot *slot, uint16_t sequence, usec_t now)
{
    if (!slot_can_pad(slot) || !downlink_may_resend(&slot->subscriber->downlink, FILLER_BYTES, now))
        return;
    struct egress *item = slot_append(slot, slot->codec, false);
    if (item == NULL)
        return;
    slot->nacked.filled[slot->nacked.fills++ % FILLED_MAX] = sequence;
    item->rewrite.sequence = sequence;
    item->rewrite.timestamp = slot->rewriter.last_timestamp;
    make_rtx(slot, slot->codec, item);
    unrepaired_loss_given_up(&slot->unrepaired, now);
}

/* Whether the number was filled before: that is done only once, however often it is asked for. */
static bool was_filled(const struct slot *slot, uint16_t sequence)
{
    unsigned count = slot->nacked.fills < FILLED_MAX ? slot->nacked.fills : FILLED_MAX;
    for (unsigned i = 0; i < count; i++)
        if (slot->nacked.filled[i] == sequence)
            return true;
    return false;
}

/* `is_late`: what has not come from the publisher by now will not come any more. True: the number had been sent at
 * first, whether or not it may be sent again now. */
static bool answer_nack(struct slot *slot, uint16_t sequence, bool is_late, usec_t now)
{
    int64_t number = seq_extend(sequence, slot->rewriter.highest_out);
    struct sequence_entry *entry = sequence_map_get(&slot->rewriter.map, number);
    bool is_sent = entry != NULL && entry->sent;
    bool is_hopeless = is_sent ? !resend_entry(slot, entry, now) : is_late && number < slot->rewriter.highest_out;
    if (is_hopeless && slot_is_plain(slot) && (is_late || !was_filled(slot, sequence)))
        fill(slot, sequence, now);
    return is_sent;
}

unsigned slot_nacked(struct slot *slot, const uint16_t *sequences, size_t count, usec_t now)
{
    unsigned sent = 0;
    if (slot->publication == NULL)
        return 0;
    for (size_t i = 0; i < count; i++)
        sent += answer_nack(slot, sequences[i], false, now);
    slot->nacked.count = count < NACKED_MAX ? (unsigned)count : NACKED_MAX;
    memcpy(slot->nacked.sequences, sequences, slot->nacked.count * sizeof *sequences);
    slot->nacked.at = now;
    return sent;
}

void slot_answer_last_nack_again(struct slot *slot, usec_t now)
{
    if (slot->nacked.count == 0 || now - slot->nacked.at < NACKED_LATE)
        return;
    for (unsigned i = 0; i < slot->nacked.count; i++)
        (void)answer_nack(slot, slot->nacked.sequences[i], true, now);
    slot->nacked.count = 0;
}

bool slot_can_pad(const struct slot *slot)
{
    return slot->stream.started && slot->codec != NULL && slot->media.send_rtx_ssrc != 0 &&
           slot->codec->rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE;
}

size_t slot_send_padding(struct slot *slot, int cluster)
{
    struct egress *item = egress_queue_add(slot->egress, false);
    if (item != NULL) {
        item->slot = slot;
        item->probe_cluster = cluster;
        item->rewrite.ssrc = slot->media.send_rtx_ssrc;
        item->rewrite.payload_type = slot->codec->rtx_payload_type;
        item->rewrite.sequence = slot->rtx_sequence++;
        item->rewrite.timestamp = slot->rewriter.last_timestamp;
        item->rewrite.padding = PROBE_PADDING;
    }
    return DATAGRAM_OVERHEAD + RTP_HEADER_SIZE + PROBE_PADDING;
}
