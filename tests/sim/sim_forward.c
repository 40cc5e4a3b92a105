/* Thirty participants in one room, each publishing audio and VP8 with three temporal layers, over paths that lose,
 * reorder and duplicate. Somebody mutes, somebody unpublishes, somebody leaves, two come late. In the end every
 * receiver must hold every publication's frames in order, without a break in sequence numbers, picture ids or
 * timestamps. The same seed gives the same bytes. All that with the room on one core, and spread over three. Bounds are
 * about a tenth beside the worst of seeds 1 to 8.
 *
 * sim_forward [SEED [RUNS]], or both in the environment. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client.h"
#include "tests/support/outgoing.h"
#include "tests/support/runs.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define RUNS 8
#define COUNT 30
#define EARLY 28
#define TICK (5 * USEC_PER_MSEC)
#define MUTE_AT (1500 * USEC_PER_MSEC)
#define UNMUTE_AT (2600 * USEC_PER_MSEC)
#define UNPUBLISH_AT (2000 * USEC_PER_MSEC)
#define LEAVE_AT (2300 * USEC_PER_MSEC)
#define LATE_AT (2700 * USEC_PER_MSEC)
#define QUIET_AT (4500 * USEC_PER_MSEC)
#define TAIL (250 * USEC_PER_MSEC)
#define END_AT (6000 * USEC_PER_MSEC)
enum { MUTES, UNPUBLISHES, LEAVES };

static const struct network_link link_up = {0.02, 0.01, 15 * USEC_PER_MSEC, 12 * USEC_PER_MSEC};
static const struct network_link link_down = {0.02, 0.01, 15 * USEC_PER_MSEC, 12 * USEC_PER_MSEC};

struct sim {
    uint64_t seed, hash;
    unsigned cores;
    struct router *routers[CORES_MAX];
    struct network network;
    struct sim_client clients[COUNT];
    uint64_t sent_down, relayed;
    unsigned speaker_events;
    unsigned failures;
    /* sums over all received streams */
    uint64_t packets, frames, recovered, lost_for_good;
};

static void fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct sim *sim, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (sim->failures++ < 20) {
        fprintf(stderr, "seed %llu: ", (unsigned long long)sim->seed);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
    }
    va_end(arguments);
}

static void hash_bytes(struct sim *sim, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < length; i++)
        sim->hash = (sim->hash ^ bytes[i]) * 1099511628211u;
}

static unsigned core_of(const struct sim *sim, const struct sim_client *client)
{
    return client->index % sim->cores;
}

static void carry(struct sim *sim, unsigned from, const struct relay_outgoing *message, usec_t now)
{
    uint8_t bytes[4096];
    size_t length = message->head.length + message->body.length;
    if (length > sizeof bytes)
        abort();
    memcpy(bytes, message->head.data, message->head.length);
    if (message->body.length > 0)
        memcpy(bytes + message->head.length, message->body.data, message->body.length);
    int error = router_take_relay(sim->routers[message->to], from, bytes, length, now);
    if (error != 0 && error != ERR_NOT_FOUND)
        fail(sim, "a message of core %u is refused on %u: %d", from, message->to, error);
    sim->relayed++;
}

/* Whatever is relayed to a core is not relayed on by it, so one round is enough; what a message makes the other core
 * answer goes with the next one. */
static void relay(struct sim *sim, usec_t now)
{
    struct relay_outgoing message;
    for (unsigned from = 0; from < sim->cores; from++)
        while (router_poll_relay(sim->routers[from], &message)) {
            carry(sim, from, &message, now);
            router_relay_sent(sim->routers[from], true);
        }
}

static void flush_router(struct sim *sim, struct router *router, usec_t now)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, router, now)) {
        const struct sim_client *client =
            (const struct sim_client *)(uintptr_t)participant_connection(outgoing.participant);
        hash_bytes(sim, outgoing.data, outgoing.length);
        sim->sent_down += !outgoing.is_rtcp;
        network_send(&sim->network, &link_down, client->index, false, outgoing.is_rtcp, outgoing.data, outgoing.length,
                     now);
    }
    while (router_poll_event(router, &event))
        sim->speaker_events += event.type == ROUTER_EVENT_SPEAKERS && router == sim->routers[0];
}

static void deliver(struct sim *sim, const struct network_datagram *datagram, usec_t now)
{
    struct sim_client *client = &sim->clients[datagram->to];
    if (client->participant == NULL)
        return;
    if (!datagram->is_up && datagram->is_rtcp)
        sim_client_rtcp(client, datagram->data, datagram->length, now);
    else if (!datagram->is_up)
        sim_client_rtp(client, datagram->data, datagram->length, now);
    else if (datagram->is_rtcp)
        (void)participant_rtcp(client->participant, datagram->data, datagram->length, now, WALL_EPOCH + now);
    else
        (void)participant_rtp(client->participant, datagram->data, datagram->length, now);
}

static void join(struct sim *sim, struct sim_client *client, usec_t now)
{
    struct relay_endpoints others = {0};
    for (unsigned i = 0; i < sim->cores; i++)
        if (i != core_of(sim, client))
            others.numbers[others.count++] = (uint16_t)i;
    sim_client_join(client, COUNT, now);
    participant_relay_to(client->participant, &others, now);
}

static void leave(struct sim_client *client, usec_t now)
{
    router_leave(client->router, client->participant, now);
    client->participant = NULL;
}

/* What happens in the call, at its time. */
static void act(struct sim *sim, usec_t before, usec_t now)
{
#define HAPPENS(at) (before < (at) && now >= (at))
    struct sim_client *clients = sim->clients;
    if (HAPPENS(MUTE_AT))
        participant_mute(clients[MUTES].participant, "camera", true, now);
    if (HAPPENS(UNMUTE_AT))
        participant_mute(clients[MUTES].participant, "camera", false, now);
    if (HAPPENS(UNPUBLISH_AT)) {
        clients[UNPUBLISHES].sends[STREAM_VIDEO] = false;
        sim_client_configure(&clients[UNPUBLISHES], COUNT, now);
    }
    if (HAPPENS(LEAVE_AT))
        leave(&clients[LEAVES], now);
    for (unsigned i = EARLY; i < COUNT && HAPPENS(LATE_AT); i++)
        join(sim, &clients[i], now);
#undef HAPPENS
}

static usec_t next_instant(const struct sim *sim, usec_t now)
{
    usec_t next = network_next(&sim->network);
    for (unsigned i = 0; i < sim->cores; i++)
        next = usec_min(next, router_next(sim->routers[i]));
    for (unsigned i = 0; i < COUNT; i++)
        if (sim->clients[i].participant != NULL)
            next = usec_min(next, sim_client_next(&sim->clients[i]));
    return usec_min(usec_max(next, now + 1), now + TICK);
}

static void run(struct sim *sim)
{
    usec_t now = 1000, before = 0;
    for (unsigned i = 0; i < EARLY; i++)
        join(sim, &sim->clients[i], now);
    while (now < END_AT) {
        struct network_datagram *datagram;
        act(sim, before, now);
        while ((datagram = network_take(&sim->network, now)) != NULL) {
            deliver(sim, datagram, now);
            free(datagram);
        }
        for (unsigned i = 0; i < sim->cores; i++)
            if (router_next(sim->routers[i]) <= now)
                router_timeout(sim->routers[i], now, WALL_EPOCH + now);
        relay(sim, now);
        for (unsigned i = 0; i < sim->cores; i++)
            flush_router(sim, sim->routers[i], now);
        for (unsigned i = 0; i < COUNT; i++)
            if (sim->clients[i].participant != NULL)
                sim_client_tick(&sim->clients[i], now, now < QUIET_AT);
        before = now;
        now = next_instant(sim, now);
    }
}

static usec_t expected_end(const struct received *received)
{
    if (received->from == LEAVES)
        return LEAVE_AT;
    return received->from == UNPUBLISHES && received->stream == STREAM_VIDEO ? UNPUBLISH_AT : QUIET_AT;
}

/* What is lost just before its publication ends, or is muted, is never asked for in time. */
static bool is_cut_off(const struct received *received, const struct record *record)
{
    usec_t end = expected_end(received);
    bool is_muted = received->from == MUTES && received->stream == STREAM_VIDEO;
    return (end < QUIET_AT && record->captured > end - TAIL) ||
           (is_muted && record->captured > MUTE_AT - TAIL && record->captured <= MUTE_AT);
}

/* Between two packets that follow each other in the output. */
static void check_step(struct sim *sim, const struct received *received, const struct record *a, const struct record *b)
{
    bool is_same = a->frame == b->frame;
    int64_t elapsed = (b->captured - a->captured) * (int64_t)clock_rates[received->stream] / USEC_PER_SEC;
    int64_t step = timestamp_diff(b->timestamp, a->timestamp);
    bool is_pause = b->frame > a->frame + 1;
    if (b->frame < a->frame || (is_same && b->index != a->index + 1))
        fail(sim, "%s: frame %u.%u after %u.%u", received->mid, b->frame, b->index, a->frame, a->index);
    bool is_whole = a->index + 1 == a->count || (is_pause && is_cut_off(received, a));
    if (!is_same && (b->index != 0 || !is_whole))
        fail(sim, "%s: frame %u is not complete, %u begins", received->mid, a->frame, b->frame);
    if (is_pause && (received->from != MUTES || received->stream != STREAM_VIDEO || !b->is_key))
        fail(sim, "%s: frame %u follows %u", received->mid, b->frame, a->frame);
    if (step - elapsed > 2 || step - elapsed < -2)
        fail(sim, "%s: timestamp step %lld in %lld ticks", received->mid, (long long)step, (long long)elapsed);
    if (received->stream != STREAM_VIDEO)
        return;
    if (((b->picture - a->picture) & 0x7fff) != (is_same ? 0 : 1))
        fail(sim, "%s: picture id %u after %u", received->mid, b->picture, a->picture);
    if ((uint8_t)(b->tl0 - a->tl0) > 1)
        fail(sim, "%s: TL0PICIDX %u after %u", received->mid, b->tl0, a->tl0);
    if (b->marker != (b->index + 1 == b->count))
        fail(sim, "%s: marker of frame %u.%u", received->mid, b->frame, b->index);
}

/* From the first packet that can be decoded on. */
static const struct record *check_sequence(struct sim *sim, const struct received *received, const struct record **last)
{
    const struct record *first = NULL, *previous = NULL;
    for (int64_t number = received->first; number <= received->highest; number++) {
        const struct record *record = &received->records[number - received->first];
        if (first == NULL &&
            !(received->stream == STREAM_AUDIO ? record->is_here : sim_client_has_key(received, number)))
            continue;
        if (!record->is_here) {
            sim->lost_for_good += *last == NULL || !is_cut_off(received, *last);
            previous = NULL;
            continue;
        }
        sim->packets++;
        sim->frames += record->index == 0;
        if (first == NULL)
            first = record;
        if (previous != NULL)
            check_step(sim, received, previous, record);
        previous = *last = record;
    }
    return first;
}

static usec_t expected_start(const struct sim_client *client, const struct received *received)
{
    return client->index >= EARLY || received->from >= EARLY ? LATE_AT : 0;
}

static void check_received(struct sim *sim, const struct sim_client *client, const struct received *received)
{
    const struct record *last = NULL;
    usec_t start = expected_start(client, received), end = expected_end(received);
    if (end <= start) {
        if (received->started)
            fail(sim, "p%u %s: something came from one who had left", client->index, received->mid);
        return;
    }
    const struct record *first = check_sequence(sim, received, &last);
    if (first == NULL) {
        fail(sim, "p%u %s: nothing came", client->index, received->mid);
        return;
    }
    if (first->captured > start + 700 * USEC_PER_MSEC)
        fail(sim, "p%u %s: begins only after %lld ms", client->index, received->mid,
             (long long)(first->captured - start) / 1000);
    if (last->captured < end - 107 * USEC_PER_MSEC)
        fail(sim, "p%u %s: ends at %lld ms", client->index, received->mid, (long long)last->captured / 1000);
    if (received->contradictions + received->foreign > 0)
        fail(sim, "p%u %s: %llu packets differ under one number, %llu are far off", client->index, received->mid,
             (unsigned long long)received->contradictions, (unsigned long long)received->foreign);
    sim->recovered += received->recovered;
}

/* How far the time of capture that a receiver reckons from sender reports is from the true one. */
static bool playout_offset(const struct received *received, int64_t *offset)
{
    const struct rtcp_sender_info *sr = &received->stats.sr;
    if (!received->stats.has_sr)
        return false;
    const struct record *last = &received->records[received->highest - received->first];
    int64_t ticks = timestamp_diff(last->timestamp, sr->rtp_timestamp);
    *offset = wall_us_from_ntp(sr->ntp) + ticks * USEC_PER_SEC / clock_rates[received->stream] -
              (WALL_EPOCH + last->captured);
    return true;
}

static void check_lip_sync(struct sim *sim, const struct sim_client *client)
{
    int64_t offsets[COUNT][STREAMS];
    bool known[COUNT][STREAMS] = {0};
    for (size_t i = 0; i < client->received_count; i++) {
        const struct received *received = &client->received[i];
        known[received->from][received->stream] = playout_offset(received, &offsets[received->from][received->stream]);
    }
    for (unsigned from = 0; from < COUNT; from++) {
        if (!known[from][STREAM_AUDIO] || !known[from][STREAM_VIDEO] || from == LEAVES || from == UNPUBLISHES)
            continue;
        int64_t apart = offsets[from][STREAM_AUDIO] - offsets[from][STREAM_VIDEO];
        /* A report that came with less delay than those before moves what is reckoned after it, of one and not of the
         * other. */
        if (apart > 365 || apart < -365)
            fail(sim, "p%u: audio and video of p%u are %lld us apart", client->index, from, (long long)apart);
        if (offsets[from][STREAM_AUDIO] < 13500 || offsets[from][STREAM_AUDIO] > 29700)
            fail(sim, "p%u: capture times of p%u are %lld us off", client->index, from,
                 (long long)offsets[from][STREAM_AUDIO]);
    }
}

static void check_participant(struct sim *sim, const struct sim_client *client)
{
    struct participant_stats stats;
    participant_get_stats(client->participant, &stats);
    if (stats.bad_packets + stats.unknown_payload + stats.egress_drops + client->errors > 0)
        fail(sim, "p%u: %llu bad, %llu unknown payloads, %llu drops, %llu errors at the client", client->index,
             (unsigned long long)stats.bad_packets, (unsigned long long)stats.unknown_payload,
             (unsigned long long)stats.egress_drops, (unsigned long long)client->errors);
    if (stats.rtt < 31 * USEC_PER_MSEC || stats.rtt > 54 * USEC_PER_MSEC)
        fail(sim, "p%u: RTT %lld us", client->index, (long long)stats.rtt);
    if (client->twcc_packets < 31)
        fail(sim, "p%u: %llu transport-wide feedback packets", client->index, (unsigned long long)client->twcc_packets);
    if (client->sent[STREAM_VIDEO].keyframes > 6)
        fail(sim, "p%u: %llu keyframes", client->index, (unsigned long long)client->sent[STREAM_VIDEO].keyframes);
    check_lip_sync(sim, client);
}

static void check(struct sim *sim)
{
    for (unsigned i = 0; i < COUNT; i++) {
        const struct sim_client *client = &sim->clients[i];
        if (client->participant == NULL)
            continue;
        for (size_t j = 0; j < client->received_count; j++)
            check_received(sim, client, &client->received[j]);
        check_participant(sim, client);
    }
    /* A packet is given up when it and its three resends are lost: 0.02^4. */
    if (sim->lost_for_good > 1)
        fail(sim, "%llu packets were never recovered", (unsigned long long)sim->lost_for_good);
    if (sim->recovered * 100 < sim->packets * 23)
        fail(sim, "only %llu of %llu packets came late: the paths did not lose", (unsigned long long)sim->recovered,
             (unsigned long long)sim->packets);
    if ((sim->cores > 1) != (sim->relayed > 0))
        fail(sim, "%llu messages were relayed between %u cores", (unsigned long long)sim->relayed, sim->cores);
    if (sim->speaker_events == 0)
        fail(sim, "nobody was noticed to speak");
}

static void sim_init(struct sim *sim, uint64_t seed, unsigned cores)
{
    *sim = (struct sim){.seed = seed, .cores = cores, .hash = 14695981039346656037u};
    for (unsigned i = 0; i < cores; i++) /* an estimate that is no limit: every link carries everything */
        sim->routers[i] = router_new(&(struct router_config){.start_bps = 100000000}, seed + i);
    rng_init(&sim->network.rng, seed ^ 0x9e3779b97f4a7c15u);
    for (unsigned i = 0; i < COUNT; i++)
        sim_client_init(&sim->clients[i], i, sim->routers[i % cores], &sim->network, &link_up, seed);
}

static void sim_fini(struct sim *sim)
{
    struct router_stats stats;
    for (unsigned i = 0; i < COUNT; i++) {
        if (sim->clients[i].participant != NULL)
            leave(&sim->clients[i], END_AT);
        sim_client_fini(&sim->clients[i]);
    }
    relay(sim, END_AT);
    for (unsigned i = 0; i < sim->cores; i++) {
        router_get_stats(sim->routers[i], &stats);
        if (stats.rooms + stats.participants + stats.relayed_publishers + stats.publications + stats.slots +
                stats.packets_held >
            0)
            fail(sim, "the room is empty, but something is still held");
        router_free(sim->routers[i]);
    }
    network_fini(&sim->network);
}

static uint64_t simulate(uint64_t seed, unsigned cores, unsigned *failures)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    sim_init(sim, seed, cores);
    run(sim);
    check(sim);
    sim_fini(sim);
    uint64_t hash = sim->hash;
    *failures += sim->failures;
    printf("seed %llu, %u cores: %llu packets sent, %llu received in %llu frames, %llu recovered, %llu lost for good; "
           "network lost %llu of %llu; hash %016llx\n",
           (unsigned long long)seed, cores, (unsigned long long)sim->sent_down, (unsigned long long)sim->packets,
           (unsigned long long)sim->frames, (unsigned long long)sim->recovered, (unsigned long long)sim->lost_for_good,
           (unsigned long long)sim->network.lost, (unsigned long long)sim->network.sent, (unsigned long long)hash);
    free(sim);
    return hash;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (uint64_t seed = runs.seed; seed < runs.end; seed++)
        for (unsigned cores = 1; cores <= CORES_MAX; cores += CORES_MAX - 1) {
            uint64_t hash = simulate(seed, cores, &failures);
            if (seed == runs.seed && simulate(seed, cores, &failures) != hash) {
                fprintf(stderr, "seed %llu, %u cores: two runs sent different bytes\n", (unsigned long long)seed,
                        cores);
                failures++;
            }
        }
    return failures == 0 ? 0 : 1;
}
