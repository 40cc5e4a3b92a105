/* Offers of clients that are not ours: whose connection they belong to, what is agreed where they are odd. */
#include "signaling/proto/negotiate_media.h"
#include "tests/unit/proto/negotiating.h"

static bool answered(const char *part)
{
    return strstr(answer, part) != NULL;
}

static void credentials_and_certificate_tell_whose_an_offer_is(void **state)
{
    static const struct {
        const char *from, *to;
        enum negotiate_relation expected;
    } cases[] = {
        {"o=- 1 2", "o=- 1 3", NEGOTIATE_SAME},
        {"o=- 1 2", "o=- 99 2", NEGOTIATE_SAME}, /* aiortc, werift: a new id in every offer */
        {"s=-", "s=-\r\na=tool:x", NEGOTIATE_SAME},
        {"a=ice-ufrag:abcd", "a=ice-ufrag:efgh", NEGOTIATE_RESTART},
        {"a=ice-pwd:abcdef", "a=ice-pwd:ghijkl", NEGOTIATE_RESTART},
        {"sha-256 00:11", "sha-256 11:00", NEGOTIATE_NEW}, /* also with a constant id */
        {"a=ice-ufrag:abcd", "a=tls-id:01234567890123456789\r\na=ice-ufrag:efgh", NEGOTIATE_NEW},
        {"m=video 9", "m=video 0", NEGOTIATE_SAME},
        {"m=audio 9", "m=audio 0", NEGOTIATE_SAME}, /* no transport: what is missing is told later */
        {"a=sendonly\r\n", "a=sendonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\n", NEGOTIATE_SAME},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct negotiated previous = must_answer(good, &lite, NULL, 0, NULL);
        char *text = replaced(good, cases[i].from, cases[i].to);
        if (strcmp(cases[i].from, "m=audio 9") == 0) {
            char *without = replaced(text, "BUNDLE 0 1", "BUNDLE 0");
            free(text);
            text = without;
        }
        struct sdp *offer = must_parse(text);
        if (negotiate_relation(&previous, offer) != cases[i].expected)
            fail_msg("'%s' is relation %d", cases[i].to, negotiate_relation(&previous, offer));
        sdp_free(offer);
        free(text);
        negotiated_fini(&previous);
    }
    struct negotiated previous = must_answer(good, &lite, NULL, 0, NULL);
    char *shorter = mem_text(good);
    *strstr(shorter, "m=video") = '\0'; /* m-lines never go away, so this is another peer connection's first offer */
    struct sdp *offer = must_parse(shorter);
    assert_int_equal(negotiate_relation(&previous, offer), NEGOTIATE_NEW);
    sdp_free(offer);
    free(shorter);
    negotiated_fini(&previous);
}

static void a_tls_id_is_answered_by_one(void **state)
{
    (void)state;
    struct negotiated out = must_answer(good, &lite, NULL, 0, NULL);
    assert_false(answered("tls-id"));
    negotiated_fini(&out);
    char *text = replaced(good, "t=0 0\r\n", "t=0 0\r\na=tls-id:abcdefghijklmnopqrst\r\n");
    out = must_answer(text, &lite, NULL, 0, NULL);
    assert_true(answered("a=tls-id:00000000000000000007\r\n"));
    negotiated_fini(&out);
    free(text);
}

/* aiortc writes 2 for the audio level and for the send time; it reads one as the other when both are agreed. */
static void an_id_means_one_thing_in_the_answer(void **state)
{
    (void)state;
    char *audio = replaced(good, "a=rtpmap:111",
                           "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                           "a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                           "a=rtpmap:111");
    char *text = replaced(audio, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
                          "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                          "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time");
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    assert_int_equal(out.media[0].extensions.id[EXTENSION_AUDIO_LEVEL], 2);
    assert_int_equal(out.media[1].extensions.id[EXTENSION_ABS_SEND_TIME], 0);
    assert_int_equal(out.media[1].extensions.id[EXTENSION_MID], 1); /* the same on both: no conflict */
    assert_true(answered("a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level"));
    assert_false(answered("abs-send-time"));
    negotiated_fini(&out);
    /* What an id meant before it means for ever. */
    char *video_only = replaced(text, "a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n", "");
    struct negotiated first = must_answer(video_only, &lite, NULL, 0, NULL);
    assert_int_equal(first.media[1].extensions.id[EXTENSION_ABS_SEND_TIME], 2);
    out = must_answer(text, &lite, NULL, 0, &first);
    assert_int_equal(out.media[0].extensions.id[EXTENSION_AUDIO_LEVEL], 0);
    assert_int_equal(out.media[1].extensions.id[EXTENSION_ABS_SEND_TIME], 2);
    negotiated_fini(&first);
    negotiated_fini(&out);
    free(video_only);
    free(audio);
    free(text);
}

/* An id with two meanings is not written to the peer that gave it both: while aiortc makes another offer it goes by
 * what it offered, not by what was answered, and the first value that it misreads ends its connection. */
static void an_id_with_two_meanings_is_not_sent(void **state)
{
    static const struct {
        const char *name, *direction;
        unsigned send_time, level; /* the id of the video's send time; what is agreed for the audio's level */
    } cases[] = {
        {"two meanings, we receive", "a=sendonly", 2, 2}, {"two meanings, we send", "a=recvonly", 2, 0},
        {"two meanings, we do both", "a=sendrecv", 2, 0}, {"one meaning, we receive", "a=sendonly", 3, 2},
        {"one meaning, we send", "a=recvonly", 3, 2},     {"one meaning, we do both", "a=sendrecv", 3, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct negotiate_line lines[] = {{.mid = "0", .kind = MEDIA_AUDIO, .send = true, .receive = true}};
        char audio_lines[128], video_lines[128];
        snprintf(audio_lines, sizeof audio_lines, "%s\r\na=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
                 cases[i].direction);
        snprintf(video_lines, sizeof video_lines,
                 "a=extmap:%u http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=rtpmap:96",
                 cases[i].send_time);
        char *audio = replaced(good, "a=sendrecv", audio_lines);
        char *text = replaced(audio, "a=rtpmap:96", video_lines);
        print_message("%s\n", cases[i].name);
        struct negotiated out = must_answer(text, &lite, lines, 1, NULL);
        assert_int_equal(out.media[0].extensions.id[EXTENSION_AUDIO_LEVEL], cases[i].level);
        assert_int_equal(answered("a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level"), cases[i].level == 2);
        assert_int_equal(answered("abs-send-time"), cases[i].send_time == 3);
        negotiated_fini(&out);
        free(audio);
        free(text);
    }
}

static void one_line_without_bundle_is_an_offer(void **state)
{
    (void)state;
    char *text = replaced(good, "a=group:BUNDLE 0 1\r\n", "");
    char *single = mem_text(text);
    *strstr(single, "m=video") = '\0';
    struct negotiated out = must_answer(single, &lite, NULL, 0, NULL);
    assert_int_equal(out.media_count, 1);
    assert_int_equal(out.rejected_count, 0);
    assert_false(answered("BUNDLE"));
    negotiated_fini(&out);
    out = must_answer(text, &lite, NULL, 0, NULL); /* of two the first has the transport */
    assert_int_equal(out.media_count, 1);
    assert_string_equal(out.rejected[0].reason, "it is not in the BUNDLE group");
    assert_true(answered("m=video 0"));
    negotiated_fini(&out);
    free(single);
    free(text);
}

static void simulcast_may_be_a_group_of_ssrcs(void **state)
{
    static const char *const orders[] = {
        "a=ssrc-group:SIM 21 22 23\r\na=ssrc-group:FID 21 31\r\na=ssrc-group:FID 22 32\r\na=ssrc-group:FID 23 33\r\n"
        "a=ssrc:21 cname:x\r\na=ssrc:22 cname:x\r\na=ssrc:23 cname:x\r\na=ssrc:31 cname:x\r\na=ssrc:32 cname:x\r\n"
        "a=ssrc:33 cname:x\r\n",
        "a=ssrc:31 cname:x\r\na=ssrc:21 cname:x\r\na=ssrc:32 cname:x\r\na=ssrc:22 cname:x\r\na=ssrc:33 cname:x\r\n"
        "a=ssrc:23 cname:x\r\na=ssrc-group:FID 23 33\r\na=ssrc-group:FID 22 32\r\na=ssrc-group:FID 21 31\r\n"
        "a=ssrc-group:SIM 21 22 23\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        char *text = replaced(good, "a=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc-group:FID 11 12\r\n", orders[i]);
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        assert_int_equal(out.media[1].encoding_count, 3);
        for (unsigned k = 0; k < 3; k++) {
            assert_int_equal(out.media[1].encodings[k].ssrc, 21 + k);
            assert_int_equal(out.media[1].encodings[k].rtx_ssrc, 31 + k);
            assert_string_equal(out.media[1].encodings[k].rid, "");
        }
        negotiated_fini(&out);
        free(text);
    }
}

/* What we promise as receiver is NACK, PLI and transport-wide feedback with its extension, or else REMB; as sender we
 * take more. */
static void only_feedback_that_comes_is_promised(void **state)
{
#define FEEDBACK "a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\n"
#define SEQUENCE "a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    static const struct {
        const char *direction, *extension;
        bool transport_cc, remb, fir;
    } cases[] = {
        {"a=sendonly", SEQUENCE, true, false, false}, {"a=sendonly", "", false, true, false},
        {"a=sendrecv", SEQUENCE, true, false, true},  {"a=sendrecv", "", false, true, true},
        {"a=recvonly", SEQUENCE, true, true, true},   {"a=recvonly", "", false, true, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct negotiate_line lines[] = {{.mid = "1", .kind = MEDIA_VIDEO, .send = true, .receive = true}};
        char lines_text[512];
        snprintf(lines_text, sizeof lines_text, "%s\r\n%s" FEEDBACK, cases[i].direction, cases[i].extension);
        char *text = replaced(good, "a=sendonly\r\n", lines_text);
        struct negotiated out = must_answer(text, &lite, lines, 1, NULL);
        assert_int_equal(answered("a=rtcp-fb:96 transport-cc"), cases[i].transport_cc);
        assert_int_equal(answered("a=rtcp-fb:96 goog-remb"), cases[i].remb);
        assert_int_equal(answered("a=rtcp-fb:96 ccm fir"), cases[i].fir);
        assert_true(answered("a=rtcp-fb:96 nack\r\n") && answered("a=rtcp-fb:96 nack pli\r\n"));
        negotiated_fini(&out);
        free(text);
    }
}

static void the_codec_that_all_can_play_comes_first(void **state)
{
    static const struct media vp8 = {.codec_count = 1,
                                     .codecs = {{.codec = CODEC_VP8, .clock_rate = 90000, .channels = 1}}};
    static const struct media both = {.codec_count = 2,
                                      .codecs = {{.codec = CODEC_VP9, .clock_rate = 90000, .channels = 1},
                                                 {.codec = CODEC_VP8, .clock_rate = 90000, .channels = 1}}};
    static const struct media none = {0};
    const struct {
        const struct media *viewers[3];
        size_t count, missing;
        enum codec first;
    } cases[] = {
        {{NULL}, 0, 0, CODEC_VP9},        {{&both, &both}, 2, 0, CODEC_VP9}, {{&both, &vp8, &both}, 3, 0, CODEC_VP8},
        {{&none, &vp8}, 2, 1, CODEC_VP8}, {{&none}, 1, 1, CODEC_VP9},
    };
    (void)state;
    char *text = replaced(good, "SAVPF 96 97\r\n", "SAVPF 98 96 97\r\na=rtpmap:98 VP9/90000\r\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct negotiate_line lines[] = {{.mid = "1",
                                          .kind = MEDIA_VIDEO,
                                          .receive = true,
                                          .viewers = cases[i].viewers,
                                          .viewer_count = cases[i].count}};
        struct negotiated out = must_answer(text, &lite, lines, 1, NULL);
        assert_int_equal(out.media[1].codecs[0].codec, cases[i].first);
        assert_int_equal(out.media[1].codec_count, 2);
        assert_true(answered(cases[i].first == CODEC_VP9 ? "SAVPF 98 96 97\r\n" : "SAVPF 96 97 98\r\n"));
        assert_int_equal(negotiate_missing(&out.media[1], 0, cases[i].viewers, cases[i].count), cases[i].missing);
        assert_int_equal(out.media[1].promoted_payload_type, cases[i].first == CODEC_VP8 ? 96 : 0);
        negotiated_fini(&out);
    }
    free(text);
}

/* Somebody who takes VP8 only comes and goes: one change when it comes, none when it goes, and a new connection begins
 * with the publisher's own order. */
static void what_was_put_first_stays_first(void **state)
{
    static const struct media vp8 = {.codec_count = 1,
                                     .codecs = {{.codec = CODEC_VP8, .clock_rate = 90000, .channels = 1}}};
    static const struct media vp9 = {.codec_count = 1,
                                     .codecs = {{.codec = CODEC_VP9, .clock_rate = 90000, .channels = 1}}};
    const struct {
        const struct media *viewers[2];
        size_t count;
        bool is_new;
        enum codec first;
    } steps[] = {
        {{&vp9}, 1, true, CODEC_VP9},        {{&vp9, &vp8}, 2, false, CODEC_VP9}, /* as many cannot play the one as the
                                                                                     other */
        {{&vp8, &vp8}, 2, false, CODEC_VP8}, {{NULL}, 0, false, CODEC_VP8},       {{&vp9, &vp8}, 2, false, CODEC_VP8},
        {{&vp9}, 1, false, CODEC_VP9},       {{&vp8}, 1, false, CODEC_VP8},       {{NULL}, 0, true, CODEC_VP9},
    };
    struct negotiated previous = {0};
    (void)state;
    char *text = replaced(good, "SAVPF 96 97\r\n", "SAVPF 98 96 97\r\na=rtpmap:98 VP9/90000\r\n");
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct negotiate_line lines[] = {{.mid = "1",
                                          .kind = MEDIA_VIDEO,
                                          .receive = true,
                                          .viewers = steps[i].viewers,
                                          .viewer_count = steps[i].count}};
        struct negotiated out = must_answer(text, &lite, lines, 1, steps[i].is_new ? NULL : &previous);
        assert_int_equal(out.media[1].codecs[0].codec, steps[i].first);
        negotiated_fini(&previous);
        previous = out;
    }
    negotiated_fini(&previous);
    free(text);
}

static void a_profile_is_answered_as_it_was_offered(void **state)
{
    static const char *const profiles[] = {"UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "RTP/AVP"};
    (void)state;
    for (size_t i = 0; i < COUNT(profiles); i++) {
        char line[64];
        snprintf(line, sizeof line, "m=video 9 %s", profiles[i]);
        char *text = replaced(good, "m=video 9 UDP/TLS/RTP/SAVPF", line);
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        assert_int_equal(out.media_count, 2);
        assert_true(answered(line));
        negotiated_fini(&out);
        free(text);
    }
}

/* Captured from the real ones, see tests/vectors/sdp/capture_foreign.py. Each m-line is one that the client sends on or
 * one that shows it something; nothing that it offers is turned away. */
static void offers_of_other_stacks_are_answered(void **state)
{
    static const struct {
        const char *name;
        size_t sent, received, rejected;
        enum codec video; /* that comes first */
        bool nack, rtx, transport_cc;
    } cases[] = {
        {"aiortc-plain", 2, 0, 0, CODEC_VP8, true, true, false},
        {"aiortc-receivers-added", 2, 2, 0, CODEC_VP8, true, true, false},
        {"aiortc-screen-added", 3, 2, 0, CODEC_VP8, true, true, false},
        {"aiortc-screen-ended", 2, 2, 0, CODEC_VP8, true, true, false},
        {"gstreamer-plain", 2, 0, 0, CODEC_VP8, false, false, false},
        {"gstreamer-unbundled", 1, 0, 1, CODEC_VP8, false, false, false},
        {"gstreamer-receivers", 0, 2, 0, CODEC_H264, false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = load(cases[i].name);
        struct sdp *offer = must_parse(text);
        struct negotiate_line lines[8] = {{.mid = ""}};
        size_t sent = 0, received = 0;
        for (size_t k = 0; k < offer->media_count; k++) {
            const struct sdp_media *media = &offer->media[k];
            snprintf(lines[k].mid, sizeof lines[k].mid, "%s", media->mid);
            lines[k].kind = strcmp(media->kind, "audio") == 0 ? MEDIA_AUDIO : MEDIA_VIDEO;
            lines[k].receive = media->send;
            lines[k].send = media->receive && !media->send;
        }
        struct negotiated out = must_answer(text, &lite, lines, offer->media_count, NULL);
        for (size_t k = 0; k < out.media_count; k++) {
            const struct media *media = &out.media[k];
            sent += media->receive;
            received += media->send;
            if (media->send)
                assert_int_not_equal(media->send_ssrc, 0);
            if (media->kind == MEDIA_AUDIO)
                assert_int_equal(media->codecs[0].codec, CODEC_OPUS);
            if (media->kind == MEDIA_VIDEO && (media->send || media->receive)) {
                assert_int_equal(media->codecs[0].codec, cases[i].video);
                assert_true(media->codecs[0].pli);
                assert_int_equal(media->codecs[0].nack, cases[i].nack);
                assert_int_equal(media->codecs[0].rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE, cases[i].rtx);
            }
        }
        if (sent != cases[i].sent || received != cases[i].received || out.rejected_count != cases[i].rejected)
            fail_msg("%s: %zu sent, %zu received, %zu rejected", cases[i].name, sent, received, out.rejected_count);
        assert_int_equal(answered("transport-cc"), cases[i].transport_cc); /* none of them offers its extension */
        sdp_free(must_parse(answer));
        sdp_free(offer);
        negotiated_fini(&out);
        free(text);
    }
}

/* It writes another session id into each offer, and m-lines that are not bundled yet have credentials of their own. */
static void a_connection_of_aiortc_lives_on(void **state)
{
    static const char *const steps[] = {"plain", "receivers-added", "screen-added", "screen-ended"};
    struct negotiated states[COUNT(steps)];
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        char name[64];
        snprintf(name, sizeof name, "aiortc-%s", steps[i]);
        char *text = load(name);
        struct sdp *offer = must_parse(text);
        if (i > 0)
            assert_int_equal(negotiate_relation(&states[i - 1], offer), NEGOTIATE_SAME);
        states[i] = must_answer(text, &lite, NULL, 0, i > 0 ? &states[i - 1] : NULL);
        assert_string_equal(states[i].remote_ufrag, states[0].remote_ufrag);
        /* It writes 2 for both of these; who speaks is the one that is needed. */
        assert_int_equal(states[i].media[0].extensions.id[EXTENSION_ABS_SEND_TIME], 0);
        assert_int_equal(states[i].media[1].extensions.id[EXTENSION_AUDIO_LEVEL], 2);
        sdp_free(offer);
        free(text);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        negotiated_fini(&states[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_and_certificate_tell_whose_an_offer_is),
        cmocka_unit_test(a_tls_id_is_answered_by_one),
        cmocka_unit_test(an_id_means_one_thing_in_the_answer),
        cmocka_unit_test(an_id_with_two_meanings_is_not_sent),
        cmocka_unit_test(one_line_without_bundle_is_an_offer),
        cmocka_unit_test(simulcast_may_be_a_group_of_ssrcs),
        cmocka_unit_test(only_feedback_that_comes_is_promised),
        cmocka_unit_test(the_codec_that_all_can_play_comes_first),
        cmocka_unit_test(what_was_put_first_stays_first),
        cmocka_unit_test(a_profile_is_answered_as_it_was_offered),
        cmocka_unit_test(offers_of_other_stacks_are_answered),
        cmocka_unit_test(a_connection_of_aiortc_lives_on),
    };
    rng_init(&rng, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
