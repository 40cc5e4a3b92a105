#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/proto/negotiate.h"
#include "transport/base/memory.h"

#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static const struct negotiate_local local = {
    .ice_lite = true,
    .ice_ufrag = "ours",
    .ice_pwd = "ourpasswordourpassword",
    .fingerprint = FINGERPRINT,
    .session_id = "7",
    .session_version = 1,
    .cname = "router",
};

/* An offer small enough to break in one place at a time. */
static const char good[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
                           "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"
                           "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT "\r\n"
                           "a=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n"
                           "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
                           "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtcp-mux\r\na=sendonly\r\n"
                           "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:96 VP8/90000\r\n"
                           "a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
                           "a=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc-group:FID 11 12\r\n";

static char *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vectors/sdp/%s.sdp", TEST_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = mem_alloc(SDP_SIZE_MAX);
    assert_true(fread(text, 1, SDP_SIZE_MAX - 1, file) > 0);
    fclose(file);
    return text;
}

/* `from` once replaced by `to`. */
static char *changed(const char *from, const char *to)
{
    char *text = mem_alloc(sizeof good + 4096);
    const char *at = strstr(good, from);
    assert_non_null(at);
    sprintf(text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return text;
}

static int answer_text(const char *text, struct negotiate_line *lines, size_t count, struct negotiated *out,
                       char *answer, struct sdp_error *error)
{
    struct sdp *offer;
    struct rng rng;
    size_t length;
    rng_init(&rng, 1);
    int result = sdp_parse(&offer, text, strlen(text), error);
    if (result != 0)
        return result;
    result = negotiate_answer(offer, &local, lines, count, NULL, &rng, out, answer, SDP_SIZE_MAX, &length, error);
    sdp_free(offer);
    return result;
}

static void each_broken_line_is_named(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned line;
    } cases[] = {
        {"v=0", "v=1", 1},
        {"a=mid:1", "a=mid:0", 0},
        {"s=-", "nonsense", 3},
        {"m=video 9", "m=video 99999", 17},
        {"SAVPF 96 97", "SAVPF 96 200", 17},
        {"a=ice-pwd:abcdefghijklmnopqrstuv", "a=ice-pwd:short", 9},
        {"a=setup:actpass", "a=setup:maybe", 11},
        {"fingerprint:sha-256 00:11", "fingerprint:sha-256 zz:11", 10},
        {"a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP8", 22},
        {"a=extmap:4 ", "a=extmap:0 ", 21},
        {"a=fmtp:97 apt=96", "a=fmtp:97", 25},
        {"FID 11 12", "FID 11", 28},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sdp_error error;
        struct sdp *sdp;
        char *text = changed(cases[i].from, cases[i].to);
        int result = sdp_parse(&sdp, text, strlen(text), &error);
        if (result == 0 || error.line != cases[i].line || error.text[0] == '\0')
            fail_msg("'%s': line %u, %s", cases[i].to, error.line, error.text);
        free(text);
    }
}

static void an_offer_without_what_a_connection_needs_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"a=ice-ufrag:abcd\r\n", "", "ice-ufrag"},
        {"a=group:BUNDLE 0 1\r\n", "", "BUNDLE"},
        {"a=setup:actpass\r\n", "", "setup"},
        {"sha-256", "sha-1", "hash"},
        {"a=fingerprint:sha-256 " FINGERPRINT "\r\n", "", "fingerprint"},
    };
    (void)state;
    static char answer[SDP_SIZE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct negotiated out;
        struct sdp_error error;
        char *text = changed(cases[i].from, cases[i].to);
        assert_int_not_equal(answer_text(text, NULL, 0, &out, answer, &error), 0);
        assert_non_null(strstr(error.text, cases[i].says));
        free(text);
    }
}

static void unusable_lines_are_rejected_with_a_reason(void **state)
{
    static const struct {
        const char *from, *to, *reason;
    } cases[] = {
        {"m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVP", "SAVPF"},
        {"m=video 9", "m=video 0", "port 0"},
        {"a=mid:1\r\na=rtcp-mux", "a=mid:1", "rtcp-mux"},
        {"VP8/90000", "H263/90000", "codec"},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 DTLS/SCTP 5000", "data channels"},
        {"BUNDLE 0 1", "BUNDLE 0", "BUNDLE"},
    };
    (void)state;
    static char answer[SDP_SIZE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct negotiated out;
        struct sdp_error error;
        char *text = changed(cases[i].from, cases[i].to);
        assert_int_equal(answer_text(text, NULL, 0, &out, answer, &error), 0);
        assert_int_equal(out.media_count, 1);
        assert_int_equal(out.rejected_count, 1);
        if (strstr(out.rejected[0].reason, cases[i].reason) == NULL)
            fail_msg("'%s' is rejected as: %s", cases[i].to, out.rejected[0].reason);
        assert_non_null(strstr(answer, " 0 "));
        negotiated_fini(&out);
        free(text);
    }
}

static void an_answer_mirrors_the_offer(void **state)
{
    struct negotiate_line lines[] = {
        {.mid = "0", .send = true, .receive = true, .stream_id = "p2", .track_id = "p2/microphone"},
    };
    struct negotiated out;
    struct sdp_error error;
    static char answer[SDP_SIZE_MAX];
    (void)state;
    assert_int_equal(answer_text(good, lines, 1, &out, answer, &error), 0);
    assert_string_equal(out.remote_ufrag, "abcd");
    assert_false(out.is_dtls_client);
    assert_int_equal(out.media_count, 2);
    const struct media *audio = &out.media[0], *video = &out.media[1];
    assert_true(audio->send && audio->receive && video->receive && !video->send);
    assert_int_equal(audio->codecs[0].codec, CODEC_OPUS);
    assert_int_equal(audio->codecs[1].codec, CODEC_RED);
    assert_int_equal(video->codecs[0].rtx_payload_type, 97);
    assert_true(video->codecs[0].pli && !video->codecs[0].nack);
    assert_int_equal(video->encodings[0].ssrc, 11);
    assert_int_equal(video->encodings[0].rtx_ssrc, 12);
    assert_int_equal(video->extensions.id[EXTENSION_MID], 4);
    assert_int_not_equal(audio->send_ssrc, 0);
    assert_int_equal(lines[0].send_ssrc, audio->send_ssrc);
    static const char *const wanted[] = {"a=ice-lite\r\n",          "a=group:BUNDLE 0 1\r\n", "a=setup:passive\r\n",
                                         "a=msid:p2 p2/microphone", "a=recvonly\r\n",         "a=sendrecv\r\n",
                                         "a=fmtp:97 apt=96\r\n"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strstr(answer, wanted[i]) == NULL)
            fail_msg("the answer lacks %s", wanted[i]);
    }
    negotiated_fini(&out);
}

static void role_and_ssrcs_stay_on_a_second_offer(void **state)
{
    struct negotiate_line lines[] = {{.mid = "0", .send = true, .receive = true}};
    struct negotiated first, second;
    struct sdp_error error;
    struct sdp *offer;
    struct rng rng;
    size_t length;
    static char answer[SDP_SIZE_MAX];
    (void)state;
    rng_init(&rng, 9);
    assert_int_equal(answer_text(good, lines, 1, &first, answer, &error), 0);
    first.is_dtls_client = true; /* as if it had been agreed */
    lines[0].send_ssrc = lines[0].send_rtx_ssrc = 0;
    assert_int_equal(sdp_parse(&offer, good, strlen(good), &error), 0);
    assert_int_equal(
        negotiate_answer(offer, &local, lines, 1, &first, &rng, &second, answer, sizeof answer, &length, &error), 0);
    assert_true(second.is_dtls_client);
    assert_int_equal(second.media[0].send_ssrc, first.media[0].send_ssrc);
    sdp_free(offer);
    negotiated_fini(&first);
    negotiated_fini(&second);
}

static void offers_of_real_browsers_are_answered(void **state)
{
    static const struct {
        const char *name;
        size_t media, rejected, rids;
    } cases[] = {
        {"chromium-plain", 2, 0, 0},
        {"chromium-simulcast-and-receivers", 12, 0, 3},
        {"chromium-stopped-and-data", 1, 2, 0},
        {"firefox-plain", 2, 0, 0},
        {"firefox-simulcast-and-receivers", 12, 0, 3},
        {"firefox-stopped-and-data", 1, 2, 0},
    };
    (void)state;
    static char answer[SDP_SIZE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct negotiated out;
        struct sdp_error error;
        char *text = load(cases[i].name);
        if (answer_text(text, NULL, 0, &out, answer, &error) != 0)
            fail_msg("%s: line %u: %s", cases[i].name, error.line, error.text);
        if (out.media_count != cases[i].media || out.rejected_count != cases[i].rejected)
            fail_msg("%s: %zu accepted, %zu rejected", cases[i].name, out.media_count, out.rejected_count);
        size_t rids = 0;
        for (size_t k = 0; k < out.media_count; k++)
            rids += out.media[k].encodings[0].rid[0] != '\0' ? out.media[k].encoding_count : 0;
        assert_int_equal(rids, cases[i].rids);
        negotiated_fini(&out);
        free(text);
    }
}

static void legacy_data_channels_are_read(void **state)
{
    struct sdp *sdp;
    struct sdp_error error;
    char *text = changed("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n",
                         "m=application 9 DTLS/SCTP 5000\r\na=sctpmap:5000 webrtc-datachannel 65535\r\n");
    (void)state;
    assert_int_equal(sdp_parse(&sdp, text, strlen(text), &error), 0);
    assert_int_equal(sdp->media[1].sctp_port, 5000);
    sdp_free(sdp);
    free(text);
}

static void our_offer_and_our_answer_agree(void **state)
{
    struct negotiate_local offerer = local;
    struct negotiate_line mine[] = {
        {.mid = "0", .kind = MEDIA_AUDIO, .send = true, .receive = true, .stream_id = "p1", .track_id = "m"},
        {.mid = "1", .kind = MEDIA_VIDEO, .send = true, .stream_id = "p1", .track_id = "c"},
        {.mid = "2", .kind = MEDIA_VIDEO, .receive = true},
    };
    struct negotiate_line theirs[] = {{.mid = "2", .send = true, .receive = true}};
    static char offer_text[SDP_SIZE_MAX], answer[SDP_SIZE_MAX];
    struct negotiated answered, completed;
    struct sdp *offer, *answer_sdp;
    struct sdp_error error;
    struct rng rng;
    (void)state;
    rng_init(&rng, 3);
    offerer.ice_lite = false;
    assert_true(negotiate_offer(&offerer, mine, 3, NULL, &rng, offer_text, sizeof offer_text) > 0);
    assert_int_equal(answer_text(offer_text, theirs, 1, &answered, answer, &error), 0);
    assert_int_equal(sdp_parse(&offer, offer_text, strlen(offer_text), &error), 0);
    assert_int_equal(sdp_parse(&answer_sdp, answer, strlen(answer), &error), 0);
    assert_int_equal(negotiate_complete(offer, answer_sdp, mine, 3, NULL, &completed, &error), 0);
    assert_true(completed.is_dtls_client && completed.remote_ice_lite);
    assert_int_equal(completed.media_count, 3);
    assert_true(completed.media[0].send && !completed.media[0].receive);
    assert_true(completed.media[2].receive && !completed.media[2].send);
    assert_int_equal(completed.media[2].encodings[0].ssrc, answered.media[2].send_ssrc);
    assert_int_equal(answered.media[1].encodings[0].ssrc, mine[1].send_ssrc);
    assert_int_equal(completed.media[1].codecs[0].payload_type, answered.media[1].codecs[0].payload_type);
    sdp_free(offer);
    sdp_free(answer_sdp);
    negotiated_fini(&answered);
    negotiated_fini(&completed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_broken_line_is_named),
        cmocka_unit_test(an_offer_without_what_a_connection_needs_is_refused),
        cmocka_unit_test(unusable_lines_are_rejected_with_a_reason),
        cmocka_unit_test(an_answer_mirrors_the_offer),
        cmocka_unit_test(role_and_ssrcs_stay_on_a_second_offer),
        cmocka_unit_test(offers_of_real_browsers_are_answered),
        cmocka_unit_test(legacy_data_channels_are_read),
        cmocka_unit_test(our_offer_and_our_answer_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
