/* The way of a packet through a slot: whether it is forwarded, with which number and timestamp, and where an encoding
 * begins. */
#include "router/out/slot_parts.h"
#include "transport/hop/repair_window.h"

bool slot_can_decode(struct slot *slot, const struct encoding *encoding)
{
    return encoding->codec == NULL || slot_codec_for(slot, encoding->codec) != NULL;
}

/* The highest layers of the encoding that may be forwarded. A receiver without the dependency descriptor cannot tell
 * the spatial layers of a codec apart that describes them there. While the slot waits for the keyframe of a lower
 * encoding, only the lowest layers of the too large one are forwarded. */
struct quality slot_limit_of(const struct slot *slot, const struct encoding *encoding)
{
    struct quality limit = slot->limit;
    if (encoding->codec != NULL && codec_format(encoding->codec->codec)->needs_dependency_descriptor &&
        slot->media.extensions.id[EXTENSION_DEPENDENCY_DESCRIPTOR] == 0)
        limit.spatial = 0;
    if ((int)encoding->rank > limit.encoding)
        limit.temporal = 0;
    return limit;
}

static void start_encoding(struct slot *slot, const struct encoding *encoding, const struct packet *packet, int64_t in,
                           usec_t now)
{
    uint32_t aligned;
    bool is_aligned = slot_align(slot, encoding, packet->rtp.timestamp, &aligned);
    rewriter_switch(&slot->rewriter, (uint8_t)encoding->index, in, packet->rtp.timestamp, is_aligned ? &aligned : NULL,
                    slot->stream.clock_rate, now);
    slot->encoding = slot->aligned_encoding = (int)encoding->index;
    slot->aligned_generation = encoding->generation;
    frame_choice_start(&slot->choice, slot_limit_of(slot, encoding));
}

static void append_packet(struct slot *slot, const struct media_codec *codec, const struct sequence_entry *entry,
                          struct packet *packet, usec_t now)
{
    bool more_follows = slot->media.kind == MEDIA_VIDEO && !packet->rtp.marker && !entry->ends_picture;
    struct egress *item = slot_append(slot, codec, more_follows);
    if (item == NULL)
        return;
    item->packet = packet_hold(packet);
    rewriter_apply(&slot->rewriter, entry, packet, &item->rewrite);
    rewriter_set_codec(codec, packet, &item->rewrite);
    size_t length = (size_t)packet->rtp.payload_length - item->rewrite.patch_covers + item->rewrite.patch_length;
    send_stream_number(&slot->stream, item->rewrite.sequence);
    send_stream_packet(&slot->stream, item->rewrite.timestamp, length, now);
    slot->packets++;
    slot->bytes += length;
}

/* Sends padding with a number that was kept free, since its packet is not forwarded. */
static void append_filler(struct slot *slot, const struct media_codec *codec, struct sequence_entry *entry,
                          const struct packet *packet)
{
    struct egress *item = slot_append(slot, codec, false);
    entry->is_filler = true;
    if (item == NULL)
        return;
    item->rewrite.sequence = (uint16_t)sequence_map_out(&slot->rewriter.map, entry);
    item->rewrite.timestamp = packet->rtp.timestamp + entry->timestamp_offset;
    item->rewrite.padding = 1;
    send_stream_number(&slot->stream, item->rewrite.sequence);
}

/* Of a wrapper (RED), when the receiver cannot use it: it is malformed, or has an empty newest block and the receiver
 * takes that alone. */
static bool has_nothing_to_play(const struct slot *slot, const struct media_codec *codec, const struct packet *packet)
{
    if (!codec_format(slot->source_codec->codec)->is_wrapper)
        return false;
    return packet->frame.wrapper_length == 0 ||
           (codec->codec != slot->source_codec->codec && packet->frame.descriptor_length == packet->rtp.payload_length);
}

static bool is_taken(struct slot *slot, const struct media_codec *codec, const struct packet *packet, int64_t in)
{
    if (packet->rtp.payload_length == 0 || has_nothing_to_play(slot, codec, packet))
        return false;
    const struct encoding *encoding = &slot->publication->encodings[slot->encoding];
    if (slot_has_given_up(slot, slot->encoding, packet->arrival))
        return false;
    if (!packet->frame.has_layers)
        return true;
    return frame_choice_takes(&slot->choice, &packet->frame, packet->rtp.timestamp, in > slot->rewriter.highest_in,
                              slot_limit_of(slot, encoding));
}

bool slot_unwraps(const struct slot *slot, usec_t now)
{
    return slot->inside_codec != NULL && !redundancy_is_needed(&slot->subscriber->redundancy, now);
}

static bool is_behind_gap(const struct slot *slot, int64_t in)
{
    return history_get(slot->publication->encodings[slot->encoding].history, in - 1) == NULL;
}

/* Forwards one packet. False: it is not sent. */
static bool forward_one(struct slot *slot, const struct media_codec *codec, struct packet *packet, int64_t in,
                        usec_t now)
{
    struct sequence_entry *entry;
    if (slot_unwraps(slot, now) && !is_behind_gap(slot, in))
        codec = slot->inside_codec;
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
        const struct media_codec *codec = packet != NULL ? slot_codec_of(slot, packet) : NULL;
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
static void begin_encoding(struct slot *slot, const struct encoding *encoding, struct packet *first, int64_t entry,
                           usec_t now)
{
    const struct media_codec *codec = slot_codec_of(slot, first);
    if (codec == NULL) {
        slot->unmatched++;
        return;
    }
    start_encoding(slot, encoding, first, entry, now);
    (void)forward_one(slot, codec, first, entry, now);
    catch_up(slot, encoding, entry, now);
    note_keyframe(slot, now);
}

bool slot_begin(struct slot *slot, const struct encoding *encoding, usec_t now)
{
    if (slot->media.kind != MEDIA_VIDEO || slot->encoding != ENCODING_NONE || slot->stream.started ||
        (slot->publication->encoding_count > 1 && slot->limit.encoding == LAYER_ANY))
        return false; /* of a simulcast it is not chosen yet what to begin with */
    int64_t entry = encoding_recent_keyframe(encoding, now);
    if (entry == ENCODING_NO_ENTRY)
        return false;
    begin_encoding(slot, encoding, history_get(encoding->history, entry), entry, now);
    return slot->encoding != ENCODING_NONE;
}

bool slot_forward(struct slot *slot, const struct encoding *encoding, struct packet *packet,
                  const struct ingested *ingested, usec_t now)
{
    if (!slot->subscriber->common->agenda.is_ready)
        return true;
    if ((int)encoding->index != slot->encoding) {
        if ((int)encoding->index == slot->target && ingested->entry != ENCODING_NO_ENTRY) {
            bool is_this = ingested->entry == ingested->in;
            begin_encoding(slot, encoding, is_this ? packet : history_get(encoding->history, ingested->entry),
                           ingested->entry, now);
        }
        return true;
    }
    if (rewriter_is_gap(&slot->rewriter, ingested->in))
        return false;
    const struct media_codec *codec = slot_codec_for(slot, encoding->codec);
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
    const struct media_codec *codec = entry != NULL ? slot_codec_for(slot, encoding->codec) : NULL;
    if (codec != NULL)
        append_filler(slot, codec, entry, packet);
}
