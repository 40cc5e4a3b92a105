/* As much as one core can send of one kind. */
#include "tests/tools/hostile/hostile.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/bytes.h"
#include "transport/net/clock.h"
#include "transport/wire/envelope.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"
#include "transport/wire/vp8_writer.h"

#define MEDIA_FLOOD 50000 /* packets a second */
/* A descriptor without fields, and the head of a frame. */
#define SMALL_PAYLOAD (1 + VP8_HEAD_SIZE)
#define NACK_ENTRIES 16
#define REQUEST_STORM 1000 /* a second */
#define RED_STORM 400      /* packets a second: the router's budget for audio takes them */
#define DATA_MALFORMED 100 /* each hundredth message is */
#define SCTP_PORT 5000
#define COMPOUND_MAX 1350 /* what SRTCP adds fits beside it */

typedef size_t filler(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX]);

/* While the connection is kept alive. `per_second` 0: as fast as it goes. */
static unsigned flood(struct hostile *hostile, int fd, filler *fill, unsigned per_second, usec_t end)
{
    static uint8_t data[FLOOD_BATCH][DATAGRAM_MAX];
    struct mmsghdr messages[FLOOD_BATCH];
    struct iovec vectors[FLOOD_BATCH];
    unsigned sent = 0;
    uint32_t number = 0;
    usec_t next_run = 0, start = clock_now();
    for (usec_t now; (now = clock_now()) < end;) {
        if (per_second > 0 && (now - start) * per_second / USEC_PER_SEC < (usec_t)number) {
            hostile_run(hostile, now + USEC_PER_MSEC, false);
            continue;
        }
        for (int i = 0; i < FLOOD_BATCH; i++) {
            vectors[i] = (struct iovec){data[i], fill(hostile, number++, data[i])};
            messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
        }
        int count = sendmmsg(fd, messages, FLOOD_BATCH, 0);
        sent += count > 0 ? (unsigned)count : 0;
        if (now >= next_run) {
            hostile_run(hostile, now + USEC_PER_MSEC, false);
            next_run = now + usec_from_ms(50);
        }
    }
    return sent;
}

static size_t fill_check(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static uint8_t once[DATAGRAM_MAX];
    static size_t length;
    if (number == 0)
        length = hostile_check(hostile, once);
    memcpy(data, once, length);
    return length;
}

static size_t fill_hello(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static uint8_t once[DATAGRAM_MAX];
    static size_t length;
    if (number == 0) {
        struct peer *peer = peer_new(&hostile->config);
        peer_start(peer, clock_now());
        length = peer_poll(peer, once, sizeof once);
        peer_free(peer);
    }
    memcpy(data, once, length);
    put_u32(data + 7, number);            /* the record's number */
    put_u16(data + 17, (uint16_t)number); /* the message's */
    return length;
}

static size_t fill_media(struct hostile *hostile, const struct rtp_header *header, const void *payload, uint8_t *data)
{
    size_t length = RTP_HEADER_SIZE + SMALL_PAYLOAD;
    rtp_write_fixed(data, header, false);
    memcpy(data + RTP_HEADER_SIZE, payload, SMALL_PAYLOAD);
    return peer_protect_rtp(hostile->peer, data, &length) == 0 ? length : 0;
}

static size_t fill_packet(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static const uint8_t opus[SMALL_PAYLOAD] = {0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct rtp_header header = {
        .payload_type = 111, .sequence = (uint16_t)number, .timestamp = number * 960, .ssrc = hostile->flood_ssrc};
    return fill_media(hostile, &header, opus, data);
}

static size_t fill_picture(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static const struct vp8_part keyframe = {.is_start = true, .is_key = true, .width = 16, .height = 16};
    uint8_t vp8[VP8_PART_MAX];
    struct rtp_header header = {.payload_type = 96,
                                .marker = true,
                                .sequence = (uint16_t)number,
                                .timestamp = number * 1800,
                                .ssrc = hostile->flood_ssrc};
    (void)vp8_write_part(vp8, &keyframe);
    return fill_media(hostile, &header, vp8, data);
}

/* An empty report, then one NACK after the other, each for 16 runs of 17 packets. */
static size_t fill_nacks(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    struct rtcp_writer writer;
    uint16_t lost[NACK_ENTRIES * 17], first = (uint16_t)(number * 17);
    rtcp_writer_init(&writer, data, COMPOUND_MAX);
    (void)rtcp_write_rr(&writer, HOSTILE_SSRC, NULL, 0);
    do {
        for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
            lost[i] = first++;
    } while (rtcp_write_nack(&writer, HOSTILE_SSRC, hostile->flood_ssrc, lost, sizeof lost / sizeof lost[0]) == 0);
    return peer_protect_rtcp(hostile->peer, data, &writer.length) == 0 ? writer.length : 0;
}

/* Headers of RFC 2198 as no encoder writes them. */
static size_t fill_red(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static const uint8_t payloads[][SMALL_PAYLOAD] = {
        {0xef, 0x0f, 0, 4, 111, 1, 2, 3, 4, 9},                             /* as it should be */
        {0xef, 0x0f, 0, 255, 111, 1, 2, 3},                                 /* an older block longer than the packet */
        {0xef, 0, 0, 0, 0xef, 0, 0, 0, 0xef, 0, 0},                         /* no last header */
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* the same, of ones */
        {0xbf, 0x0f, 0, 2, 63, 0xbf, 0xff, 1, 2, 3, 4},                     /* RED in RED */
        {0xef, 0xff, 0xfc, 1, 111, 1, 2, 3},                                /* the largest offset */
        {0x80, 0, 0, 6, 0, 1, 2, 3, 4, 5, 6}, /* another codec, and nothing of the newest */
        {96, 1, 2, 3},                        /* video */
    };
    struct rtp_header header = {
        .payload_type = 63, .sequence = (uint16_t)number, .timestamp = number * 960, .ssrc = hostile->flood_ssrc};
    return fill_media(hostile, &header, payloads[number % (sizeof payloads / sizeof payloads[0])], data);
}

static size_t fill_keyframe_request(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, COMPOUND_MAX);
    (void)rtcp_write_rr(&writer, HOSTILE_SSRC, NULL, 0);
    if (number % 2 == 0)
        (void)rtcp_write_pli(&writer, HOSTILE_SSRC, hostile->flood_ssrc);
    else
        (void)rtcp_write_fir(&writer, HOSTILE_SSRC, hostile->flood_ssrc, (uint8_t)number);
    return peer_protect_rtcp(hostile->peer, data, &writer.length) == 0 ? writer.length : 0;
}

unsigned flood_stream(struct hostile *hostile, usec_t end)
{
    uint8_t data[DATAGRAM_MAX];
    uint32_t number = 0;
    usec_t next_run = 0;
    for (usec_t now; (now = clock_now()) < end;) {
        while (hostile_has_room(hostile)) {
            size_t length = fill_packet(hostile, number++, data);
            hostile_add_frame(hostile, data, length);
        }
        hostile_push(hostile);
        if (now >= next_run) {
            hostile_run(hostile, now + USEC_PER_MSEC, false);
            next_run = now + usec_from_ms(50);
        }
    }
    return number;
}

static size_t fill_strange(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    (void)hostile;
    memset(data, 0, 100);
    data[0] = 0x80;
    put_u32(data + 2, number);
    return 100;
}

unsigned flood_checks(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_check, 0, end);
}

unsigned flood_hellos(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_hello, 0, end);
}

unsigned flood_packets(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_packet, MEDIA_FLOOD, end);
}

unsigned flood_pictures(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_picture, MEDIA_FLOOD, end);
}

unsigned flood_nacks(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_nacks, 0, end);
}

unsigned flood_strange(struct hostile *hostile, usec_t end)
{
    int fd = hostile_open(hostile, NULL);
    unsigned sent = flood(hostile, fd, fill_strange, 0, end);
    close(fd);
    return sent;
}

unsigned flood_red(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_red, RED_STORM, end);
}

unsigned flood_keyframe_requests(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_keyframe_request, REQUEST_STORM, end);
}

/* Small messages to all, as many as SCTP takes. */
unsigned flood_data(struct hostile *hostile, usec_t end)
{
    static const uint8_t payload[100];
    uint8_t frame[ENVELOPE_HEAD_MAX + sizeof payload], taken[ASSOCIATION_MESSAGE_MAX];
    unsigned sent = 0;
    peer_enable_data(hostile->peer, SCTP_PORT, true, clock_now());
    while (clock_now() < end) {
        hostile_run(hostile, clock_now() + USEC_PER_MSEC, false);
        for (;;) {
            struct envelope envelope = {
                .policy = ENVELOPE_UNORDERED, .sequence = sent + 1, .payload = {payload, sizeof payload}};
            size_t length = envelope_write(&envelope, frame);
            if (sent % DATA_MALFORMED == DATA_MALFORMED - 1)
                length--;
            if (peer_data_send(hostile->peer, frame, length, ASSOCIATION_UNORDERED) != 0)
                break;
            sent++;
        }
        while (peer_data_receive(hostile->peer, taken) > 0)
            ;
        hostile_flush(hostile);
    }
    return sent;
}
