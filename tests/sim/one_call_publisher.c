#include "tests/sim/one_call_parts.h"

#define FRAME (USEC_PER_SEC / 30)
#define SCENE (USEC_PER_SEC / 2)
#define PAYLOAD 1100
#define AUDIO_FRAME (20 * USEC_PER_MSEC)
#define AUDIO_PAYLOAD 80

/* What a browser's encoder makes of a keyframe, in times of an average frame. */
static const double key_factor[ENCODINGS] = {7, 6, 6};

/* Temporal layers 0 2 1 2; the first of an encoding needs nothing of its own (layer sync). */
static const uint8_t temporal_of[] = {0, 2, 1, 2};
static const bool is_sync[] = {false, true, true, false};

static void send_part(struct sim *sim, const struct note *note, unsigned place, size_t size)
{
    struct sent *sent = &sim->encodings[note->encoding];
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.marker = note->part + 1 == note->parts,
                                      .is_vp8 = true,
                                      .vp8 = {.is_start = note->part == 0,
                                              .is_needless = place != 0,
                                              .has_picture = true,
                                              .picture = (uint16_t)note->frame,
                                              .has_layers = true,
                                              .tl0 = (uint8_t)sent->tl0,
                                              .temporal = temporal_of[place],
                                              .is_sync = is_sync[place],
                                              .is_key = note->part == 0 && note->is_key,
                                              .width = 320u << note->encoding,
                                              .height = 180u << note->encoding},
                                      .payload = {.data = note, .length = sizeof *note, .size = size}};
    size_t length = published_stream_write(&sent->stream, data, &packet, sim->now);
    (void)participant_rtp(sim->publisher, data, length, sim->now);
}

/* What the encoding takes now, bits a second. */
static double rate_of(const struct sim *sim, unsigned encoding)
{
    const struct publishing *publishing = &sim->publishing;
    double whole = publishing->encoding_bps[encoding];
    usec_t since = sim->now - sim->encodings[encoding].resumed;
    return since < publishing->ramp ? whole * (0.3 + 0.7 * (double)since / (double)publishing->ramp) : whole;
}

/* How a frame's size compares with the average. */
static void send_frame(struct sim *sim, unsigned encoding, bool is_key)
{
    static const unsigned needs_before[] = {4, 1, 2, 1};
    static const double size_of[] = {1.6, 0.8, 0.8, 0.8};
    struct sent *sent = &sim->encodings[encoding];
    if ((sim->asked & 1u << encoding) == 0)
        return;
    if (is_key)
        sent->key_frame = sent->frame;
    unsigned place = (sent->frame - sent->key_frame) % 4;
    double factor = is_key ? key_factor[encoding] : size_of[place];
    size_t size = (size_t)(rate_of(sim, encoding) / 8 / 30 * factor * sim->scene * (0.8 + 0.4 * rng_unit(&sim->rng)));
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

static void report_publisher(struct sim *sim)
{
    uint8_t data[256];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    for (unsigned i = 0; i < ENCODINGS; i++)
        published_stream_report(&sim->encodings[i].stream, &writer, sim->now, WALL_EPOCH + sim->now);
    if (sim->scenario->viewer.has_audio)
        published_stream_report(&sim->audio, &writer, sim->now, WALL_EPOCH + sim->now);
    (void)participant_rtcp(sim->publisher, data, writer.length, sim->now, WALL_EPOCH + sim->now);
}

static void send_audio(struct sim *sim)
{
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.payload = {.size = AUDIO_PAYLOAD}};
    size_t length = published_stream_write(&sim->audio, data, &packet, sim->now);
    (void)participant_rtp(sim->publisher, data, length, sim->now);
}

void sim_tick_publisher(struct sim *sim)
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
