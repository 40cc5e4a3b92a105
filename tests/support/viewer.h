/* What a viewer's stack makes of what it is sent, and what it answers. */
#ifndef HEDDLE_TESTS_VIEWER_H
#define HEDDLE_TESTS_VIEWER_H

#include "transport/wire/extension.h"
#include "transport/wire/media.h"

struct viewed_packet {
    struct rtp_header rtp;               /* as it came */
    char mid[MEDIA_MID_MAX + 1];         /* "": without */
    int audio_level, transport_sequence; /* -1: without */
    bool is_rtx;
    /* Of RTX the packet that it repairs (RFC 4588); of RTX without a number what came. */
    uint16_t sequence;
    const uint8_t *payload;
    size_t payload_length;
};

/* Reads `data`, which `packet` goes on pointing into: 0, or what is wrong with it. */
int viewed_packet_read(struct viewed_packet *packet, const struct extension_map *ids, uint8_t rtx_payload_type,
                       const uint8_t *data, size_t length);

#define VIEWER_SIGN_MAX 20
/* A sign of life: an RR that says nothing, and a PLI unless `pli_ssrc` is 0. Returns the length. */
size_t viewer_write_sign(uint8_t out[VIEWER_SIGN_MAX], uint32_t pli_ssrc);

#endif
