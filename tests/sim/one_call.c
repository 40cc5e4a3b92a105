#include "tests/sim/one_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/one_call_parts.h"
#include "tests/support/outgoing.h"
#include "tests/support/rtcp.h"
#include "transport/base/memory.h"
#include "transport/hop/nack.h"
#include "transport/hop/twcc_recorder.h"

#define TICK USEC_PER_MSEC
#define PLI_DELAY (30 * USEC_PER_MSEC) /* until the publisher has it */
#define BROWSER_RTT (100 * USEC_PER_MSEC)
#define IN_FLIGHT 4096
#define DOWNLOADED (UINT64_C(1) << 63) /* of the link's numbers: a segment of the download */

/* What happened, and when. */

unsigned phase_of(const struct sim *sim)
{
    unsigned phase = 0;
    while (phase + 1 < PHASES_MAX && sim->scenario->phases[phase + 1].at > 0 &&
           sim->now >= sim->scenario->phases[phase + 1].at)
        phase++;
    return phase;
}

struct second *sim_second(struct sim *sim)
{
    return &sim->seconds[sim->now / USEC_PER_SEC % SECONDS_MAX];
}

void sim_trace(const struct sim *sim, const char *what, int value)
{
    if (sim->is_traced)
        printf("%7.3f s: %s %d, queue %lld ms\n", (double)sim->now / USEC_PER_SEC, what, value,
               (long long)link_model_queue_time(&sim->down.link) / USEC_PER_MSEC);
}

/* The link */

static void direction_init(struct direction *direction, const struct link_config *config, uint64_t seed, usec_t now)
{
    link_model_init(&direction->link, config, seed, now);
    direction->datagrams = mem_array(IN_FLIGHT, sizeof *direction->datagrams);
}

static void direction_send(struct direction *direction, const uint8_t *data, size_t length, usec_t now)
{
    uint64_t number = direction->next;
    if (length == 0 || !link_model_push(&direction->link, number, length + DATAGRAM_OVERHEAD, now))
        return;
    struct datagram *datagram = &direction->datagrams[direction->next++ % IN_FLIGHT];
    datagram->length = (uint16_t)length;
    datagram->sent = now;
    memcpy(datagram->data, data, length);
}

static const struct datagram *direction_take(struct sim *sim, struct direction *direction)
{
    uint64_t number;
    usec_t at;
    enum link_event event;
    while ((event = link_model_pop(&direction->link, sim->now, &number, &at)) != LINK_NONE) {
        if (event == LINK_LOST)
            continue;
        if ((number & DOWNLOADED) == 0)
            return &direction->datagrams[number % IN_FLIGHT];
        cubic_arrived(&sim->download.cubic, number & ~DOWNLOADED, at);
    }
    return NULL;
}

/* What the queue has no room for is lost, and the sender finds out later. */
static void tick_download(struct sim *sim)
{
    struct download *download = &sim->download;
    uint64_t segment;
    if (sim->now < download->from || sim->now >= download->until)
        return;
    if (sim->now == download->from)
        cubic_init(&download->cubic, DELAY, sim->now);
    cubic_timeout(&download->cubic, sim->now);
    while (cubic_take(&download->cubic, &segment, sim->now))
        (void)link_model_push(&sim->down.link, segment | DOWNLOADED, CUBIC_SEGMENT, sim->now);
}

void sim_send_to_router(struct sim *sim, const uint8_t *data, size_t length)
{
    direction_send(&sim->up, data, length, sim->now);
}

/* Negotiation */

static struct media make_video(const char *mid, bool has_feedback)
{
    struct media line = video_line(mid);
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

void sim_join(struct sim *sim)
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

/* The router */

static void take_publisher_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    if (rtcp_count_plis(data, length) > 0)
        sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
}

static void flush_router(struct sim *sim)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, sim->router, sim->now))
        if (outgoing.participant == sim->viewer.participant)
            direction_send(&sim->down, outgoing.data, outgoing.length, sim->now);
        else if (outgoing.is_rtcp)
            take_publisher_rtcp(sim, outgoing.data, outgoing.length);
    while (router_poll_event(sim->router, &event)) {
        if (event.type != ROUTER_EVENT_ENCODINGS)
            continue;
        if ((event.asked_encodings & ~sim->asked) != 0)
            sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
        for (unsigned i = 0; i < ENCODINGS; i++)
            if ((event.asked_encodings & ~sim->asked & 1u << i) != 0)
                sim->encodings[i].resumed = sim->now;
        sim->asked = event.asked_encodings;
        sim_trace(sim, "encodings asked for, as bits:", (int)sim->asked);
    }
}

static void note_second(struct sim *sim)
{
    const struct link_stats *stats = &sim->down.link.stats, *before = &sim->stats_before;
    struct second *second = sim_second(sim);
    struct participant_stats viewer;
    participant_get_stats(sim->viewer.participant, &viewer);
    second->estimate_bps = (double)viewer.estimate_bps;
    second->offered = stats->offered - before->offered;
    second->dropped = stats->queue_drops + stats->lost - before->queue_drops - before->lost;
    second->bytes = stats->delivered_bytes - before->delivered_bytes;
    second->audio_sent = sim->audio.packets - sim->audio_sent;
    sim->audio_sent = sim->audio.packets;
    sim->stats_before = *stats;
}

static void tick(struct sim *sim)
{
    const struct datagram *datagram;
    while ((datagram = direction_take(sim, &sim->down)) != NULL)
        sim_take_at_viewer(sim, datagram->data, datagram->length, datagram->sent);
    while ((datagram = direction_take(sim, &sim->up)) != NULL)
        (void)participant_rtcp(sim->viewer.participant, datagram->data, datagram->length, sim->now,
                               WALL_EPOCH + sim->now);
    tick_download(sim);
    sim_tick_publisher(sim);
    sim_tick_viewer(sim);
    if (router_next(sim->router) <= sim->now)
        router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
    flush_router(sim);
    sim_second(sim)->queue = usec_max(sim_second(sim)->queue, link_model_queue_time(&sim->down.link));
}

static void set_rate(struct direction *direction, double rate_bps, usec_t now)
{
    struct link_config config = direction->link.config;
    config.rate_bps = rate_bps;
    link_model_set(&direction->link, &config, now);
}

static struct sim *start(const struct scenario *scenario, uint64_t seed, bool is_traced)
{
    const struct link_config way_back = {.delay = DELAY};
    struct sim *sim = mem_alloc(sizeof *sim);
    *sim = (struct sim){
        .seed = seed, .scenario = scenario, .is_traced = is_traced, .asked = (1u << ENCODINGS) - 1, .key_at = 0};
    rng_init(&sim->rng, seed);
    sim->router = router_new(&(struct router_config){0}, seed);
    sim->viewer.encoding = -1;
    sim->viewer.nack = nack_new();
    nack_set_rtt(sim->viewer.nack, BROWSER_RTT);
    sim->viewer.twcc = twcc_recorder_new(50 * USEC_PER_MSEC);
    receive_stream_init(&sim->viewer.stream, DOWN_SSRC, 90000);
    receive_stream_init(&sim->viewer.audio, DOWN_AUDIO_SSRC, 48000);
    sim->next_frame = (usec_t)rng_below(&sim->rng, (uint64_t)USEC_PER_SEC / 30);
    for (unsigned i = 0; i < ENCODINGS; i++) {
        struct sent *sent = &sim->encodings[i];
        sent->stream = (struct published_stream){.ssrc = UP_SSRC + i, .payload_type = VP8, .clock_rate = 90000};
        sent->stream.sequence = (uint16_t)rng_u32(&sim->rng);
        sent->frame = rng_u32(&sim->rng) & 0x7fff;
        sent->stream.timestamp_start = rng_u32(&sim->rng);
    }
    sim->audio = (struct published_stream){.ssrc = UP_AUDIO_SSRC, .payload_type = OPUS, .clock_rate = 48000};
    direction_init(&sim->down, &scenario->link, seed + 1, 0);
    direction_init(&sim->up, &way_back, seed + 2, 0);
    sim_join(sim);
    return sim;
}

static void run(struct sim *sim)
{
    for (sim->now = 0; sim->now < sim->scenario->end; sim->now += TICK) {
        unsigned phase = phase_of(sim);
        if (phase > 0 && sim->now == sim->scenario->phases[phase].at)
            set_rate(&sim->down, sim->scenario->phases[phase].rate_bps, sim->now);
        tick(sim);
        if ((sim->now + TICK) % USEC_PER_SEC == 0)
            note_second(sim);
    }
}

struct sim *simulate(const struct scenario *scenario, uint64_t seed, bool is_traced)
{
    return simulate_call(scenario, NULL, NULL, seed, is_traced);
}

struct sim *simulate_call(const struct scenario *scenario, const struct publishing *publishing,
                          const struct download *download, uint64_t seed, bool is_traced)
{
    /* What a browser's encoder makes of 1280x720. */
    static const struct publishing browser = {.encoding_bps = {150e3, 500e3, 1600e3}};
    struct sim *sim = start(scenario, seed, is_traced);
    sim->publishing = publishing != NULL ? *publishing : browser;
    if (download != NULL)
        sim->download = *download;
    run(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    router_leave(sim->router, sim->publisher, sim->now);
    router_leave(sim->router, sim->viewer.participant, sim->now);
    router_free(sim->router);
    nack_free(sim->viewer.nack);
    twcc_recorder_free(sim->viewer.twcc);
    link_model_fini(&sim->down.link);
    link_model_fini(&sim->up.link);
    free(sim->down.datagrams);
    free(sim->up.datagrams);
    free(sim);
}
