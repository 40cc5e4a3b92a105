#include "router/in/encoding.h"

#include <stdlib.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"

#define SSRC_SILENCE (500 * USEC_PER_MSEC)   /* after it, another SSRC may take the encoding */
#define RECENT_AGE_MAX (500 * USEC_PER_MSEC) /* what is older may be gone from the history soon */
#define RECENT_PACKETS_MAX 100               /* 110 kB at most go out as one burst, which is paced */
#define BASE_STEP 0x20000                    /* keeps the numbers of two SSRCs apart */

void encoding_init(struct encoding *encoding, struct publication *publication, unsigned index)
{
    const struct core *core = publication->publisher->common->core;
    bool is_video = publication->media.kind == MEDIA_VIDEO;
    bool nack = publication->media.codec_count > 0 && publication->media.codecs[0].nack;
    *encoding = (struct encoding){
        .publication = publication, .index = index, .id = ++publication->publisher->all->encoding_count};
    encoding->history =
        history_new(is_video ? REPAIR_WINDOW : 128, core->config.history_age, &publication->publisher->held);
    encoding->pictures = is_video ? mem_alloc(sizeof *encoding->pictures) : NULL;
    encoding->nack = nack && !publication->publisher->is_relayed ? nack_new() : NULL;
    encoding->sequence_base = BASE_STEP;
    encoding->last_media = -USEC_PER_SEC * 3600;
    keyframe_gate_init(&encoding->gate, keyframe_encoding_limit);
    encoding_set_rtt(encoding, publication->publisher->common->rtt);
}

void encoding_set_rtt(struct encoding *encoding, usec_t rtt)
{
    if (rtt <= 0)
        return;
    keyframe_gate_set_rtt(&encoding->gate, rtt);
    if (encoding->nack != NULL)
        nack_set_rtt(encoding->nack, rtt);
}

void encoding_fini(struct encoding *encoding)
{
    encoding_unbind(encoding);
    history_free(encoding->history);
    nack_free(encoding->nack);
    free(encoding->pictures);
    free(encoding->structure);
}

static uint32_t clock_rate_of(const struct publication *publication)
{
    return publication->media.codec_count > 0 ? publication->media.codecs[0].clock_rate : 90000;
}

static void start_stream(struct encoding *encoding, uint32_t ssrc)
{
    if (encoding->stream.started) {
        encoding->lost_before += receive_stream_lost(&encoding->stream);
        encoding->sequence_base += encoding->stream.highest_sequence + BASE_STEP;
    }
    receive_stream_init(&encoding->stream, ssrc, clock_rate_of(encoding->publication));
    encoding->generation++;
    if (encoding->nack != NULL)
        nack_reset(encoding->nack);
}

static bool is_free(const struct publisher *publisher, uint32_t ssrc)
{
    return ssrc != 0 && map_get(&publisher->encodings, ssrc) == NULL &&
           map_get(&publisher->rtx_encodings, ssrc) == NULL;
}

/* The encoding is without media until an SSRC is bound to it again. */
static void give_up_ssrc(struct encoding *encoding)
{
    if (encoding->ssrc == 0)
        return;
    map_remove(&encoding->publication->publisher->encodings, encoding->ssrc);
    encoding->former_ssrc = encoding->ssrc;
    encoding->ssrc = 0;
    encoding->state.is_received = false;
    encoding->report_due = false;
    if (encoding->nack != NULL)
        nack_reset(encoding->nack);
}

static void give_up_rtx_ssrc(struct encoding *encoding)
{
    if (encoding->rtx_ssrc == 0)
        return;
    map_remove(&encoding->publication->publisher->rtx_encodings, encoding->rtx_ssrc);
    encoding->former_rtx_ssrc = encoding->rtx_ssrc;
    encoding->rtx_ssrc = 0;
}

static void take_ssrc(struct encoding *encoding, uint32_t ssrc)
{
    struct publisher *publisher = encoding->publication->publisher;
    if (encoding->ssrc != 0) {
        map_remove(&publisher->encodings, encoding->ssrc);
        encoding->former_ssrc = encoding->ssrc;
    }
    encoding->ssrc = ssrc;
    map_put(&publisher->encodings, ssrc, encoding);
    start_stream(encoding, ssrc);
}

bool encoding_bind(struct encoding *encoding, uint32_t ssrc, usec_t now)
{
    if (!is_free(encoding->publication->publisher, ssrc))
        return false;
    if (encoding->ssrc != 0 && now - encoding->last_media < SSRC_SILENCE) {
        encoding->claiming_ssrc = ssrc;
        return false;
    }
    take_ssrc(encoding, ssrc);
    return true;
}

void encoding_follow(struct encoding *encoding, uint32_t ssrc)
{
    take_ssrc(encoding, ssrc);
}

void encoding_bind_rtx(struct encoding *encoding, uint32_t ssrc)
{
    if (!is_free(encoding->publication->publisher, ssrc))
        return;
    give_up_rtx_ssrc(encoding);
    encoding->rtx_ssrc = ssrc;
    map_put(&encoding->publication->publisher->rtx_encodings, ssrc, encoding);
}

void encoding_announce(struct encoding *encoding, uint32_t ssrc, uint32_t rtx_ssrc)
{
    encoding->has_new_ssrc = ssrc != encoding->announced_ssrc;
    encoding->has_new_rtx_ssrc = rtx_ssrc != encoding->announced_rtx_ssrc;
    encoding->announced_ssrc = ssrc;
    encoding->announced_rtx_ssrc = rtx_ssrc;
}

/* Takes an SSRC that SDP gives to one encoding from all others of the publisher, unless SDP gives it to those, too. */
static void take_from_others(struct publisher *publisher, uint32_t ssrc)
{
    struct encoding *holder = map_get(&publisher->encodings, ssrc);
    if (holder != NULL && holder->announced_ssrc != ssrc)
        give_up_ssrc(holder);
    holder = map_get(&publisher->rtx_encodings, ssrc);
    if (holder != NULL && holder->announced_rtx_ssrc != ssrc)
        give_up_rtx_ssrc(holder);
}

void encoding_bind_announced(struct encoding *encoding)
{
    struct publisher *publisher = encoding->publication->publisher;
    if (encoding->has_new_ssrc || encoding->ssrc == 0) {
        take_from_others(publisher, encoding->announced_ssrc);
        if (is_free(publisher, encoding->announced_ssrc))
            take_ssrc(encoding, encoding->announced_ssrc);
    }
    if (encoding->has_new_rtx_ssrc || encoding->rtx_ssrc == 0) {
        take_from_others(publisher, encoding->announced_rtx_ssrc);
        encoding_bind_rtx(encoding, encoding->announced_rtx_ssrc);
    }
    encoding->has_new_ssrc = encoding->has_new_rtx_ssrc = false;
}

void encoding_unbind(struct encoding *encoding)
{
    give_up_ssrc(encoding);
    give_up_rtx_ssrc(encoding);
}

void encoding_release(struct encoding *encoding, uint32_t ssrc)
{
    if (ssrc == encoding->ssrc)
        give_up_ssrc(encoding);
    else if (ssrc == encoding->rtx_ssrc)
        give_up_rtx_ssrc(encoding);
}

uint64_t encoding_bps(const struct encoding *encoding, int spatial, int temporal)
{
    return rates_bps(&encoding->rates, spatial, temporal);
}

void encoding_measure(struct encoding *encoding, usec_t now)
{
    if (encoding->state.is_received)
        rates_measure(&encoding->rates, encoding_is_idle(encoding), now);
}

bool encoding_is_idle(const struct encoding *encoding)
{
    return (encoding->publication->asked_encodings & 1u << encoding->index) == 0;
}

static int64_t number_of(const struct encoding *encoding, uint16_t sequence)
{
    const struct receive_stream *stream = &encoding->stream;
    return stream->started ? encoding->sequence_base + seq_extend(sequence, stream->highest_sequence) : -1;
}

/* Counts a received packet. Returns its number. */
static int64_t count_packet(struct encoding *encoding, const struct packet *packet, bool is_retransmission, usec_t now)
{
    return encoding->sequence_base + receive_stream_packet(&encoding->stream, packet->rtp.sequence,
                                                           packet->rtp.timestamp, packet->rtp.payload_length,
                                                           is_retransmission, now);
}

static bool note_media(struct encoding *encoding, const struct packet *packet, usec_t now)
{
    bool starts = !encoding->state.is_received;
    encoding->last_media = now;
    encoding->packets++;
    encoding->bytes += packet->length;
    if (starts) {
        /* It was requested just now, so it counts as stable at once. */
        bool is_resumed = now - encoding->publication->resumed_at[encoding->index] < ENCODING_RESUME_TIME;
        encoding->state =
            (struct encoding_state){.is_received = true, .received_since = is_resumed ? now - ENCODING_PROVEN : now};
        rates_start(&encoding->rates, now);
    }
    return starts;
}

void encoding_note_frame(struct encoding *encoding, const struct packet *packet, const struct ingested *ingested,
                         usec_t now)
{
    rates_count(&encoding->rates, &packet->frame, DATAGRAM_OVERHEAD + packet->length, now);
    if (packet->frame.width != 0) {
        encoding->width = packet->frame.width;
        encoding->height = packet->frame.height;
    }
    if (ingested->entry == ENCODING_NO_ENTRY || encoding->publication->media.kind != MEDIA_VIDEO)
        return;
    encoding->keyframes++;
    encoding->keyframe_begin = ingested->entry;
    encoding->keyframe_at = now;
    keyframe_gate_arrived(&encoding->gate);
}

static void note_loss(struct encoding *encoding, int64_t in, usec_t now)
{
    struct agenda_entry *agenda = &encoding->publication->publisher->common->agenda;
    if (encoding->nack == NULL)
        return;
    bool is_stuck = nack_packet(encoding->nack, in, now);
    if (nack_take_given_up(encoding->nack) || is_stuck)
        encoding_request_keyframe_after_loss(encoding, now);
    usec_t next = nack_next(encoding->nack);
    if (next <= now)
        agenda_mark(agenda);
    else
        agenda_wake_by(agenda, next);
}

/* Some codecs describe the frame of a packet in the dependency descriptor, not in the payload. */
static int add_dependency(struct encoding *encoding, struct packet *packet)
{
    struct dependency dependency;
    size_t length = packet->extensions.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length;
    if (!codec_format(encoding->codec->codec)->needs_dependency_descriptor || length == 0)
        return 0;
    if (encoding->structure == NULL)
        encoding->structure = mem_alloc(sizeof *encoding->structure);
    const uint8_t *value = packet->data + packet->extensions.at[EXTENSION_DEPENDENCY_DESCRIPTOR].offset;
    int error = dependency_parse(&dependency, encoding->structure, value, length);
    if (error == ERR_NOT_FOUND) /* the keyframe with the structure that it refers to is missing */
        return 0;
    if (error == 0)
        frame_add_dependency(&packet->frame, &dependency, encoding->structure);
    return error;
}

/* A payload that cannot be parsed is forwarded all the same, as receivers may understand it: then nothing is known of
 * its frame. */
static int parse_frame(struct encoding *encoding, struct packet *packet)
{
    packet->frame = (struct frame_info){0};
    if (codec_format(encoding->codec->codec)->parse == NULL || packet->rtp.payload_length == 0)
        return 0;
    int error = frame_parse(&packet->frame, encoding->codec->codec, packet_payload(packet), packet->rtp.payload_length);
    if (error == 0)
        error = add_dependency(encoding, packet);
    if (error == 0 && !media_is_as_agreed(encoding->codec, &packet->frame))
        error = ERR_INVALID;
    if (error != 0)
        packet->frame = (struct frame_info){0};
    if (encoding->publication->encoding_count >
        1) /* simulcast: the SSRC tells, and some encoders number across SSRCs */
        packet->frame.spatial_id = 0;
    return error;
}

bool encoding_has_remb(const struct encoding *encoding)
{
    return encoding->publication->media.kind == MEDIA_VIDEO && encoding->ssrc != 0 && encoding->codec != NULL &&
           encoding->codec->remb;
}

int encoding_find_codec(struct encoding *encoding, uint8_t payload_type)
{
    if (encoding->codec == NULL || encoding->codec->payload_type != payload_type)
        encoding->codec = media_find_payload_type(&encoding->publication->media, payload_type);
    return encoding->codec != NULL ? 0 : ERR_UNSUPPORTED;
}

/* Where viewers can begin: audio with any packet, video with the first packet of a keyframe, which may have come before
 * this one. */
static int64_t find_entry(struct encoding *encoding, const struct packet *packet, int64_t in)
{
    bool has_payload = packet->rtp.payload_length > 0;
    if (encoding->pictures == NULL)
        return has_payload ? in : ENCODING_NO_ENTRY;
    int64_t begin =
        picture_tracker_packet(encoding->pictures, in, packet->rtp.timestamp, has_payload ? &packet->frame : NULL);
    if (begin == PICTURE_NOWHERE || (begin != in && history_get(encoding->history, begin) == NULL))
        return ENCODING_NO_ENTRY;
    return begin;
}

int encoding_ingest(struct encoding *encoding, struct packet *packet, bool is_retransmission, struct ingested *ingested,
                    usec_t now)
{
    int64_t known = number_of(encoding, packet->rtp.sequence);
    if (known >= 0 && history_get(encoding->history, known) != NULL)
        return ERR_DUPLICATE;
    if (parse_frame(encoding, packet) != 0)
        encoding->publication->publisher->common->stats.bad_packets++;
    ingested->in = count_packet(encoding, packet, is_retransmission, now);
    history_put(encoding->history, ingested->in, packet, now);
    note_loss(encoding, ingested->in, now);
    ingested->entry = find_entry(encoding, packet, ingested->in);
    ingested->starts = packet->rtp.payload_length > 0 && note_media(encoding, packet, now);
    return 0;
}

int64_t encoding_refuse(struct encoding *encoding, const struct packet *packet, bool is_retransmission, usec_t now)
{
    int64_t in = count_packet(encoding, packet, is_retransmission, now);
    note_loss(encoding, in, now);
    return in;
}

bool encoding_can_use_keyframe(const struct encoding *encoding)
{
    const struct publication *publication = encoding->publication;
    return encoding->ssrc != 0 && encoding->stream.started && !publication->muted &&
           (publication->slot_count > 0 || publication->publisher->relay_target_count > 0) &&
           publication->media.kind == MEDIA_VIDEO;
}

int64_t encoding_recent_keyframe(const struct encoding *encoding, usec_t now)
{
    int64_t begin = encoding->keyframe_begin, end = encoding->sequence_base + encoding->stream.highest_sequence;
    if (encoding->keyframes == 0 || now - encoding->keyframe_at > RECENT_AGE_MAX || end - begin >= RECENT_PACKETS_MAX)
        return ENCODING_NO_ENTRY;
    for (int64_t number = begin; number <= end; number++)
        if (history_get(encoding->history, number) == NULL)
            return ENCODING_NO_ENTRY;
    return begin;
}

static void wake_for_keyframe(struct encoding *encoding, usec_t now)
{
    struct agenda_entry *agenda = &encoding->publication->publisher->common->agenda;
    agenda_wake_by(agenda, keyframe_gate_next(&encoding->gate));
    if (keyframe_gate_next(&encoding->gate) <= now)
        agenda_mark(agenda);
}

void encoding_request_keyframe(struct encoding *encoding, usec_t now)
{
    if (!encoding_can_use_keyframe(encoding))
        return;
    keyframe_gate_hurry(&encoding->gate);
    wake_for_keyframe(encoding, now);
}

void encoding_request_keyframe_after_loss(struct encoding *encoding, usec_t now)
{
    if (!encoding_can_use_keyframe(encoding) || encoding->gate.is_requested ||
        !budget_take(&encoding->own_keyframes, &keyframe_requester_limit, KEYFRAME_UNITS, now))
        return;
    keyframe_gate_request(&encoding->gate);
    wake_for_keyframe(encoding, now);
}

usec_t encoding_next(const struct encoding *encoding)
{
    usec_t next = encoding->nack != NULL && encoding->ssrc != 0 ? nack_next(encoding->nack) : USEC_NEVER;
    return encoding_can_use_keyframe(encoding) ? usec_min(next, keyframe_gate_next(&encoding->gate)) : next;
}

uint64_t encoding_lost(const struct encoding *encoding)
{
    return encoding->lost_before + (encoding->stream.started ? receive_stream_lost(&encoding->stream) : 0);
}
