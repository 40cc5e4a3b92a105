/* What the C client receives, up to whole frames: any packets on m-lines of video and audio, with time passing. The
 * input is a list of {m-line and form: 1 byte, milliseconds: 1 byte, length: 2 bytes, bytes}. The bytes are a packet;
 * or a payload, whose header is made so that it belongs to the stream and goes on with its numbers. Video is of the
 * codecs that are decoded here, or, of an input of odd length, of the others. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "client/rtp/receive_track.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"
#include "transport/wire/rtp.h"

enum { SSRC = 7, RTX_SSRC = 8, PACKETS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
    struct receive_track *track;
    struct media media;
    uint16_t sequence;
    uint32_t timestamp;
};

static void open_line(struct line *line, enum media_kind kind, const enum codec codecs[2])
{
    bool is_audio = kind == MEDIA_AUDIO;
    *line = (struct line){.media = {.kind = kind, .receive = true, .encoding_count = 1}, .sequence = 65530};
    line->media.encodings[0].ssrc = SSRC;
    line->media.encodings[0].rtx_ssrc = RTX_SSRC;
    for (uint8_t i = 0; i < 2; i++)
        line->media.codecs[line->media.codec_count++] =
            (struct media_codec){.codec = codecs[i],
                                 .payload_type = (uint8_t)(96 + 2 * i),
                                 .rtx_payload_type = is_audio ? MEDIA_PAYLOAD_TYPE_NONE : (uint8_t)(97 + 2 * i),
                                 .primary_payload_type = is_audio && i == 1 ? 96 : MEDIA_PAYLOAD_TYPE_NONE,
                                 .clock_rate = is_audio ? 48000 : 90000,
                                 .channels = is_audio ? 2 : 1,
                                 .nack = true,
                                 .pli = true};
    line->track = receive_track_new(&line->media);
}

/* `form` chooses payload type, timestamp, the step of the numbers, and the marker. */
static size_t write_header(struct line *line, unsigned form, uint8_t *out)
{
    bool is_rtx = (form & 3) == 3 && line->media.kind == MEDIA_VIDEO;
    if ((form & 4) != 0)
        line->timestamp += 3000;
    line->sequence = (uint16_t)(line->sequence + ((form & 24) == 24 ? 300 : (form >> 3) & 3));
    rtp_write_fixed(out,
                    &(struct rtp_header){.payload_type = is_rtx ? 97 : (uint8_t)(96 + 2 * (form & 1)),
                                         .marker = (form & 32) != 0,
                                         .sequence = line->sequence,
                                         .timestamp = line->timestamp,
                                         .ssrc = is_rtx ? RTX_SSRC : SSRC},
                    false);
    return RTP_HEADER_SIZE;
}

static void feed(struct line *line, struct packet_pool *pool, unsigned form, const uint8_t *data, size_t length,
                 usec_t now)
{
    uint8_t bytes[PACKET_CAPACITY];
    size_t used = form < 64 ? write_header(line, form, bytes) : 0;
    if (length > sizeof bytes - used)
        length = sizeof bytes - used;
    if (length > 0)
        memcpy(bytes + used, data, length);
    struct packet *packet = packet_copy(pool, bytes, used + length);
    if (packet == NULL)
        return;
    packet->arrival = now;
    if (rtp_parse(&packet->rtp, packet->data, packet->length) == 0)
        (void)receive_track_packet(line->track, packet, now);
    packet_release(packet);
}

static void drain(struct line *line, usec_t now)
{
    struct received_frame frame;
    struct rtcp_report_block block;
    uint16_t lost[16];
    while (receive_track_frame(line->track, &frame, now)) {
        unsigned sum = 0; /* every byte is there */
        for (size_t i = 0; i < frame.length; i++)
            sum += frame.data[i];
        CHECK(sum <= 255 * frame.length);
    }
    CHECK(receive_track_nack(line->track, lost, 16, now) <= 16);
    (void)receive_track_pli(line->track, now);
    (void)receive_track_report(line->track, &block, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum codec decoded[] = {CODEC_VP8, CODEC_VP9}, handed_on[] = {CODEC_H264, CODEC_AV1};
    static const enum codec audio[] = {CODEC_OPUS, CODEC_RED};
    struct packet_pool *pool = packet_pool_new(PACKETS_MAX);
    struct line lines[2];
    struct pieces pieces = {data, size};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    open_line(&lines[0], MEDIA_VIDEO, size % 2 == 0 ? decoded : handed_on);
    open_line(&lines[1], MEDIA_AUDIO, audio);
    while (pieces_next(&pieces, 4, PACKET_CAPACITY, &piece)) {
        struct line *line = &lines[piece.head[0] & 1];
        now += usec_from_ms(piece.head[1]);
        feed(line, pool, piece.head[0] >> 1, piece.data, piece.length, now);
        drain(line, now);
    }
    if (pieces.size == 1)
        receive_track_reset(lines[0].track);
    for (int i = 0; i < 2; i++)
        receive_track_free(lines[i].track);
    packet_pool_free(pool);
    return 0;
}
