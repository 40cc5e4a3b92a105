#include "router/in/layer.h"

#include <stdlib.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"

#define SSRC_SILENCE (500 * USEC_PER_MSEC) /* then another SSRC may take the layer over */
#define BASE_STEP 0x20000                  /* keeps the numbers of two SSRCs apart */

void layer_init(struct layer *layer, struct publication *publication, unsigned index)
{
    const struct router *router = publication->publisher->endpoint->router;
    bool is_video = publication->media.kind == MEDIA_VIDEO;
    bool nack = publication->media.codec_count > 0 && publication->media.codecs[0].nack;
    *layer = (struct layer){
        .publication = publication, .index = index, .id = ++publication->publisher->endpoint->router->layer_count};
    layer->history =
        history_new(is_video ? REPAIR_WINDOW : 128, router->config.history_age, &publication->publisher->held);
    layer->pictures = is_video ? mem_alloc(sizeof *layer->pictures) : NULL;
    layer->nack = nack && !publication->publisher->is_relayed ? nack_new() : NULL;
    layer->sequence_base = BASE_STEP;
    layer->last_media = -USEC_PER_SEC * 3600;
    keyframe_gate_init(&layer->gate, keyframe_layer_limit);
    layer_set_rtt(layer, publication->publisher->endpoint->rtt);
}

void layer_set_rtt(struct layer *layer, usec_t rtt)
{
    if (rtt <= 0)
        return;
    keyframe_gate_set_rtt(&layer->gate, rtt);
    if (layer->nack != NULL)
        nack_set_rtt(layer->nack, rtt);
}

void layer_fini(struct layer *layer)
{
    layer_unbind(layer);
    history_free(layer->history);
    nack_free(layer->nack);
    free(layer->pictures);
    free(layer->structure);
}

static uint32_t clock_rate_of(const struct publication *publication)
{
    return publication->media.codec_count > 0 ? publication->media.codecs[0].clock_rate : 90000;
}

static void start_stream(struct layer *layer, uint32_t ssrc)
{
    if (layer->stream.started) {
        layer->lost_before += receive_stream_lost(&layer->stream);
        layer->sequence_base += layer->stream.highest_sequence + BASE_STEP;
    }
    receive_stream_init(&layer->stream, ssrc, clock_rate_of(layer->publication));
    layer->generation++;
    if (layer->nack != NULL)
        nack_reset(layer->nack);
}

static bool is_free(const struct publisher *publisher, uint32_t ssrc)
{
    return ssrc != 0 && map_get(&publisher->layers, ssrc) == NULL && map_get(&publisher->rtx_layers, ssrc) == NULL;
}

/* The layer is without media until an SSRC is bound to it again. */
static void give_up_ssrc(struct layer *layer)
{
    if (layer->ssrc == 0)
        return;
    map_remove(&layer->publication->publisher->layers, layer->ssrc);
    layer->former_ssrc = layer->ssrc;
    layer->ssrc = 0;
    layer->state.active = false;
    layer->report_due = false;
    if (layer->nack != NULL)
        nack_reset(layer->nack);
}

static void give_up_rtx_ssrc(struct layer *layer)
{
    if (layer->rtx_ssrc == 0)
        return;
    map_remove(&layer->publication->publisher->rtx_layers, layer->rtx_ssrc);
    layer->former_rtx_ssrc = layer->rtx_ssrc;
    layer->rtx_ssrc = 0;
}

static void take_ssrc(struct layer *layer, uint32_t ssrc)
{
    struct publisher *publisher = layer->publication->publisher;
    if (layer->ssrc != 0) {
        map_remove(&publisher->layers, layer->ssrc);
        layer->former_ssrc = layer->ssrc;
    }
    layer->ssrc = ssrc;
    map_put(&publisher->layers, ssrc, layer);
    start_stream(layer, ssrc);
}

bool layer_bind(struct layer *layer, uint32_t ssrc, usec_t now)
{
    if (!is_free(layer->publication->publisher, ssrc))
        return false;
    if (layer->ssrc != 0 && now - layer->last_media < SSRC_SILENCE) {
        layer->claiming_ssrc = ssrc;
        return false;
    }
    take_ssrc(layer, ssrc);
    return true;
}

void layer_follow(struct layer *layer, uint32_t ssrc)
{
    take_ssrc(layer, ssrc);
}

void layer_bind_rtx(struct layer *layer, uint32_t ssrc)
{
    if (!is_free(layer->publication->publisher, ssrc))
        return;
    give_up_rtx_ssrc(layer);
    layer->rtx_ssrc = ssrc;
    map_put(&layer->publication->publisher->rtx_layers, ssrc, layer);
}

void layer_announce(struct layer *layer, uint32_t ssrc, uint32_t rtx_ssrc)
{
    layer->is_news = ssrc != layer->announced_ssrc;
    layer->is_rtx_news = rtx_ssrc != layer->announced_rtx_ssrc;
    layer->announced_ssrc = ssrc;
    layer->announced_rtx_ssrc = rtx_ssrc;
}

/* Who holds an SSRC that SDP now gives to another layer lets go of it, unless SDP gives it to both. */
static void take_from_others(struct publisher *publisher, uint32_t ssrc)
{
    struct layer *holder = map_get(&publisher->layers, ssrc);
    if (holder != NULL && holder->announced_ssrc != ssrc)
        give_up_ssrc(holder);
    holder = map_get(&publisher->rtx_layers, ssrc);
    if (holder != NULL && holder->announced_rtx_ssrc != ssrc)
        give_up_rtx_ssrc(holder);
}

void layer_bind_announced(struct layer *layer)
{
    struct publisher *publisher = layer->publication->publisher;
    if (layer->is_news || layer->ssrc == 0) {
        take_from_others(publisher, layer->announced_ssrc);
        if (is_free(publisher, layer->announced_ssrc))
            take_ssrc(layer, layer->announced_ssrc);
    }
    if (layer->is_rtx_news || layer->rtx_ssrc == 0) {
        take_from_others(publisher, layer->announced_rtx_ssrc);
        layer_bind_rtx(layer, layer->announced_rtx_ssrc);
    }
    layer->is_news = layer->is_rtx_news = false;
}

void layer_unbind(struct layer *layer)
{
    give_up_ssrc(layer);
    give_up_rtx_ssrc(layer);
}

void layer_release(struct layer *layer, uint32_t ssrc)
{
    if (ssrc == layer->ssrc)
        give_up_ssrc(layer);
    else if (ssrc == layer->rtx_ssrc)
        give_up_rtx_ssrc(layer);
}

uint64_t layer_bps(const struct layer *layer, int spatial, int temporal)
{
    return rates_bps(&layer->rates, spatial, temporal);
}

void layer_measure(struct layer *layer, usec_t now)
{
    if (layer->state.active)
        rates_measure(&layer->rates, layer_is_idle(layer), now);
}

bool layer_is_idle(const struct layer *layer)
{
    return (layer->publication->asked_layers & 1u << layer->index) == 0;
}

static int64_t number_of(const struct layer *layer, uint16_t sequence)
{
    const struct receive_stream *stream = &layer->stream;
    return stream->started ? layer->sequence_base + seq_extend(sequence, stream->highest_sequence) : -1;
}

/* It came. Returns its number. */
static int64_t count_packet(struct layer *layer, const struct packet *packet, bool is_retransmission, usec_t now)
{
    return layer->sequence_base + receive_stream_packet(&layer->stream, packet->rtp.sequence, packet->rtp.timestamp,
                                                        packet->rtp.payload_length, is_retransmission, now);
}

static bool note_media(struct layer *layer, const struct packet *packet, usec_t now)
{
    bool starts = !layer->state.active;
    layer->last_media = now;
    layer->packets++;
    layer->bytes += packet->length;
    if (starts) {
        /* It comes because it was asked for: then it need not prove itself. */
        bool is_resumed = now - layer->publication->resumed_at[layer->index] < LAYER_RESUME_TIME;
        layer->state = (struct layer_state){.active = true, .active_since = is_resumed ? now - LAYER_PROVEN : now};
        rates_start(&layer->rates, now);
    }
    return starts;
}

void layer_note_frame(struct layer *layer, const struct packet *packet, const struct ingested *ingested, usec_t now)
{
    rates_count(&layer->rates, &packet->frame, DATAGRAM_OVERHEAD + packet->length, now);
    if (packet->frame.width != 0) {
        layer->width = packet->frame.width;
        layer->height = packet->frame.height;
    }
    if (ingested->entry == LAYER_NO_ENTRY || layer->publication->media.kind != MEDIA_VIDEO)
        return;
    layer->keyframes++;
    keyframe_gate_arrived(&layer->gate);
}

static void note_loss(struct layer *layer, int64_t in, usec_t now)
{
    struct agenda_entry *agenda = &layer->publication->publisher->endpoint->agenda;
    if (layer->nack == NULL)
        return;
    bool is_stuck = nack_packet(layer->nack, in, now);
    if (nack_take_given_up(layer->nack) || is_stuck)
        layer_is_torn(layer, now);
    usec_t next = nack_next(layer->nack);
    if (next <= now)
        agenda_mark(agenda);
    else
        agenda_wake_by(agenda, next);
}

/* Some codecs say outside their payload what a packet belongs to. */
static int add_dependency(struct layer *layer, struct packet *packet)
{
    struct dependency dependency;
    size_t length = packet->extensions.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length;
    if (!codec_format(layer->codec->codec)->needs_dependency_descriptor || length == 0)
        return 0;
    if (layer->structure == NULL)
        layer->structure = mem_alloc(sizeof *layer->structure);
    const uint8_t *value = packet->data + packet->extensions.at[EXTENSION_DEPENDENCY_DESCRIPTOR].offset;
    int error = dependency_parse(&dependency, layer->structure, value, length);
    if (error == ERR_NOT_FOUND) /* the keyframe that explains it is missing */
        return 0;
    if (error == 0)
        frame_add_dependency(&packet->frame, &dependency, layer->structure);
    return error;
}

/* It may make sense to the receivers even if we cannot see what it is: then nothing is known of its frame. */
static int parse_frame(struct layer *layer, struct packet *packet)
{
    packet->frame = (struct frame_info){0};
    if (codec_format(layer->codec->codec)->parse == NULL || packet->rtp.payload_length == 0)
        return 0;
    int error = frame_parse(&packet->frame, layer->codec->codec, packet_payload(packet), packet->rtp.payload_length);
    if (error == 0)
        error = add_dependency(layer, packet);
    if (error == 0 && !media_is_as_agreed(layer->codec, &packet->frame))
        error = ERR_INVALID;
    if (error != 0)
        packet->frame = (struct frame_info){0};
    if (layer->publication->layer_count > 1) /* simulcast: the SSRC tells, and some encoders number across SSRCs */
        packet->frame.spatial_id = 0;
    return error;
}

bool layer_has_remb(const struct layer *layer)
{
    return layer->publication->media.kind == MEDIA_VIDEO && layer->ssrc != 0 && layer->codec != NULL &&
           layer->codec->remb;
}

int layer_find_codec(struct layer *layer, uint8_t payload_type)
{
    if (layer->codec == NULL || layer->codec->payload_type != payload_type)
        layer->codec = media_find_payload_type(&layer->publication->media, payload_type);
    return layer->codec != NULL ? 0 : ERR_UNSUPPORTED;
}

/* Sound begins with any packet, a picture with the first of a keyframe: perhaps an earlier one than this. */
static int64_t find_entry(struct layer *layer, const struct packet *packet, int64_t in)
{
    bool has_payload = packet->rtp.payload_length > 0;
    if (layer->pictures == NULL)
        return has_payload ? in : LAYER_NO_ENTRY;
    int64_t begin =
        picture_tracker_packet(layer->pictures, in, packet->rtp.timestamp, has_payload ? &packet->frame : NULL);
    if (begin == PICTURE_NOWHERE || (begin != in && history_get(layer->history, begin) == NULL))
        return LAYER_NO_ENTRY;
    return begin;
}

int layer_ingest(struct layer *layer, struct packet *packet, bool is_retransmission, struct ingested *ingested,
                 usec_t now)
{
    int64_t known = number_of(layer, packet->rtp.sequence);
    if (known >= 0 && history_get(layer->history, known) != NULL)
        return ERR_DUPLICATE;
    if (parse_frame(layer, packet) != 0)
        layer->publication->publisher->endpoint->stats.bad_packets++;
    ingested->in = count_packet(layer, packet, is_retransmission, now);
    history_put(layer->history, ingested->in, packet, now);
    note_loss(layer, ingested->in, now);
    ingested->entry = find_entry(layer, packet, ingested->in);
    ingested->starts = packet->rtp.payload_length > 0 && note_media(layer, packet, now);
    return 0;
}

int64_t layer_refuse(struct layer *layer, const struct packet *packet, bool is_retransmission, usec_t now)
{
    int64_t in = count_packet(layer, packet, is_retransmission, now);
    note_loss(layer, in, now);
    return in;
}

bool layer_may_ask(const struct layer *layer)
{
    const struct publication *publication = layer->publication;
    return layer->ssrc != 0 && layer->stream.started && !publication->muted &&
           (publication->slot_count > 0 || publication->publisher->relay_target_count > 0) &&
           publication->media.kind == MEDIA_VIDEO;
}

static void wake_for_keyframe(struct layer *layer, usec_t now)
{
    struct agenda_entry *agenda = &layer->publication->publisher->endpoint->agenda;
    agenda_wake_by(agenda, keyframe_gate_next(&layer->gate));
    if (keyframe_gate_next(&layer->gate) <= now)
        agenda_mark(agenda);
}

void layer_want_keyframe(struct layer *layer, usec_t now)
{
    if (!layer_may_ask(layer))
        return;
    keyframe_gate_hurry(&layer->gate);
    wake_for_keyframe(layer, now);
}

void layer_is_torn(struct layer *layer, usec_t now)
{
    if (!layer_may_ask(layer) || layer->gate.wanted ||
        !budget_take(&layer->own_keyframes, &keyframe_asker_limit, KEYFRAME_UNITS, now))
        return;
    keyframe_gate_want(&layer->gate);
    wake_for_keyframe(layer, now);
}

usec_t layer_next(const struct layer *layer)
{
    usec_t next = layer->nack != NULL && layer->ssrc != 0 ? nack_next(layer->nack) : USEC_NEVER;
    return layer_may_ask(layer) ? usec_min(next, keyframe_gate_next(&layer->gate)) : next;
}

uint64_t layer_lost(const struct layer *layer)
{
    return layer->lost_before + (layer->stream.started ? receive_stream_lost(&layer->stream) : 0);
}
