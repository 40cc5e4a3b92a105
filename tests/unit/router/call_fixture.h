/* One publisher "p" and one subscriber "s" of a router, and what it sent to each. For tests of the whole core. */
#ifndef HEDDLE_TESTS_ROUTER_CALL_FIXTURE_H
#define HEDDLE_TESTS_ROUTER_CALL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/viewer.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define PACKETS_MAX 256

enum { ID_MID = 1, ID_RID = 2, ID_RRID = 3, ID_LEVEL = 4 };
enum { UP_VP8 = 96, UP_RTX = 97, UP_OPUS = 111, DOWN_VP8 = 100, DOWN_RTX = 101, DOWN_OPUS = 109 };
enum { SLOT_AUDIO = 1000, SLOT_VIDEO = 2000, SLOT_VIDEO_RTX = 2001 };

struct outbox {
    size_t count;
    struct rtp_header packets[PACKETS_MAX];
    uint8_t payloads[PACKETS_MAX][16];
    bool has_mid[PACKETS_MAX];
    unsigned rtcp_packets, plis, nacks, byes;
    uint16_t nacked;
    bool has_sr, has_report;
    struct rtcp_sender_info sr;
    struct rtcp_report_block report;
};

struct fixture {
    struct router *router;
    struct participant *p, *s;
    struct outbox to_p, to_s;
    struct media up[2], down[2];
    usec_t now;
};

/* They have joined and are ready; the publisher's video has so many encodings. */
struct fixture *set_up(size_t encodings);
/* Both leave (the publisher unless it is NULL), and nothing may be left in the router. */
void tear_down(struct fixture *fixture);
/* Tells the router what the publisher sends: audio, and video if `send_count` is 2. */
void configure_p(struct fixture *fixture, size_t send_count);
/* Tells it what the subscriber receives. */
void configure_s(struct fixture *fixture, size_t lines);
/* Takes what the router has to send, to either. */
void drain(struct fixture *fixture);
/* Time passes in small steps, as timers want. */
void pass(struct fixture *fixture, usec_t duration);

/* From the publisher; returns what the router says of it. What comes out is taken. */
int send_packet(struct fixture *fixture, const struct published_packet *packet);
void send_sr(struct fixture *fixture, uint32_t ssrc, uint32_t timestamp);
void nack_many_from_s(struct fixture *fixture, uint32_t ssrc, const uint16_t *lost, size_t count);
void nack_from_s(struct fixture *fixture, uint32_t ssrc, uint16_t lost);
/* The last packet to the subscriber. */
const struct rtp_header *last(const struct fixture *fixture);

#define VP8_PACKET(...)                                                                                                \
    (&(struct published_packet){.is_vp8 = true, .vp8.is_start = true, .vp8.has_picture = true, __VA_ARGS__})
#define VIDEO(...) VP8_PACKET(.payload_type = UP_VP8, __VA_ARGS__)
#define RTX(...) VP8_PACKET(.payload_type = UP_RTX, .is_rtx = true, __VA_ARGS__)
#define AUDIO(...)                                                                                                     \
    (&(struct published_packet){.payload_type = UP_OPUS, .payload = {.data = "wwwwwwwwww", .length = 10}, __VA_ARGS__})

#endif
