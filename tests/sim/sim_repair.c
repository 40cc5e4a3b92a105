/* Large keyframes over links that lose: a C client's send track, the router, and a C client's receive track. 17 frames
 * of 1,600 packets each at 28 Mbit/s, with a round trip of 100 ms (or 200) on both links: so many packets are under way
 * that what is lost of a frame is asked for hundreds of packets later. Every frame must come out whole, without another
 * keyframe.
 *
 * sim_repair [seed], or SEED in the environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/rtp/receive_track.h"
#include "client/rtp/send_track.h"
#include "router/router.h"
#include "tests/sim/network.h"
#include "tests/support/outgoing.h"
#include "tests/support/runs.h"
#include "tests/support/video_line.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/wire/vp8_writer.h"

#define FRAMES 17
#define FRAME_PACKETS 1600
#define PACKET_SPACING 328 /* us: 28 Mbit/s in packets of 1,150 bytes */
#define TICK (USEC_PER_MSEC / 4)
#define WALL_EPOCH INT64_C(1700000000000000)
#define START_BPS UINT64_C(60000000)

enum { UP_SSRC = 20, UP_RTX_SSRC, DOWN_SSRC = 1000, DOWN_RTX_SSRC };
enum { ID_MID = 1, ID_TWCC = 2 };
enum { PUBLISHER, VIEWER };

struct plan {
    const char *name;
    struct network_link up, down;
    unsigned burst;  /* so many packets in a row are lost on the way up in each frame */
    usec_t interval; /* of frames: what is resent needs its share of the link, too */
    /* A tenth beside what the default seed has: resent on the way up and to the viewer, and PLIs. */
    unsigned most_resent, most_recovered, most_plis;
};

struct sim {
    const struct plan *plan;
    usec_t now, next_packet, next_frame, next_report;
    struct rng rng;
    struct network network;
    struct router *router;
    struct participant *participants[2];
    struct packet_pool *pool;
    struct send_track *track;
    struct receive_track *received;
    struct twcc_recorder *twcc;
    uint8_t *picture;
    size_t picture_length;
    unsigned sent_frames, frame_packets, whole_frames;
    uint64_t up_packets, down_packets;
};

static struct media make_line(void)
{
    struct media line = video_line("v");
    line.extensions.id[EXTENSION_MID] = ID_MID;
    return line;
}

static void join(struct sim *sim)
{
    const struct router_send send = {.mid = "v", .source = "camera"};
    const struct router_receive receive = {.mid = "v", .publication = "p/camera"};
    struct media up = make_line(), down = make_line(), sending = make_line(), receiving = make_line();
    up.receive = down.send = true;
    up.encoding_count = receiving.encoding_count = 1;
    up.encodings[0] = (struct media_encoding){.ssrc = UP_SSRC, .rtx_ssrc = UP_RTX_SSRC};
    receiving.encodings[0] = (struct media_encoding){.ssrc = DOWN_SSRC, .rtx_ssrc = DOWN_RTX_SSRC};
    sending.send_ssrc = UP_SSRC;
    sending.send_rtx_ssrc = UP_RTX_SSRC;
    down.send_ssrc = DOWN_SSRC;
    down.send_rtx_ssrc = DOWN_RTX_SSRC;
    down.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = receiving.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC;
    if (router_join(sim->router, &sim->participants[PUBLISHER], "room", "p", PUBLISHER, sim->now) != 0 ||
        router_join(sim->router, &sim->participants[VIEWER], "room", "s", VIEWER, sim->now) != 0)
        abort();
    participant_configure(sim->participants[PUBLISHER], &up, 1, &send, 1, NULL, 0, sim->now);
    participant_configure(sim->participants[VIEWER], &down, 1, NULL, 0, &receive, 1, sim->now);
    for (int i = PUBLISHER; i <= VIEWER; i++)
        participant_set_ready(sim->participants[i], true, sim->now);
    sim->track = send_track_new(&(struct send_track_config){.media = &sending}, sim->pool, &sim->rng);
    sim->received = receive_track_new(&receiving);
    receive_track_set_rtt(sim->received, sim->plan->down.delay * 2);
}

/* The publisher: a frame is cut at once, and leaves at the rate of its link. */
static void send_media(struct sim *sim)
{
    if (sim->now >= sim->next_frame && sim->sent_frames < FRAMES) {
        const struct coded_frame frame = {.data = sim->picture,
                                          .length = sim->picture_length,
                                          .keyframe = true,
                                          .timestamp = (uint32_t)(sim->now * 9 / 100)};
        send_track_video(sim->track, 0, &frame, sim->now);
        sim->next_frame += sim->plan->interval;
        sim->sent_frames++;
        sim->frame_packets = 0;
    }
    for (struct packet *packet; sim->next_packet <= sim->now; sim->next_packet += PACKET_SPACING) {
        if ((packet = send_track_poll(sim->track)) == NULL) {
            sim->next_packet = sim->now + TICK;
            return;
        }
        unsigned number = sim->frame_packets++;
        bool is_cut = number >= 300 && number < 300 + sim->plan->burst;
        if (!is_cut)
            network_send(&sim->network, &sim->plan->up, PUBLISHER, true, false, packet->data, packet->length, sim->now);
        sim->up_packets++;
        packet_release(packet);
    }
}

static void take_publisher_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_report_block block;
    struct report_sum ignored = {0};
    uint32_t sender, media;
    uint16_t lost[512];
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1) {
        if (packet.type == RTCP_RR && rtcp_read_report(&packet, 0, &block) == 0)
            send_track_report(sim->track, &block, &ignored, sim->now, WALL_EPOCH + sim->now);
        if (packet.type == RTCP_RTPFB && packet.count == RTPFB_NACK &&
            rtcp_read_feedback(&packet, &sender, &media) == 0) {
            int count = rtcp_read_nack(&packet, lost, 512);
            send_track_nack(sim->track, media, lost, (size_t)count, sim->now);
        }
    }
}

/* The viewer */

static void take_media(struct sim *sim, const uint8_t *data, size_t length)
{
    static const struct extension_map map = {
        .id = {[EXTENSION_MID] = ID_MID, [EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC}};
    struct packet *packet = packet_copy(sim->pool, data, length);
    struct received_frame frame;
    if (packet == NULL || rtp_parse(&packet->rtp, packet->data, packet->length) != 0 ||
        extension_parse(&packet->extensions, &map, packet->data, &packet->rtp) != 0)
        abort();
    packet->arrival = sim->now;
    if (packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(sim->twcc,
                             get_u16(packet->data + packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset),
                             DOWN_SSRC, sim->now);
    (void)receive_track_packet(sim->received, packet, sim->now);
    packet_release(packet);
    while (receive_track_frame(sim->received, &frame, sim->now))
        sim->whole_frames +=
            frame.length == sim->picture_length && memcmp(frame.data, sim->picture, sim->picture_length) == 0;
}

static void take_viewer_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_sender_info info;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (packet.type == RTCP_SR && rtcp_read_sr(&packet, &info) == 0)
            (void)receive_track_sr(sim->received, &info, sim->now);
}

static void send_feedback(struct sim *sim, struct rtcp_writer *writer)
{
    if (writer->length > 0)
        network_send(&sim->network, &sim->plan->down, VIEWER, true, true, writer->out, writer->length, sim->now);
}

static void tick_viewer(struct sim *sim)
{
    uint8_t data[PACKET_CAPACITY];
    uint16_t lost[64];
    struct rtcp_writer writer;
    struct rtcp_report_block block;
    size_t count;
    while ((count = receive_track_nack(sim->received, lost, 64, sim->now)) > 0) {
        rtcp_writer_init(&writer, data, sizeof data);
        rtcp_write_nack(&writer, 1, DOWN_SSRC, lost, count);
        send_feedback(sim, &writer);
    }
    rtcp_writer_init(&writer, data, 1200);
    if (receive_track_pli(sim->received, sim->now))
        rtcp_write_pli(&writer, 1, DOWN_SSRC);
    if (sim->now >= sim->next_report && receive_track_report(sim->received, &block, sim->now)) {
        sim->next_report = sim->now + USEC_PER_SEC / 2;
        rtcp_write_rr(&writer, 1, &block, 1);
    }
    while (sim->now >= twcc_recorder_next(sim->twcc) && twcc_recorder_write(sim->twcc, &writer, 1, sim->now))
        ;
    send_feedback(sim, &writer);
}

/* The router */

static void flush_router(struct sim *sim)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, sim->router, sim->now)) {
        unsigned to = (unsigned)participant_connection(outgoing.participant);
        network_send(&sim->network, to == VIEWER ? &sim->plan->down : &sim->plan->up, to, false, outgoing.is_rtcp,
                     outgoing.data, outgoing.length, sim->now);
        sim->down_packets += !outgoing.is_rtcp;
    }
    while (router_poll_event(sim->router, &event))
        ;
}

static void deliver(struct sim *sim, const struct network_datagram *datagram)
{
    if (datagram->is_up && datagram->is_rtcp)
        (void)participant_rtcp(sim->participants[datagram->to], datagram->data, datagram->length, sim->now,
                               WALL_EPOCH + sim->now);
    else if (datagram->is_up)
        (void)participant_rtp(sim->participants[datagram->to], datagram->data, datagram->length, sim->now);
    else if (datagram->to == PUBLISHER)
        take_publisher_rtcp(sim, datagram->data, datagram->length);
    else if (datagram->is_rtcp)
        take_viewer_rtcp(sim, datagram->data, datagram->length);
    else
        take_media(sim, datagram->data, datagram->length);
}

static void run(struct sim *sim)
{
    usec_t end = sim->now + FRAMES * sim->plan->interval + 2 * USEC_PER_SEC;
    for (; sim->now < end; sim->now += TICK) {
        struct network_datagram *datagram;
        while ((datagram = network_take(&sim->network, sim->now)) != NULL) {
            deliver(sim, datagram);
            free(datagram);
        }
        send_media(sim);
        tick_viewer(sim);
        if (router_next(sim->router) <= sim->now)
            router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
        flush_router(sim);
    }
}

/* A picture of so many packets: the packetizer takes a few bytes off each for the descriptor. */
static void draw(struct sim *sim)
{
    sim->picture_length = (size_t)FRAME_PACKETS * 1120;
    sim->picture = malloc(sim->picture_length);
    for (size_t i = 0; i < sim->picture_length; i++)
        sim->picture[i] = (uint8_t)rng_u32(&sim->rng);
    vp8_write_head(sim->picture, true, 3840, 2160);
}

static unsigned simulate(const struct plan *plan, uint64_t seed)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    struct send_track_stats sent;
    struct receive_track_stats received;
    struct publication_stats in;
    sim->plan = plan;
    sim->now = sim->next_packet = sim->next_frame = USEC_PER_SEC;
    rng_init(&sim->rng, seed);
    rng_init(&sim->network.rng, seed ^ 0x9e3779b97f4a7c15u);
    sim->router = router_new(&(struct router_config){.start_bps = START_BPS}, seed);
    sim->pool = packet_pool_new(16384);
    sim->twcc = twcc_recorder_new(50 * USEC_PER_MSEC);
    draw(sim);
    join(sim);
    run(sim);
    send_track_get_stats(sim->track, &sent);
    receive_track_get_stats(sim->received, &received);
    (void)participant_publications(sim->participants[PUBLISHER], &in, 1);
    bool is_fine = sim->whole_frames == FRAMES && received.recovered > 0 && sent.retransmissions > 0 &&
                   sent.retransmissions <= plan->most_resent && received.recovered <= plan->most_recovered &&
                   in.keyframe_requests <= plan->most_plis;
    printf("%s, seed %llu: %u of %u frames whole; %llu and %llu packets up and down, %llu and %llu resent of them, "
           "%llu PLIs%s\n",
           plan->name, (unsigned long long)seed, sim->whole_frames, FRAMES, (unsigned long long)sim->up_packets,
           (unsigned long long)sim->down_packets, (unsigned long long)sent.retransmissions,
           (unsigned long long)received.recovered, (unsigned long long)in.keyframe_requests, is_fine ? "" : " FAILED");
    receive_track_free(sim->received);
    send_track_free(sim->track);
    twcc_recorder_free(sim->twcc);
    router_free(sim->router);
    network_fini(&sim->network);
    packet_pool_free(sim->pool);
    free(sim->picture);
    free(sim);
    return is_fine ? 0 : 1;
}

int main(int argc, char **argv)
{
#define LINK(percent, ms)                                                                                              \
    {                                                                                                                  \
        (percent) / 100.0, 0, (ms)*USEC_PER_MSEC, 2 * USEC_PER_MSEC                                                    \
    }
    static const struct plan plans[] = {
        {"the way up loses 2 %, 100 ms", LINK(2, 50), LINK(0, 50), 0, 560 * USEC_PER_MSEC, 1607, 606, 4},
        {"the way down loses 2 %, 100 ms", LINK(0, 50), LINK(2, 50), 0, 560 * USEC_PER_MSEC, 6, 929, 11},
        {"both lose 1 %, 200 ms", LINK(1, 100), LINK(1, 100), 0, 560 * USEC_PER_MSEC, 777, 791, 9},
        {"600 packets in a row are lost on the way up, 100 ms", LINK(0, 50), LINK(0, 50), 600, 900 * USEC_PER_MSEC,
         11338, 381, 14},
    };
    uint64_t seed = runs_of(argc, argv, 1).seed;
    unsigned failures = 0;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        failures += simulate(&plans[i], seed);
    return failures == 0 ? 0 : 1;
}
