/* What there is in a simulated call of one publisher and one viewer: the scenario, both ends, and the link between
 * router and viewer; and the publisher, who sends Opus and three encodings of three temporal layers each.
 * Header-only, a part of one_viewer.h. */
#ifndef HEDDLE_SIM_ONE_CALL_H
#define HEDDLE_SIM_ONE_CALL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/router.h"
#include "tests/lab/link_model.h"
#include "tests/support/vp8.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/hop/nack.h"
#include "transport/hop/rate_meter.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/wire/extension.h"

#define TICK USEC_PER_MSEC
#define FRAME (USEC_PER_SEC / 30)
#define SCENE (USEC_PER_SEC / 2)
#define ENCODINGS 3
#define PHASES_MAX 4
#define SECONDS_MAX 300
#define SETTLED (10 * USEC_PER_SEC)
#define DELAY (10 * USEC_PER_MSEC)
#define QUEUE (300 * USEC_PER_MSEC)
#define PAYLOAD 1100
#define IN_FLIGHT 4096
#define FRAMES 256 /* of an encoding, remembered by the viewer */
#define PARTS_MAX 64
#define PLI_DELAY (30 * USEC_PER_MSEC) /* until the publisher has it */
#define BROWSER_RTT (100 * USEC_PER_MSEC)
#define TIMEOUT (3 * USEC_PER_SEC) /* then a browser asks for a keyframe */
#define WALL_EPOCH INT64_C(1700000000000000)
#define AUDIO_FRAME (20 * USEC_PER_MSEC)
#define AUDIO_PAYLOAD 80

enum { VP8 = 96, RTX = 97, OPUS = 111 };
enum { ID_TWCC = 1 };
enum { UP_SSRC = 20, UP_AUDIO_SSRC = 30, DOWN_SSRC = 1000, DOWN_RTX_SSRC, DOWN_AUDIO_SSRC };
/* What a browser's encoder makes of 1280x720: bits a second, and a keyframe in times of an average frame. */
static const double encoding_rates[ENCODINGS] = {150e3, 500e3, 1600e3};
static const double key_factor[ENCODINGS] = {7, 6, 6};

struct note {
    uint8_t encoding, is_key, part, parts;
    uint32_t frame, needs; /* of the same encoding */
};

struct sent {
    uint16_t sequence;
    uint32_t frame, key_frame, timestamp_start;
    uint16_t tl0;
    uint32_t packets, bytes;
};

/* How the viewer tells what comes through. */
struct viewer_kind {
    bool has_feedback; /* transport-wide */
    usec_t report_interval;
    bool has_rtx, has_audio;
    bool has_remb;      /* as libwebrtc's receivers of old: by delay, and never more than half above what comes in */
    bool has_remb_each; /* stream: the audio has one of its own */
    uint64_t remb_bps;  /* not 0: always this one */
    usec_t remb_until;  /* 0: always */
};

struct scenario {
    const char *name;
    struct link_config link;
    usec_t end;
    struct viewer_kind viewer;
    /* The rate from a time on; the first one is the link's. */
    struct {
        usec_t at;
        double rate_bps;
    } phases[PHASES_MAX];
};

/* What happened in one second. */
struct second {
    uint64_t offered, dropped, bytes;
    uint64_t audio, audio_sent;
    unsigned decoded[ENCODINGS];
};

struct datagram {
    usec_t sent;
    uint16_t length;
    uint8_t data[PACKET_CAPACITY];
};

struct direction {
    struct link_model link;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
};

struct frame {
    bool is_known, is_decoded;
    uint32_t number, needs, timestamp;
    bool is_key;
    uint8_t parts;
    uint64_t here; /* parts, as bits */
};

/* The receiver's side of REMB. */
struct remb_receiver {
    struct rate_meter incoming;
    usec_t least_transit, transit; /* of the last packet */
    usec_t next, changed_at;
    double bps;
};

struct viewer {
    struct participant *participant;
    struct nack *nack;
    struct twcc_recorder *twcc;
    struct receive_stream stream, audio;
    struct remb_receiver remb;
    struct frame frames[ENCODINGS][FRAMES];
    uint32_t shown_timestamp;
    int encoding; /* of the last decoded frame; -1: none yet */
    usec_t last_decoded, longest_still, next_report;
};

struct sim {
    uint64_t seed;
    const struct scenario *scenario;
    bool is_traced;
    struct rng rng;
    struct router *router;
    struct participant *publisher;
    struct sent encodings[ENCODINGS];
    unsigned active; /* encodings, as bits */
    usec_t next_frame, next_audio, next_report, next_scene, key_at;
    struct sent audio;
    double scene; /* how much there is to encode, against the average */
    struct viewer viewer;
    struct direction down, up;
    usec_t now;
    usec_t still_ms[PHASES_MAX], down_after, top_after; /* by phase; after the steps */
    uint64_t decoded[PHASES_MAX], decoded_top;
    struct second seconds[SECONDS_MAX];
    struct link_stats stats_before;
    uint64_t audio_sent;
    unsigned falls; /* to a lower encoding, on the good link */
};

/* Negotiation */

static struct media make_video(const char *mid, bool has_feedback)
{
    struct media line = {.kind = MEDIA_VIDEO, .codec_count = 1, .rtcp_reduced_size = true};
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    line.codecs[0] = (struct media_codec){CODEC_VP8, VP8, RTX, 90000, 1, .nack = true, .pli = true};
    line.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = has_feedback ? ID_TWCC : 0;
    return line;
}

static struct media make_audio(const char *mid)
{
    struct media line = {.kind = MEDIA_AUDIO, .codec_count = 1, .rtcp_reduced_size = true};
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    line.codecs[0] = (struct media_codec){CODEC_OPUS, OPUS, MEDIA_PAYLOAD_TYPE_NONE, 48000, 2, .nack = false};
    return line;
}

static void join(struct sim *sim)
{
    const struct viewer_kind *kind = &sim->scenario->viewer;
    const struct router_send sends[] = {{.mid = "v", .source = "camera"}, {.mid = "a", .source = "microphone"}};
    const struct router_receive receives[] = {{.mid = "0", .publication = "pub/camera"},
                                              {.mid = "1", .publication = "pub/microphone"}};
    const struct router_request request = {.mid = "0", .width = 1280, .height = 720, .priority = 100};
    struct media up[] = {make_video("v", true), make_audio("a")};
    struct media down[] = {make_video("0", kind->has_feedback), make_audio("1")};
    size_t lines = kind->has_audio ? 2 : 1;
    up[0].receive = up[1].receive = down[0].send = down[1].send = true;
    up[0].encoding_count = ENCODINGS;
    for (unsigned i = 0; i < ENCODINGS; i++)
        up[0].encodings[i] = (struct media_encoding){.ssrc = UP_SSRC + i};
    up[1].encoding_count = 1;
    up[1].encodings[0] = (struct media_encoding){.ssrc = UP_AUDIO_SSRC};
    down[0].send_ssrc = DOWN_SSRC;
    down[1].send_ssrc = DOWN_AUDIO_SSRC;
    if (kind->has_rtx)
        down[0].send_rtx_ssrc = DOWN_RTX_SSRC;
    else
        down[0].codecs[0].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    if (router_join(sim->router, &sim->publisher, "room", "pub", 0, sim->now) != 0 ||
        router_join(sim->router, &sim->viewer.participant, "room", "view", 1, sim->now) != 0)
        abort();
    participant_configure(sim->publisher, up, lines, sends, lines, NULL, 0, sim->now);
    participant_configure(sim->viewer.participant, down, lines, NULL, 0, receives, lines, sim->now);
    participant_receive(sim->viewer.participant, &request, 1, sim->now);
    participant_set_ready(sim->publisher, true, sim->now);
    participant_set_ready(sim->viewer.participant, true, sim->now);
}

/* The publisher */

static uint32_t timestamp_of(const struct sent *sent, usec_t now)
{
    return sent->timestamp_start + (uint32_t)(now * 90 / 1000);
}

/* Temporal layers 0 2 1 2; the first of an encoding needs nothing of its own (layer sync). */
static const uint8_t temporal_of[] = {0, 2, 1, 2};
static const bool is_sync[] = {false, true, true, false};

static void send_part(struct sim *sim, const struct note *note, unsigned place, size_t size)
{
    struct sent *sent = &sim->encodings[note->encoding];
    uint8_t data[PACKET_CAPACITY] = {0};
    struct rtp_header header = {.payload_type = VP8,
                                .ssrc = UP_SSRC + note->encoding,
                                .sequence = sent->sequence++,
                                .timestamp = timestamp_of(sent, sim->now),
                                .marker = note->part + 1 == note->parts};
    rtp_write_fixed(data, &header, false);
    uint8_t *at = data + RTP_HEADER_SIZE;
    struct vp8_descriptor descriptor = {.is_start = note->part == 0,
                                        .is_needless = place != 0,
                                        .has_picture = true,
                                        .picture = (uint16_t)note->frame,
                                        .has_layers = true,
                                        .tl0 = (uint8_t)sent->tl0,
                                        .temporal = temporal_of[place],
                                        .is_sync = is_sync[place]};
    at += vp8_write_descriptor(at, &descriptor);
    at += vp8_write_head(at, note->part == 0 && note->is_key, 320u << note->encoding, 180u << note->encoding);
    memcpy(at, note, sizeof *note);
    size = size < 16 + sizeof *note ? 16 + sizeof *note : size;
    sent->packets++;
    sent->bytes += (uint32_t)size;
    (void)participant_rtp(sim->publisher, data, RTP_HEADER_SIZE + size, sim->now);
}

/* How a frame's size compares with the average. */
static void send_frame(struct sim *sim, unsigned encoding, bool is_key)
{
    static const unsigned needs_before[] = {4, 1, 2, 1};
    static const double size_of[] = {1.6, 0.8, 0.8, 0.8};
    struct sent *sent = &sim->encodings[encoding];
    if ((sim->active & 1u << encoding) == 0)
        return;
    if (is_key)
        sent->key_frame = sent->frame;
    unsigned place = (sent->frame - sent->key_frame) % 4;
    double factor = is_key ? key_factor[encoding] : size_of[place];
    size_t size = (size_t)(encoding_rates[encoding] / 8 / 30 * factor * sim->scene * (0.8 + 0.4 * rng_unit(&sim->rng)));
    unsigned parts = (unsigned)(size / PAYLOAD) + 1;
    struct note note = {.encoding = (uint8_t)encoding, .is_key = is_key, .parts = (uint8_t)parts, .frame = sent->frame};
    note.needs = sent->frame - needs_before[place];
    sent->tl0 = (uint16_t)(sent->tl0 + (temporal_of[place] == 0));
    for (unsigned i = 0; i < parts; i++) {
        note.part = (uint8_t)i;
        send_part(sim, &note, place, size / parts);
    }
    sent->frame++;
}

static uint32_t audio_timestamp(const struct sim *sim)
{
    return sim->audio.timestamp_start + (uint32_t)(sim->now * 48 / 1000);
}

static void report_publisher(struct sim *sim)
{
    uint8_t data[256];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    for (unsigned i = 0; i < ENCODINGS; i++) {
        const struct sent *sent = &sim->encodings[i];
        const struct rtcp_sender_info info = {.ssrc = UP_SSRC + i,
                                              .ntp = ntp_from_wall_us(WALL_EPOCH + sim->now),
                                              .rtp_timestamp = timestamp_of(sent, sim->now),
                                              .packets = sent->packets,
                                              .bytes = sent->bytes};
        rtcp_write_sr(&writer, &info, NULL, 0);
    }
    const struct rtcp_sender_info audio = {.ssrc = UP_AUDIO_SSRC,
                                           .ntp = ntp_from_wall_us(WALL_EPOCH + sim->now),
                                           .rtp_timestamp = audio_timestamp(sim),
                                           .packets = sim->audio.packets,
                                           .bytes = sim->audio.bytes};
    if (sim->scenario->viewer.has_audio)
        rtcp_write_sr(&writer, &audio, NULL, 0);
    (void)participant_rtcp(sim->publisher, data, writer.length, sim->now, WALL_EPOCH + sim->now);
}

static void send_audio(struct sim *sim)
{
    struct sent *sent = &sim->audio;
    uint8_t data[RTP_HEADER_SIZE + AUDIO_PAYLOAD] = {0};
    struct rtp_header header = {
        .payload_type = OPUS, .ssrc = UP_AUDIO_SSRC, .sequence = sent->sequence++, .timestamp = audio_timestamp(sim)};
    rtp_write_fixed(data, &header, false);
    sent->packets++;
    sent->bytes += AUDIO_PAYLOAD;
    (void)participant_rtp(sim->publisher, data, sizeof data, sim->now);
}

static void tick_publisher(struct sim *sim)
{
    for (; sim->scenario->viewer.has_audio && sim->now >= sim->next_audio; sim->next_audio += AUDIO_FRAME)
        send_audio(sim);
    if (sim->now >= sim->next_scene) {
        sim->next_scene += SCENE;
        sim->scene = 0.7 + 0.6 * rng_unit(&sim->rng);
    }
    if (sim->now >= sim->next_frame) {
        bool is_key = sim->now >= sim->key_at;
        sim->next_frame += FRAME;
        if (is_key)
            sim->key_at = USEC_NEVER;
        for (unsigned i = 0; i < ENCODINGS; i++) /* a keyframe of one is a keyframe of all, as of libvpx */
            send_frame(sim, i, is_key);
    }
    if (sim->now >= sim->next_report) {
        sim->next_report += USEC_PER_SEC;
        report_publisher(sim);
    }
}

#endif
