#include "router/out/slot.h"

#include <stdlib.h>
#include <string.h>

#include "router/in/encoding.h"
#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"

#define MAP_AUDIO 128
#define ON_ITS_WAY_MAX (500 * USEC_PER_MSEC)
#define SEQUENCE_START_MASK 0x7fff
#define PROBE_PADDING 255
#define FILLER_BYTES 60
#define NACKED_LATE (400 * USEC_PER_MSEC)    /* by then the publisher has sent it again, or will not do so */
#define ALIGN_MAX (60 * USEC_PER_SEC)        /* most time between the last sender reports of two encodings */
#define REPORT_AGE_MAX (3600 * USEC_PER_SEC) /* of a publisher's report that our sender reports are computed from */

struct slot *slot_new(struct subscriber *subscriber, const struct media *media)
{
    struct router *router = subscriber->common->router;
    struct slot *slot = mem_alloc(sizeof *slot);
    slot->subscriber = subscriber;
    slot->media = *media;
    slot->encoding = slot->target = slot->aligned_encoding = ENCODING_NONE;
    slot->limit = (struct quality){LAYER_ANY, LAYER_ANY, LAYER_ANY};
    slot->rtx_sequence = rng_u32(&router->rng) & SEQUENCE_START_MASK;
    rewriter_init(&slot->rewriter, media->kind == MEDIA_VIDEO ? REPAIR_WINDOW : MAP_AUDIO, &subscriber->maps,
                  rng_u32(&router->rng) & SEQUENCE_START_MASK, rng_u32(&router->rng));
    send_stream_init(&slot->stream, media->send_ssrc, media->codec_count > 0 ? media->codecs[0].clock_rate : 90000);
    map_put(&subscriber->slot_ssrcs, media->send_ssrc, slot);
    if (media->send_rtx_ssrc != 0)
        map_put(&subscriber->slot_ssrcs, media->send_rtx_ssrc, slot);
    slot->next = subscriber->slots;
    subscriber->slots = slot;
    router->slot_count++;
    return slot;
}

void slot_free(struct slot *slot)
{
    struct subscriber *subscriber = slot->subscriber;
    struct slot **at = &subscriber->slots;
    CHECK(slot->publication == NULL);
    egress_queue_forget(&subscriber->egress, slot);
    if (slot->stream.started)
        subscriber_say_bye(subscriber, slot->media.send_ssrc);
    map_remove(&subscriber->slot_ssrcs, slot->media.send_ssrc);
    if (slot->media.send_rtx_ssrc != 0)
        map_remove(&subscriber->slot_ssrcs, slot->media.send_rtx_ssrc);
    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    subscriber->common->router->slot_count--;
    rewriter_fini(&slot->rewriter);
    free(slot);
}

void slot_set_media(struct slot *slot, const struct media *media)
{
    slot->media = *media;
    slot->source_codec = slot->codec = NULL;
}

void slot_set_publication(struct slot *slot, struct publication *publication)
{
    slot->publication = publication;
    slot->source_codec = slot->codec = NULL;
    slot->is_unsupported = false;
    slot->aligned_encoding = ENCODING_NONE;
    slot->target = ENCODING_NONE;
    slot->report_due = false;
    slot->nacked.count = 0;
    sequence_map_clear(&slot->rewriter.map); /* NACKs for the old numbers must not get packets of another source */
    slot_await_keyframe(slot);
}

void slot_await_keyframe(struct slot *slot)
{
    slot->encoding = ENCODING_NONE;
    slot->keyframe_request.encoding = 0;
}

/* The receiver's negotiated codec (with its payload type) for packets of `codec`; NULL: it did not negotiate one. */
static const struct media_codec *codec_for(struct slot *slot, const struct media_codec *codec)
{
    if (slot->source_codec != codec) {
        slot->source_codec = codec;
        slot->codec = media_match(&slot->media, &slot->publication->media, codec);
    }
    return slot->codec;
}

/* The same for one packet, since the publication may have changed its codec. */
static const struct media_codec *codec_of(struct slot *slot, const struct packet *packet)
{
    const struct media_codec *sent = media_find_payload_type(&slot->publication->media, packet->rtp.payload_type);
    return sent != NULL ? codec_for(slot, sent) : NULL;
}

bool slot_can_show(struct slot *slot, const struct encoding *encoding)
{
    return slot->subscriber->common->agenda.is_ready &&
           (encoding->codec == NULL || codec_for(slot, encoding->codec) != NULL);
}

/* The highest layers of the encoding that may be forwarded. A receiver without the dependency descriptor cannot tell
 * the spatial layers of a codec apart that describes them there. While the slot waits for the keyframe of a lower encoding, only the lowest layers of the
 * too large one are forwarded. */
struct quality slot_limit_of(const struct slot *slot, const struct encoding *encoding)
{
    struct quality limit = slot->limit;
    if (encoding->codec != NULL && codec_format(encoding->codec->codec)->needs_dependency_descriptor &&
        slot->media.extensions.id[EXTENSION_DEPENDENCY_DESCRIPTOR] == 0)
        limit.spatial = 0;
    if ((int)encoding->index > limit.encoding)
        limit.temporal = 0;
    return limit;
}

/* Whether the encoding is not sent any more, since it is too large for a link that queues, although the lower one has
 * not started yet. */
static bool is_given_up(const struct slot *slot, int encoding, usec_t now)
{
    return encoding > slot->limit.encoding &&
           (encoding != slot->encoding || now < slot->subscriber->downlink.drain_until);
}

/* The output timestamp for `timestamp` of `encoding`. If another encoding was shown before, the sender reports of both
 * are compared. */
static bool align(const struct slot *slot, const struct encoding *encoding, uint32_t timestamp, uint32_t *aligned)
{
    if (slot->aligned_encoding == ENCODING_NONE)
        return false;
    const struct encoding *old = &slot->publication->encodings[slot->aligned_encoding];
    if (old->generation != slot->aligned_generation)
        return false;
    if (old != encoding) {
        const struct rtcp_sender_info *from = &encoding->stream.sr, *to = &old->stream.sr;
        if (!encoding->stream.has_sr || !old->stream.has_sr)
            return false;
        int64_t later_us = wall_us_from_ntp(from->ntp) - wall_us_from_ntp(to->ntp);
        if (later_us > ALIGN_MAX || later_us < -ALIGN_MAX)
            return false;
        timestamp += to->rtp_timestamp - from->rtp_timestamp;
        timestamp += (uint32_t)(later_us * (int64_t)encoding->stream.clock_rate / USEC_PER_SEC);
    }
    *aligned = timestamp + slot->rewriter.timestamp_offset;
    return true;
}

static void start_encoding(struct slot *slot, const struct encoding *encoding, const struct packet *packet, int64_t in,
                           usec_t now)
{
    uint32_t aligned;
    bool is_aligned = align(slot, encoding, packet->rtp.timestamp, &aligned);
    rewriter_switch(&slot->rewriter, (uint8_t)encoding->index, in, packet->rtp.timestamp, is_aligned ? &aligned : NULL,
                    slot->stream.clock_rate, now);
    slot->encoding = slot->aligned_encoding = (int)encoding->index;
    slot->aligned_generation = encoding->generation;
    frame_choice_start(&slot->choice, slot_limit_of(slot, encoding));
}

static struct egress *append(struct slot *slot, const struct media_codec *codec)
{
    struct egress *item = egress_queue_add(&slot->subscriber->egress);
    if (item == NULL)
        return NULL;
    item->slot = slot;
    item->is_urgent = slot->media.kind == MEDIA_AUDIO;
    item->rewrite.ssrc = slot->media.send_ssrc;
    item->rewrite.payload_type = codec->payload_type;
    return item;
}

static void append_packet(struct slot *slot, const struct media_codec *codec, const struct sequence_entry *entry,
                          struct packet *packet, usec_t now)
{
    struct egress *item = append(slot, codec);
    if (item == NULL)
        return;
    item->packet = packet_hold(packet);
    rewriter_apply(entry, packet, &item->rewrite);
    rewriter_set_codec(codec, packet, &item->rewrite);
    size_t length = (size_t)packet->rtp.payload_length - item->rewrite.patch_covers + item->rewrite.patch_length;
    send_stream_number(&slot->stream, entry->out);
    send_stream_packet(&slot->stream, item->rewrite.timestamp, length, now);
    slot->packets++;
    slot->bytes += length;
}

/* Sends padding with a number that was kept free, since its packet is not forwarded. */
static void append_filler(struct slot *slot, const struct media_codec *codec, struct sequence_entry *entry,
                          const struct packet *packet)
{
    struct egress *item = append(slot, codec);
    entry->is_filler = true;
    if (item == NULL)
        return;
    item->rewrite.sequence = entry->out;
    item->rewrite.timestamp = packet->rtp.timestamp + entry->timestamp_offset;
    item->rewrite.padding = 1;
    send_stream_number(&slot->stream, entry->out);
}

/* RED that the receiver cannot use: it is malformed, or has an empty newest block and the receiver does not take
 * RED. */
static bool is_hollow(const struct slot *slot, const struct media_codec *codec, const struct packet *packet)
{
    if (!codec_format(slot->source_codec->codec)->is_wrapper)
        return false;
    return packet->frame.red_header_length == 0 ||
           (codec->codec != slot->source_codec->codec && packet->frame.descriptor_length == packet->rtp.payload_length);
}

static bool is_taken(struct slot *slot, const struct media_codec *codec, const struct packet *packet, int64_t in)
{
    if (packet->rtp.payload_length == 0 || is_hollow(slot, codec, packet))
        return false;
    const struct encoding *encoding = &slot->publication->encodings[slot->encoding];
    if (is_given_up(slot, slot->encoding, packet->arrival))
        return false;
    if (!packet->frame.has_layers)
        return true;
    return frame_choice_takes(&slot->choice, &packet->frame, packet->rtp.timestamp, in > slot->rewriter.highest_in,
                              slot_limit_of(slot, encoding));
}

/* Forwards one packet. False: it is not sent. */
static bool forward_one(struct slot *slot, const struct media_codec *codec, struct packet *packet, int64_t in,
                        usec_t now)
{
    struct sequence_entry *entry;
    if (is_taken(slot, codec, packet, in)) {
        entry = rewriter_packet(&slot->rewriter, in, packet->rtp.timestamp, &packet->frame, now);
        if (entry == NULL)
            return false;
        entry->ends_picture = packet->frame.end && packet->frame.spatial_id == slot->choice.spatial;
        append_packet(slot, codec, entry, packet, now);
        return true;
    }
    entry = rewriter_drop(&slot->rewriter, in, packet->rtp.payload_length > 0 ? &packet->frame : NULL, now);
    if (entry != NULL)
        append_filler(slot, codec, entry, packet);
    return false;
}

/* When the start of a keyframe is found, later packets of it may have been received already: they are forwarded from
 * the history. */
static void catch_up(struct slot *slot, const struct encoding *encoding, int64_t in, usec_t now)
{
    int64_t highest = encoding->sequence_base + encoding->stream.highest_sequence;
    for (int64_t next = in + 1; next <= highest && next - in < REPAIR_WINDOW; next++) {
        struct packet *packet = history_get(encoding->history, next);
        const struct media_codec *codec = packet != NULL ? codec_of(slot, packet) : NULL;
        if (codec != NULL)
            (void)forward_one(slot, codec, packet, next, now);
    }
}

static void note_keyframe(struct slot *slot, usec_t now)
{
    slot->keyframe_sent = now;
    unrepaired_loss_clear(&slot->unrepaired);
}

/* Starts to show the encoding, from the packet with which slots that wait for it can begin. */
static void begin_encoding(struct slot *slot, const struct encoding *encoding, struct packet *packet,
                           const struct ingested *ingested, usec_t now)
{
    int64_t entry = ingested->entry;
    struct packet *first = entry == ingested->in ? packet : history_get(encoding->history, entry);
    const struct media_codec *codec = codec_of(slot, first);
    if (codec == NULL) {
        slot->unmatched++;
        return;
    }
    start_encoding(slot, encoding, first, entry, now);
    (void)forward_one(slot, codec, first, entry, now);
    catch_up(slot, encoding, entry, now);
    note_keyframe(slot, now);
}

bool slot_forward(struct slot *slot, const struct encoding *encoding, struct packet *packet,
                  const struct ingested *ingested, usec_t now)
{
    if (!slot->subscriber->common->agenda.is_ready)
        return true;
    if ((int)encoding->index != slot->encoding) {
        if ((int)encoding->index == slot->target && ingested->entry != ENCODING_NO_ENTRY)
            begin_encoding(slot, encoding, packet, ingested, now);
        return true;
    }
    if (rewriter_is_gap(&slot->rewriter, ingested->in))
        return false;
    const struct media_codec *codec = codec_for(slot, encoding->codec);
    if (codec == NULL) {
        slot->unmatched++;
        return true;
    }
    if (forward_one(slot, codec, packet, ingested->in, now) && ingested->entry != ENCODING_NO_ENTRY)
        note_keyframe(slot, now);
    return true;
}

void slot_skip(struct slot *slot, const struct encoding *encoding, const struct packet *packet, int64_t in, usec_t now)
{
    if (!slot->subscriber->common->agenda.is_ready || (int)encoding->index != slot->encoding ||
        rewriter_is_gap(&slot->rewriter, in))
        return;
    struct sequence_entry *entry = rewriter_drop(&slot->rewriter, in, NULL, now);
    const struct media_codec *codec = entry != NULL ? codec_for(slot, encoding->codec) : NULL;
    if (codec != NULL)
        append_filler(slot, codec, entry, packet);
}

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
    struct egress *item = append(slot, codec);
    if (item == NULL)
        return;
    rewriter_apply(entry, packet, &item->rewrite);
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
    if ((size_t)encoding >= publication->encoding_count || is_given_up(slot, encoding, now))
        return false;
    struct packet *packet = history_get(publication->encodings[encoding].history, entry->in);
    if (packet == NULL || packet->rtp.payload_length == 0 || entry->resends == RESENDS_MAX)
        return false;
    const struct media_codec *codec = codec_of(slot, packet);
    if (codec != NULL && downlink_may_resend(&slot->subscriber->downlink, packet->length, now) &&
        sequence_entry_resend(entry, subscriber_resend_spacing(slot->subscriber), now))
        resend(slot, codec, entry, packet);
    return true;
}

/* Whether the receiver is a simple stack, not like a browser: no transport-wide feedback. */
static bool is_plain(const struct slot *slot)
{
    return slot->media.kind == MEDIA_VIDEO && slot->media.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] == 0;
}

/* Some stacks (aiortc) hold back all packets after a missing number: they are sent an empty packet in its place, and a
 * keyframe, as that frame is broken. This is done on RTX only: otherwise receiver reports would not show the loss any
 * more. */
static void fill(struct slot *slot, uint16_t sequence, usec_t now)
{
    if (!slot_can_pad(slot) || !downlink_may_resend(&slot->subscriber->downlink, FILLER_BYTES, now))
        return;
    struct egress *item = append(slot, slot->codec);
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

/* `is_late`: what has not come from the publisher by now will not come any more. True: the number had been sent at first,
 * whether or not it may be sent again now. */
static bool answer_nack(struct slot *slot, uint16_t sequence, bool is_late, usec_t now)
{
    int64_t number = seq_extend(sequence, slot->rewriter.highest_out);
    struct sequence_entry *entry = sequence_map_get(&slot->rewriter.map, number);
    bool is_sent = entry != NULL && entry->sent;
    bool is_hopeless = is_sent ? !resend_entry(slot, entry, now) : is_late && number < slot->rewriter.highest_out;
    if (is_hopeless && is_plain(slot) && (is_late || !was_filled(slot, sequence)))
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

/* Sends again what simple stacks asked for: they repeat a NACK only when more packets get lost. */
static void answer_last_nack_again(struct slot *slot, usec_t now)
{
    if (slot->nacked.count == 0 || now - slot->nacked.at < NACKED_LATE)
        return;
    for (unsigned i = 0; i < slot->nacked.count; i++)
        (void)answer_nack(slot, slot->nacked.sequences[i], true, now);
    slot->nacked.count = 0;
}

void slot_request_keyframe(struct slot *slot, struct encoding *encoding, usec_t now)
{
    struct subscriber *subscriber = slot->subscriber;
    if (!encoding_may_ask(encoding) ||
        (encoding->gate.is_requested && slot->keyframe_request.encoding == encoding->id &&
         slot->keyframe_request.occasion == encoding->gate.occasions))
        return;
    if (!budget_table_take(&subscriber->keyframes, encoding->id, KEYFRAME_UNITS, now)) {
        subscriber->common->stats.keyframes_refused++;
        return;
    }
    encoding_request_keyframe(encoding, now);
    slot->keyframe_request.encoding = encoding->id;
    slot->keyframe_request.occasion = encoding->gate.occasions;
}

/* Whether a request came less than a round trip after a keyframe was sent, so that its sender cannot have received that
 * yet. */
static bool is_on_its_way(const struct slot *slot, usec_t now)
{
    usec_t rtt = usec_min(slot->subscriber->common->rtt, ON_ITS_WAY_MAX);
    return slot->encoding != ENCODING_NONE && now - slot->keyframe_sent < rtt;
}

void slot_keyframe_requested(struct slot *slot, usec_t now)
{
    unrepaired_loss_clear(&slot->unrepaired);
    int encoding = slot->encoding != ENCODING_NONE ? slot->encoding : slot->target;
    if (slot->publication != NULL && encoding != ENCODING_NONE && !is_on_its_way(slot, now))
        slot_request_keyframe(slot, &slot->publication->encodings[encoding], now);
}

/* Receivers with transport-wide feedback are like browsers, and send PLIs. Others may even have lost the first
 * keyframe, since they drop what comes before they have the answer. */
void slot_reported(struct slot *slot, usec_t now)
{
    bool is_first = !slot->mid_is_known;
    slot->mid_is_known = true;
    if (!is_plain(slot) || slot->encoding == ENCODING_NONE)
        return;
    answer_last_nack_again(slot, now);
    unrepaired_loss_report(&slot->unrepaired, slot->stream.newly_lost, now);
    if (bwe_is_overusing(slot->subscriber->downlink.bwe)) /* a keyframe would be lost, too */
        return;
    if (unrepaired_loss_take(&slot->unrepaired, now) || is_first)
        slot_keyframe_requested(slot, now);
}

bool slot_can_pad(const struct slot *slot)
{
    return slot->stream.started && slot->codec != NULL && slot->media.send_rtx_ssrc != 0 &&
           slot->codec->rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE;
}

size_t slot_send_padding(struct slot *slot, int cluster)
{
    struct egress *item = egress_queue_add(&slot->subscriber->egress);
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

bool slot_sender_info(const struct slot *slot, struct rtcp_sender_info *info, int64_t wall_us)
{
    if (slot->publication == NULL || slot->encoding == ENCODING_NONE || !slot->stream.started)
        return false;
    const struct encoding *encoding = &slot->publication->encodings[slot->encoding];
    const struct publisher_clock *clock = &slot->publication->publisher->clock;
    if (!encoding->stream.has_sr || !clock->is_known)
        return false;
    int64_t since_us = publisher_clock_theirs(clock, wall_us) - wall_us_from_ntp(encoding->stream.sr.ntp);
    if (since_us > REPORT_AGE_MAX || since_us < -REPORT_AGE_MAX)
        return false;
    *info = (struct rtcp_sender_info){
        .ssrc = slot->media.send_ssrc,
        .ntp = ntp_from_wall_us(wall_us),
        .rtp_timestamp = encoding->stream.sr.rtp_timestamp + slot->rewriter.timestamp_offset +
                         (uint32_t)(since_us * (int64_t)encoding->stream.clock_rate / USEC_PER_SEC),
        .packets = slot->stream.packets,
        .bytes = slot->stream.bytes,
    };
    return true;
}
