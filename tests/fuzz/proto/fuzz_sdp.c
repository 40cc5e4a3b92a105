/* Any bytes as a description: as an offer it is answered twice and followed by an offer of ours; as an answer it
 * completes an offer of ours. Whatever we write must parse again, and what was agreed must pass between threads. */
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate.h"
#include "transport/base/byte_cursor.h"
#include "transport/base/check.h"
#include "transport/wire/media_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[SDP_SIZE_MAX * 2];
static const char *const candidates[] = {"candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"};
static const struct negotiate_local local = {
    .ice_ufrag = "abcd",
    .ice_pwd = "abcdefghijklmnopqrstuv",
    .fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    .session_id = "1",
    .cname = "c",
    .candidates = candidates,
    .candidate_count = 1,
    .end_of_candidates = true,
};

static void must_parse(size_t length)
{
    struct refusal refusal;
    struct sdp *again;
    CHECK(sdp_parse(&again, text, length, &refusal) == 0 || length > SDP_SIZE_MAX);
    sdp_free(again);
}

static void must_pass(const struct negotiated *negotiated)
{
    for (size_t i = 0; i < negotiated->media_count; i++) {
        static uint8_t form[MEDIA_FORM_MAX], again[MEDIA_FORM_MAX];
        struct byte_writer writer = {.out = form, .capacity = sizeof form};
        struct byte_writer rewriter = {.out = again, .capacity = sizeof again};
        struct media media = {0};
        media_form_write(&writer, &negotiated->media[i]);
        CHECK(!writer.has_failed);
        struct byte_reader reader = {.data = form, .left = writer.length};
        CHECK(media_form_read(&reader, &media) && !reader.has_failed && reader.left == 0);
        media_form_write(&rewriter, &media);
        CHECK(rewriter.length == writer.length && memcmp(form, again, writer.length) == 0);
    }
}

/* An offer of ours on top of what was agreed: a new m-line beside those that are there. */
static void offer_after(const struct negotiated *negotiated, struct rng *rng)
{
    struct negotiate_line lines[3] = {{.mid = "new", .kind = MEDIA_VIDEO, .send = true, .receive = true}};
    size_t count = 1;
    if (negotiated->media_count > 0)
        memcpy(lines[count++].mid, negotiated->media[0].mid, sizeof lines[0].mid);
    if (negotiated->rejected_count > 0 && negotiated->rejected[0].mid[0] != '\0')
        memcpy(lines[count++].mid, negotiated->rejected[0].mid, sizeof lines[0].mid);
    int length = negotiate_offer(&local, lines, count, negotiated, rng, text, sizeof text);
    CHECK(length > 0);
    if (count < 2 || strcmp(lines[1].mid, "new") != 0)
        must_parse((size_t)length);
}

static void as_offer(const struct sdp *offer)
{
    struct negotiate_line lines[] = {
        {.mid = "0", .send = true, .receive = true, .stream_id = "s", .track_id = "t"},
        {.mid = "1", .kind = MEDIA_VIDEO, .send = true, .stream_id = "s", .track_id = "u"},
    };
    struct negotiated first, second;
    struct refusal refusal;
    struct rng rng;
    size_t length;
    rng_init(&rng, 1);
    if (negotiate_answer(offer, &local, lines, 2, NULL, &rng, &first, text, sizeof text, &length, &refusal) != 0) {
        CHECK(refusal.text[0] != '\0');
        return;
    }
    must_parse(length);
    must_pass(&first);
    CHECK(negotiate_answer(offer, &local, lines, 2, &first, &rng, &second, text, sizeof text, &length, &refusal) == 0);
    CHECK(second.media_count == first.media_count && second.is_dtls_client == first.is_dtls_client);
    offer_after(&second, &rng);
    negotiated_fini(&first);
    negotiated_fini(&second);
}

static void as_answer(const struct sdp *answer)
{
    struct negotiate_line lines[] = {
        {.mid = "0", .kind = MEDIA_AUDIO, .send = true, .receive = true},
        {.mid = "1", .kind = MEDIA_VIDEO, .send = true, .receive = true},
    };
    struct negotiated negotiated;
    struct refusal refusal;
    struct sdp *offer;
    struct rng rng;
    rng_init(&rng, 1);
    int length = negotiate_offer(&local, lines, 2, NULL, &rng, text, sizeof text);
    CHECK(length > 0 && sdp_parse(&offer, text, (size_t)length, &refusal) == 0);
    if (negotiate_complete(offer, answer, lines, 2, NULL, &negotiated, &refusal) == 0) {
        must_pass(&negotiated);
        negotiated_fini(&negotiated);
    }
    sdp_free(offer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct refusal refusal;
    struct sdp *sdp;
    if (sdp_parse(&sdp, (const char *)data, size, &refusal) == 0) {
        as_offer(sdp);
        as_answer(sdp);
        sdp_free(sdp);
    } else {
        CHECK(refusal.text[0] != '\0');
    }
    return 0;
}
