/* A large room: 200 participants, each with three encodings and a microphone. Everybody sees one large picture
 * that follows the speaker and 24 small ones, page by page, and hears the loudest three. The speaker changes every two
 * seconds, for ten minutes of virtual time (under a sanitizer: twenty seconds). What each viewer gets must stay within
 * its link, every change of what a slot shows must begin with a keyframe, no stream may have a break, and everybody
 * must see and hear who speaks. The same seed gives the same bytes.
 *
 * The paths lose nothing (sim_forward has those that do): so each break is the router's. Pictures are few and small, so
 * that ten minutes are soon over. Bounds are about a tenth beside the worst of seeds 1 to 6, of which the first is run.
 *
 * sim_large [seed], or SEED in the environment. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/runs.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

#define COUNT 200
#define TILES 24
#define VOICES 3
#define SLOTS (TILES + 1 + VOICES) /* the first one is the large one */
#define ENCODINGS 3
#define TICK (10 * USEC_PER_MSEC)
#define FRAME_TICKS 20
#define VOICE_TICKS 10
#define REMB_TICKS 100
#define TURN (2 * USEC_PER_SEC) /* of a speaker */
#define PAGE (7 * USEC_PER_SEC) /* that a viewer looks at one page */
#define WALL_EPOCH INT64_C(1700000000000000)
#ifdef HEDDLE_SANITIZED
#define END (20 * USEC_PER_SEC)
#else
#define END (600 * USEC_PER_SEC)
#endif

enum { VP8 = 96, OPUS = 111 };
enum { ID_LEVEL = 1 };
enum { AUDIO_SSRC = 10, VIDEO_SSRC = 20 };
enum { VP8_SIZE = 14 }; /* of the descriptor, with a picture id, and the head of a frame */
static const size_t frame_sizes[ENCODINGS] = {200, 500, 1000};
/* Of whole datagrams: what the links carry, and the most that seeds 1 to 6 sent on them within one second. */
static const uint64_t links_bps[] = {1000000, 320000, 190000}, worst_bps[] = {349000, 343000, 207000};

struct person;

/* What a viewer receives on one SSRC. */
struct received {
    bool has_started;
    uint16_t sequence, picture;
    uint32_t timestamp, frame;
    unsigned from, encoding;
};

/* What a participant sends on one SSRC. */
struct sent {
    struct published_stream stream;
    uint32_t frame;
    bool needs_keyframe, is_idle;
};

/* A participant, as the test sees it: what it sends, and what it received. */
struct person {
    unsigned index;
    struct participant *participant; /* of the router */
    struct published_stream voice;
    struct sent encodings[ENCODINGS];
    struct received slots[SLOTS];
    unsigned page;
    uint64_t bytes, bytes_before; /* received; until the last second */
    unsigned heard, seen;         /* packets and pictures of the speaker, in this turn */
};

struct sim {
    uint64_t seed, hash;
    struct rng rng;
    struct router *router;
    struct person people[COUNT];
    unsigned speaker;
    usec_t now;
    unsigned failures;
    uint64_t packets, switches, keyframes, unheard, unseen, turns;
    uint64_t highest_bps[sizeof links_bps / sizeof links_bps[0]];
};

static void fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct sim *sim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (sim->failures++ < 20) {
        fprintf(stderr, "seed %llu, %.2f s: ", (unsigned long long)sim->seed, (double)sim->now / USEC_PER_SEC);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
    }
    va_end(arguments);
}

static void hash_bytes(struct sim *sim, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sim->hash = (sim->hash ^ bytes[i]) * 1099511628211u;
}

static size_t link_of(const struct person *person)
{
    return person->index % (sizeof links_bps / sizeof links_bps[0]);
}

/* Negotiation and requests */

static struct media make_line(const char *mid, enum media_kind kind)
{
    struct media line = {.kind = kind, .codec_count = 1};
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    bool is_audio = kind == MEDIA_AUDIO;
    line.codecs[0] = (struct media_codec){.codec = is_audio ? CODEC_OPUS : CODEC_VP8,
                                          .payload_type = is_audio ? OPUS : VP8,
                                          .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                          .clock_rate = is_audio ? 48000 : 90000,
                                          .channels = is_audio ? 2 : 1,
                                          .pli = !is_audio};
    line.extensions.id[EXTENSION_AUDIO_LEVEL] = is_audio ? ID_LEVEL : 0;
    return line;
}

static void configure(struct person *person, usec_t now)
{
    struct media lines[2 + SLOTS];
    const struct router_send sends[] = {{.mid = "a", .source = "microphone"}, {.mid = "v", .source = "camera"}};
    lines[0] = make_line("a", MEDIA_AUDIO);
    lines[1] = make_line("v", MEDIA_VIDEO);
    lines[0].receive = lines[1].receive = true;
    lines[0].encoding_count = 1;
    lines[0].encodings[0] = (struct media_encoding){.ssrc = AUDIO_SSRC};
    lines[1].encoding_count = ENCODINGS;
    for (unsigned i = 0; i < ENCODINGS; i++)
        lines[1].encodings[i] = (struct media_encoding){.ssrc = VIDEO_SSRC + i};
    for (unsigned i = 0; i < SLOTS; i++) {
        char mid[8];
        snprintf(mid, sizeof mid, "%u", i);
        lines[2 + i] = make_line(mid, i <= TILES ? MEDIA_VIDEO : MEDIA_AUDIO);
        lines[2 + i].send = true;
        lines[2 + i].send_ssrc = 1000 + i;
    }
    participant_configure(person->participant, lines, 2 + SLOTS, sends, 2, NULL, 0, now);
}

/* One page of small pictures; the large one and the voices follow the speaker. */
static void look(struct person *person, usec_t now)
{
    struct router_request requests[SLOTS];
    for (unsigned i = 0; i < SLOTS; i++) {
        struct router_request *request = &requests[i];
        *request = (struct router_request){.priority = 100};
        bool is_tile = i >= 1 && i <= TILES;
        snprintf(request->mid, sizeof request->mid, "%u", i);
        snprintf(request->show, sizeof request->show, "speaker");
        if (is_tile)
            snprintf(request->show, sizeof request->show, "p%u/camera",
                     (person->index + 1 + (person->page * TILES + i) % (COUNT - 1)) % COUNT);
        request->width = is_tile ? 320 : 1280;
        request->height = is_tile ? 180 : 720;
        request->priority = is_tile ? 10 : 100;
    }
    participant_receive(person->participant, requests, SLOTS, now);
}

static void join(struct sim *sim, struct person *person, unsigned index)
{
    char id[PARTICIPANT_ID_MAX + 1];
    *person = (struct person){.index = index};
    snprintf(id, sizeof id, "p%u", index);
    if (router_join(sim->router, &person->participant, "hall", id, (uint64_t)(uintptr_t)person, sim->now) != 0)
        abort();
    for (unsigned i = 0; i < ENCODINGS; i++) {
        struct sent *sent = &person->encodings[i];
        sent->stream = (struct published_stream){.ssrc = VIDEO_SSRC + i, .payload_type = VP8, .clock_rate = 90000};
        sent->stream.sequence = (uint16_t)rng_u32(&sim->rng);
        sent->stream.timestamp_start = rng_u32(&sim->rng);
        sent->needs_keyframe = true;
    }
    person->voice = (struct published_stream){
        .ssrc = AUDIO_SSRC, .payload_type = OPUS, .clock_rate = 48000, .timestamp_start = rng_u32(&sim->rng)};
    configure(person, sim->now);
    participant_set_ready(person->participant, true, sim->now);
}

/* What participants send */

static void speak(struct sim *sim, struct person *person)
{
    uint8_t data[PACKET_CAPACITY], note[4];
    struct published_packet packet = {.ids = {{[EXTENSION_AUDIO_LEVEL] = ID_LEVEL}},
                                      .audio_level = person->index == sim->speaker ? 0x80 | 20 : 127,
                                      .payload = {.data = note, .length = sizeof note, .size = 30}};
    put_u32(note, person->index);
    size_t length = published_stream_write(&person->voice, data, &packet, sim->now);
    (void)participant_rtp(person->participant, data, length, sim->now);
}

static void send_frame(struct sim *sim, struct person *person, unsigned encoding)
{
    uint8_t data[PACKET_CAPACITY], note[10];
    struct sent *sent = &person->encodings[encoding];
    if (sent->is_idle)
        return;
    struct published_packet packet = {
        .marker = true,
        .is_vp8 = true,
        .vp8 = {.is_start = true,
                .has_picture = true,
                .picture = (uint16_t)sent->frame,
                .is_key = sent->needs_keyframe,
                .width = 320,
                .height = 180u << encoding},
        .payload = {.data = note, .length = sizeof note, .size = VP8_SIZE + frame_sizes[encoding]}};
    put_u32(note, person->index);
    put_u32(note + 4, sent->frame++);
    note[8] = (uint8_t)encoding;
    note[9] = sent->needs_keyframe;
    sim->keyframes += sent->needs_keyframe;
    sent->needs_keyframe = false;
    size_t length = published_stream_write(&sent->stream, data, &packet, sim->now);
    (void)participant_rtp(person->participant, data, length, sim->now);
}

static void send_remb(struct sim *sim, struct person *person)
{
    uint8_t data[64];
    struct rtcp_writer writer;
    uint32_t ssrc = 1000;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_remb(&writer, 1, links_bps[link_of(person)], &ssrc, 1);
    (void)participant_rtcp(person->participant, data, writer.length, sim->now, WALL_EPOCH + sim->now);
}

/* What participants receive */

static void check_stream(struct sim *sim, const struct person *person, unsigned slot, const struct rtp_header *header,
                         const struct received *now)
{
    const struct received *before = &person->slots[slot];
    bool is_video = slot <= TILES;
    if (!before->has_started)
        return;
    if (header->sequence != (uint16_t)(before->sequence + 1))
        fail(sim, "p%u slot %u: sequence %u after %u", person->index, slot, header->sequence, before->sequence);
    int32_t step = timestamp_diff(header->timestamp, before->timestamp);
    if (step <= 0)
        fail(sim, "p%u slot %u: the timestamp goes %d back", person->index, slot, -step);
    if (is_video && now->picture != ((before->picture + 1) & 0x7fff))
        fail(sim, "p%u slot %u: picture %u after %u", person->index, slot, now->picture, before->picture);
}

static void take_rtp(struct sim *sim, struct person *person, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    if (rtp_parse(&header, data, length) != 0 || header.ssrc < 1000 || header.ssrc >= 1000 + SLOTS) {
        fail(sim, "p%u: a packet that cannot be", person->index);
        return;
    }
    unsigned slot = header.ssrc - 1000;
    bool is_video = slot <= TILES, is_key = false;
    const uint8_t *payload = data + header.payload_offset;
    struct received now = {.has_started = true, .sequence = header.sequence, .timestamp = header.timestamp};
    if (is_video) {
        now.picture = get_u16(payload + 2) & 0x7fff;
        payload += VP8_SIZE;
        now.frame = get_u32(payload + 4);
        now.encoding = payload[8];
        is_key = payload[9] != 0;
    }
    now.from = get_u32(payload);
    check_stream(sim, person, slot, &header, &now);
    struct received *before = &person->slots[slot];
    bool is_other = !before->has_started || before->from != now.from || before->encoding != now.encoding;
    if (is_video && is_other && !is_key)
        fail(sim, "p%u slot %u: a switch to p%u encoding %u without a keyframe", person->index, slot, now.from,
             now.encoding);
    if (is_video && !is_other && !is_key && now.frame != before->frame + 1)
        fail(sim, "p%u slot %u: frame %u after %u", person->index, slot, now.frame, before->frame);
    if (now.from == person->index)
        fail(sim, "p%u sees or hears itself", person->index);
    sim->switches += is_video && is_other;
    sim->packets++;
    person->bytes += length + DATAGRAM_OVERHEAD;
    if (now.from == sim->speaker) {
        person->heard += !is_video;
        person->seen += is_video;
    }
    *before = now;
}

static void take_rtcp(struct person *person, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    uint32_t sender, media;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (rtcp_is_pli(&packet) && rtcp_read_feedback(&packet, &sender, &media) == 0 && media - VIDEO_SSRC < ENCODINGS)
            person->encodings[media - VIDEO_SSRC].needs_keyframe = true;
}

static void flush_router(struct sim *sim)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, sim->router, sim->now)) {
        struct person *person = (struct person *)(uintptr_t)participant_connection(outgoing.participant);
        size_t length = outgoing.length;
        hash_bytes(sim, outgoing.data, outgoing.is_rtcp || length < 32 ? length : 32);
        if (outgoing.is_rtcp)
            take_rtcp(person, outgoing.data, length);
        else
            take_rtp(sim, person, outgoing.data, length);
    }
    while (router_poll_event(sim->router, &event)) {
        struct person *person = (struct person *)(uintptr_t)event.connection;
        for (unsigned i = 0; event.type == ROUTER_EVENT_ENCODINGS && i < ENCODINGS; i++) {
            struct sent *sent = &person->encodings[i];
            bool is_idle = (event.asked_encodings & 1u << i) == 0;
            sent->needs_keyframe = sent->needs_keyframe || (sent->is_idle && !is_idle);
            sent->is_idle = is_idle;
        }
    }
}

/* The call */

/* Everybody had two seconds to see and hear who spoke. */
static void end_turn(struct sim *sim)
{
    for (unsigned i = 0; i < COUNT; i++) {
        struct person *person = &sim->people[i];
        if (i != sim->speaker) {
            sim->unheard += person->heard < 10;
            sim->unseen += person->seen < 2;
            sim->turns++;
        }
        person->heard = person->seen = 0;
    }
    unsigned next = (unsigned)rng_below(&sim->rng, COUNT - 1);
    sim->speaker = next < sim->speaker ? next : next + 1;
}

static void count_second(struct sim *sim)
{
    for (unsigned i = 0; i < COUNT; i++) {
        struct person *person = &sim->people[i];
        uint64_t bps = (person->bytes - person->bytes_before) * 8;
        uint64_t *highest = &sim->highest_bps[link_of(person)];
        person->bytes_before = person->bytes;
        if (sim->now > 5 * USEC_PER_SEC && bps > *highest)
            *highest = bps;
    }
}

static void tick(struct sim *sim, unsigned number)
{
    for (unsigned i = 0; i < COUNT; i++) {
        struct person *person = &sim->people[i];
        if ((number + i) % VOICE_TICKS == 0)
            speak(sim, person);
        for (unsigned encoding = 0; (number + i) % FRAME_TICKS == 0 && encoding < ENCODINGS; encoding++)
            send_frame(sim, person, encoding);
        if ((number + i) % REMB_TICKS == 0)
            send_remb(sim, person);
        if ((sim->now + (usec_t)i * PAGE / COUNT) % PAGE < TICK) {
            person->page++;
            look(person, sim->now);
        }
    }
    if (router_next(sim->router) <= sim->now)
        router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
    flush_router(sim);
}

static void check_end(struct sim *sim)
{
    for (size_t i = 0; i < sizeof links_bps / sizeof links_bps[0]; i++)
        if (sim->highest_bps[i] > worst_bps[i] + worst_bps[i] / 10)
            fail(sim, "%llu bit/s in one second on a link of %llu", (unsigned long long)sim->highest_bps[i],
                 (unsigned long long)links_bps[i]);
    if (sim->unheard > 0 || sim->unseen * 58 > sim->turns)
        fail(sim, "of %llu viewers of a turn %llu did not hear it, %llu did not see it", (unsigned long long)sim->turns,
             (unsigned long long)sim->unheard, (unsigned long long)sim->unseen);
}

static uint64_t simulate(uint64_t seed, unsigned *failures)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    struct router_stats stats;
    *sim = (struct sim){.seed = seed, .hash = 14695981039346656037u, .now = USEC_PER_SEC};
    sim->router = router_new(&(struct router_config){0}, seed);
    rng_init(&sim->rng, seed);
    for (unsigned i = 0; i < COUNT; i++)
        join(sim, &sim->people[i], i);
    for (unsigned i = 0; i < COUNT; i++)
        look(&sim->people[i], sim->now);
    usec_t begin = sim->now;
    for (unsigned number = 0; sim->now < begin + END; number++, sim->now += TICK) {
        tick(sim, number);
        if ((sim->now - begin) % TURN == TURN - TICK)
            end_turn(sim);
        if ((sim->now - begin) % USEC_PER_SEC == 0)
            count_second(sim);
    }
    check_end(sim);
    printf("seed %llu: %llu packets to %d viewers in %lld s, %llu switches, %llu keyframes; most in one second: "
           "%llu, %llu, %llu kbit/s; %llu of %llu times the speaker was not seen; hash %016llx\n",
           (unsigned long long)seed, (unsigned long long)sim->packets, COUNT, (long long)(END / USEC_PER_SEC),
           (unsigned long long)sim->switches, (unsigned long long)sim->keyframes,
           (unsigned long long)sim->highest_bps[0] / 1000, (unsigned long long)sim->highest_bps[1] / 1000,
           (unsigned long long)sim->highest_bps[2] / 1000, (unsigned long long)sim->unseen,
           (unsigned long long)sim->turns, (unsigned long long)sim->hash);
    for (unsigned i = 0; i < COUNT; i++)
        router_leave(sim->router, sim->people[i].participant, sim->now);
    router_get_stats(sim->router, &stats);
    if (stats.rooms + stats.participants + stats.publications + stats.slots + stats.packets_held > 0)
        fail(sim, "the room is empty, but something is still held");
    router_free(sim->router);
    uint64_t hash = sim->hash;
    *failures += sim->failures;
    free(sim);
    return hash;
}

int main(int argc, char **argv)
{
    uint64_t seed = runs_of(argc, argv, 1).seed;
    unsigned failures = 0;
    uint64_t hash = simulate(seed, &failures);
    if (simulate(seed, &failures) != hash) {
        fprintf(stderr, "seed %llu: two runs sent different bytes\n", (unsigned long long)seed);
        failures++;
    }
    return failures == 0 ? 0 : 1;
}
