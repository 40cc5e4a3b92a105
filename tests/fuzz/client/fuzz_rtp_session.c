/* Any RTP and RTCP between two sessions of the C client that have agreed on a camera and a microphone, with time
 * passing and media on the way. Pieces with a head of {what: 1 byte, milliseconds: 1 byte, length: 2 bytes}. */
#include <stdlib.h>
#include <string.h>

#include "client/rtp/rtp_session.h"
#include "tests/support/pieces.h"
#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/wire/vp8_writer.h"

#define WALL ((int64_t)1764000000000000)
#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SENDER, RECEIVER };

/* The low bits of `what`. */
enum {
    TO_RECEIVER = 1,
    IS_RTCP = 2,
    IS_OF_CAMERA = 4,    /* its SSRCs, or where a feedback has them, are the camera's */
    ARE_MEDIA_LOST = 8,  /* of what the sender sends now */
    IS_ONLY_A_TICK = 16, /* the bytes are not used */
};

static struct negotiation *negotiations[2];
static uint32_t camera_ssrc;

static void agree(void)
{
    static const struct ice_credentials credentials = {"abcdefgh", "abcdefghijklmnopqrstuvwx"};
    static const struct negotiation_source sources[2] = {{.source = "microphone", .kind = MEDIA_AUDIO},
                                                         {.source = "camera", .kind = MEDIA_VIDEO}};
    static const char *const ids[2] = {"p1", "p2"};
    json_t *offer = json_object(), *answer = json_object();
    struct refusal refusal;
    char *text = mem_alloc(SDP_SIZE_MAX), *reply = mem_alloc(SDP_SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        struct negotiation_config config = {.local_id = ids[i],
                                            .remote_id = ids[1 - i],
                                            .offers_first = i == SENDER,
                                            .fingerprint = FINGERPRINT,
                                            .seed = 7 + (uint64_t)i,
                                            .session_id = 1};
        negotiations[i] = negotiation_new(&config);
    }
    negotiation_set_sources(negotiations[SENDER], sources, 2);
    CHECK(negotiation_offer(negotiations[SENDER], &credentials, text, offer) == 0);
    CHECK(negotiation_offered(negotiations[RECEIVER], text, json_object_get(offer, "sends"), &credentials, reply,
                              answer, &refusal) == 0);
    CHECK(negotiation_answered(negotiations[SENDER], reply, json_object_get(answer, "sends"), &refusal) == 0);
    const struct negotiated *agreed = negotiation_current(negotiations[SENDER]);
    for (size_t i = 0; i < agreed->media_count; i++)
        if (agreed->media[i].kind == MEDIA_VIDEO)
            camera_ssrc = agreed->media[i].send_ssrc;
    json_decref(offer);
    json_decref(answer);
    free(text);
    free(reply);
}

static void send_media(struct rtp_session *session, usec_t now)
{
    uint8_t picture[2000] = {0}, samples[80] = {0};
    (void)vp8_write_head(picture, true, 320, 180);
    struct coded_frame frame = {.data = picture,
                                .length = sizeof picture,
                                .keyframe = true,
                                .temporal_layers = 1,
                                .timestamp = (uint32_t)(now * 9 / 100)};
    struct coded_audio audio = {.data = samples, .length = sizeof samples, .timestamp = (uint32_t)(now * 6 / 125)};
    rtp_session_video(session, "camera", 0, &frame, now);
    rtp_session_audio(session, "microphone", &audio, now);
}

static void input(struct rtp_session *session, const uint8_t *data, size_t length, bool is_rtcp, usec_t now)
{
    if (is_rtcp)
        (void)rtp_session_rtcp(session, data, length, now, WALL + now);
    else
        (void)rtp_session_rtp(session, data, length, now);
}

static void drain(struct rtp_session *const sessions[2], int from, bool are_lost, usec_t now)
{
    uint8_t data[1500];
    size_t length;
    bool is_rtcp;
    while ((length = rtp_session_poll(sessions[from], data, sizeof data, &is_rtcp, now, WALL + now)) > 0) {
        CHECK(length <= sizeof data);
        if (!are_lost)
            input(sessions[1 - from], data, length, is_rtcp, now);
    }
}

static void take(struct rtp_session *const sessions[2], const struct piece *piece, usec_t now)
{
    unsigned what = piece->head[0];
    uint8_t *copy = mem_alloc(piece->length + 1);
    if (piece->length > 0)
        memcpy(copy, piece->data, piece->length);
    if ((what & IS_OF_CAMERA) != 0 && piece->length >= 12)
        put_u32(copy + 8, camera_ssrc);
    if ((what & IS_ONLY_A_TICK) == 0)
        input(sessions[what & TO_RECEIVER], copy, piece->length, (what & IS_RTCP) != 0, now);
    free(copy);
}

static void take_frames(struct rtp_session *session, usec_t now)
{
    struct session_frame frame;
    while (rtp_session_frame(session, &frame, now))
        CHECK(frame.frame.data != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet_pool *pool = packet_pool_new(4096);
    struct pieces pieces = {data, size};
    struct rtp_session *sessions[2];
    struct budget budget = {0};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    char source[SOURCE_MAX + 1];
    unsigned encoding;
    if (negotiations[SENDER] == NULL)
        agree();
    for (int i = 0; i < 2; i++) {
        sessions[i] = rtp_session_new(pool, "p", 99 + (uint64_t)i, now);
        rtp_session_configure(sessions[i], negotiations[i]);
    }
    while (pieces_next(&pieces, 4, 1500, &piece)) {
        now += usec_from_ms(piece.head[1]);
        send_media(sessions[SENDER], now);
        take(sessions, &piece, now);
        while (rtp_session_take_keyframe_request(sessions[SENDER], source, &encoding, &budget, now))
            CHECK(strcmp(source, "camera") == 0);
        drain(sessions, SENDER, (piece.head[0] & ARE_MEDIA_LOST) != 0, now);
        take_frames(sessions[RECEIVER], now);
        drain(sessions, RECEIVER, false, now);
    }
    rtp_session_free(sessions[SENDER]);
    rtp_session_free(sessions[RECEIVER]);
    packet_pool_free(pool);
    return 0;
}
