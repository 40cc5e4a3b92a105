/* Random RTP and RTCP from both participants of a room of two, with time passing. The input is a list of
 * {who and what: 1 byte, milliseconds: 1 byte, length: 2 bytes, bytes}. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "router/router.h"
#include "tests/fuzz/router/discard.h"
#include "tests/support/pieces.h"

#define WALL INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_line(struct media *media, const char *mid, enum media_kind kind, uint32_t ssrc, uint8_t shift)
{
    static const enum codec video[] = {CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1};
    *media = (struct media){.kind = kind, .receive = ssrc == 0, .send = ssrc != 0, .send_ssrc = ssrc};
    snprintf(media->mid, sizeof media->mid, "%s", mid);
    for (size_t i = 0; i < (kind == MEDIA_VIDEO ? 4u : 1u); i++)
        media->codecs[media->codec_count++] = (struct media_codec){
            .codec = kind == MEDIA_VIDEO ? video[i] : CODEC_OPUS,
            .payload_type = (uint8_t)(96 + i * 2 + shift + (kind == MEDIA_VIDEO ? 0 : 15)),
            .rtx_payload_type = kind == MEDIA_VIDEO ? (uint8_t)(97 + i * 2 + shift) : MEDIA_PAYLOAD_TYPE_NONE,
            .clock_rate = kind == MEDIA_VIDEO ? 90000 : 48000,
            .channels = kind == MEDIA_VIDEO ? 1 : 2,
            .nack = true,
            .pli = true,
        };
    for (unsigned i = 0; i < EXTENSION_COUNT; i++)
        media->extensions.id[i] = (uint8_t)(i + 1);
    media->extmap_allow_mixed = shift != 0;
    if (kind == MEDIA_VIDEO && ssrc != 0)
        media->send_rtx_ssrc = ssrc + 1;
    if (kind == MEDIA_VIDEO && ssrc == 0) {
        media->encoding_count = 3;
        for (int i = 0; i < 3; i++)
            snprintf(media->encodings[i].rid, sizeof media->encodings[i].rid, "%c", "qhf"[i]);
    }
}

static void configure(struct participant *participant, const char *other, uint8_t shift)
{
    struct media media[4];
    struct router_send sends[] = {{"a", "microphone", false}, {"v", "camera", false}};
    struct router_receive receives[] = {{.mid = "ra"}, {.mid = "rv"}};
    make_line(&media[0], "a", MEDIA_AUDIO, 0, shift);
    make_line(&media[1], "v", MEDIA_VIDEO, 0, shift);
    make_line(&media[2], "ra", MEDIA_AUDIO, 1000, shift);
    make_line(&media[3], "rv", MEDIA_VIDEO, 2000, shift);
    snprintf(receives[0].publication, sizeof receives[0].publication, "%s/microphone", other);
    snprintf(receives[1].publication, sizeof receives[1].publication, "%s/camera", other);
    participant_configure(participant, media, 4, sends, 2, receives, 2, 0);
}

static void act(struct participant *participant, unsigned what, const uint8_t *data, size_t length, usec_t now)
{
    switch (what) {
    case 0:
    case 1:
    case 2:
        (void)participant_rtp(participant, data, length, now);
        break;
    case 3:
    case 4:
    case 5:
        (void)participant_rtcp(participant, data, length, now, WALL + now);
        break;
    case 6:
        (void)participant_mute(participant, length % 2 == 0 ? "camera" : "microphone", length % 4 < 2, now);
        break;
    default:
        participant_set_ready(participant, length % 4 != 0, now);
        configure(participant, length % 8 < 6 ? "q" : "p", length % 3 == 0);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct router *router = router_new(&(struct router_config){.packet_limit = 256}, 1);
    struct participant *participants[2];
    struct pieces pieces = {data, size};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    router_join(router, &participants[0], "room", "p", 1, now);
    router_join(router, &participants[1], "room", "q", 2, now);
    for (unsigned i = 0; i < 2; i++) {
        configure(participants[i], i == 0 ? "q" : "p", (uint8_t)i);
        participant_set_ready(participants[i], true, now);
    }
    while (pieces_next(&pieces, 4, 1600, &piece)) {
        unsigned control = piece.head[0];
        now += usec_from_ms(piece.head[1]);
        act(participants[control & 1], (control >> 1) & 7, piece.data, piece.length, now);
        if (router_next(router) <= now)
            router_timeout(router, now, WALL + now);
        discard_output(router, now);
    }
    if (pieces.size == 1)
        router_leave(router, participants[0], now);
    router_free(router);
    return 0;
}
