/* What the parts of the tool share: a connection by hand, and the floods that go over it. */
#ifndef HEDDLE_TESTS_HOSTILE_H
#define HEDDLE_TESTS_HOSTILE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stun/stunagent.h>

#include "transport/net/ice.h"
#include "transport/peer/peer.h"

#define DATAGRAM_MAX 1500
#define HOSTILE_SSRC 0x5eed5eedu
#define FLOOD_BATCH 32
#define FRAME_HEADER 2 /* RFC 4571: the length */
#define STREAM_OUT (FLOOD_BATCH * (FRAME_HEADER + DATAGRAM_MAX))

/* What goes over ICE-TCP, and has come. */
struct stream {
    uint8_t out[STREAM_OUT], in[FRAME_HEADER + UINT16_MAX];
    size_t out_length, in_length;
};

struct hostile {
    int fd;
    struct sockaddr_in server;
    bool is_mute, is_stream;
    struct stream stream;
    struct ice_credentials local; /* as in the offer */
    struct ice_credentials remote;
    uint16_t victim_port;
    uint32_t flood_ssrc;
    struct peer_config config;
    struct peer *peer;
    StunAgent agent;
    bool is_answered; /* a check was: DTLS may go */
    unsigned media;   /* packets that came */
    usec_t next_check;
};

/* The connection (transport.c). */

/* `from`: another address of this machine; NULL: as the system chooses. */
int hostile_open(const struct hostile *hostile, const char *from);
void hostile_transmit(struct hostile *hostile, const uint8_t *data, size_t length);
/* Over ICE-TCP: room for one more datagram; false: not until the server reads. */
bool hostile_has_room(const struct hostile *hostile);
void hostile_add_frame(struct hostile *hostile, const uint8_t *data, size_t length);
void hostile_push(struct hostile *hostile);
size_t hostile_check(struct hostile *hostile, uint8_t data[DATAGRAM_MAX]); /* the next STUN check */
void hostile_flush(struct hostile *hostile);
/* Runs until the connection is settled one way or the other, or `end`. */
void hostile_run(struct hostile *hostile, usec_t end, bool until_settled);

/* Floods, until `end`, while the connection is kept alive (floods.c): how many datagrams were sent. */

unsigned flood_checks(struct hostile *hostile, usec_t end);
unsigned flood_hellos(struct hostile *hostile, usec_t end);
unsigned flood_packets(struct hostile *hostile, usec_t end);
unsigned flood_stream(struct hostile *hostile, usec_t end);
unsigned flood_pictures(struct hostile *hostile, usec_t end);
unsigned flood_nacks(struct hostile *hostile, usec_t end);
unsigned flood_strange(struct hostile *hostile, usec_t end);
unsigned flood_red(struct hostile *hostile, usec_t end);
unsigned flood_keyframe_requests(struct hostile *hostile, usec_t end);
unsigned flood_data(struct hostile *hostile, usec_t end);

#endif
