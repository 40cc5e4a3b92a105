/* What a publisher's stack sends, before SRTP: a test says only what matters to it. */
#ifndef HEDDLE_TESTS_PUBLISHER_H
#define HEDDLE_TESTS_PUBLISHER_H

#include "transport/base/time.h"
#include "transport/wire/extension.h"
#include "transport/wire/packet.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/vp8_writer.h"

/* A packet; its parts are in the order of its bytes. */
struct published_packet {
    bool marker;
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    struct extension_map ids;     /* of the extensions below; 0: the packet is without it */
    const char *mid, *rid, *rrid; /* NULL: without it, too */
    uint8_t audio_level;          /* as on the wire (RFC 6464) */
    uint32_t send_time;           /* 24 bits, the last 18 of them for the fraction of a second */
    uint16_t transport_sequence;  /* transport-wide */
    bool is_empty;                /* no payload at all */
    bool is_rtx;                  /* the payload begins with the number of another packet (RFC 4588) */
    uint16_t original;            /* that number */
    bool is_vp8;                  /* `vp8` is written; else it is of another codec */
    struct vp8_part vp8;
    struct {
        const void *data; /* what follows */
        size_t length;
        size_t size; /* `fill` follows until the payload has so many bytes, besides the number that RTX begins with */
        uint8_t fill;
    } payload;
};

/* Returns the length, at most PACKET_CAPACITY: what is written must fit. */
size_t published_packet_write(uint8_t *out, const struct published_packet *packet);
/* The same once more, as RTX. */
struct published_packet published_packet_rtx(const struct published_packet *packet, uint32_t ssrc, uint8_t payload_type,
                                             uint16_t sequence);

/* What the stack remembers of a stream. */
struct published_stream {
    uint32_t ssrc;
    uint8_t payload_type;
    uint32_t clock_rate;
    uint32_t timestamp_start; /* at time 0 */
    uint16_t sequence;        /* of the next packet */
    uint32_t packets, bytes;  /* sent; of payload */
};

/* Writes its next packet, in which SSRC, payload type, sequence number and timestamp are filled in. */
size_t published_stream_write(struct published_stream *stream, uint8_t *out, struct published_packet *packet,
                              usec_t now);
/* Its sender report; `wall_us` is the same moment as `now`. */
void published_stream_report(const struct published_stream *stream, struct rtcp_writer *writer, usec_t now,
                             int64_t wall_us);

#endif
