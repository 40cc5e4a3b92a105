/* Answers: to offers that are right, wrong, odd, and from real browsers. */
#include "tests/unit/proto/negotiating.h"

static void an_offer_without_what_a_connection_needs_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
        unsigned line; /* that is odd; 0: what is needed is missing */
    } cases[] = {
        {"a=ice-ufrag:abcd\r\n", "", "ice-ufrag", 0},
        {"a=ice-pwd:abcdefghijklmnopqrstuv\r\n", "", "ice-pwd", 0},
        {"a=group:BUNDLE 0 1\r\n", "a=group:BUNDLE x\r\n", "no m-line in use", 0},
        {"a=setup:actpass\r\n", "", "setup", 0},
        {"sha-256 " FINGERPRINT, "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33", "hash", 0},
        {"a=fingerprint:sha-256 " FINGERPRINT "\r\n", "", "fingerprint", 0},
        {"a=setup:actpass\r\na=rtcp-mux\r\n", "a=setup:actpass\r\n", "rtcp-mux", 0},
        {"t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n", "ice-lite", 0},
        {"a=ice-pwd:abcdefghijklmnopqrstuv", "a=ice-pwd:short", "22 to 256", 9},
        {"a=ice-ufrag:abcd", "a=ice-ufrag:abc d", "4 to 256", 8},
        {"a=setup:actpass", "a=setup:maybe", "actpass, active or passive", 11},
        {"fingerprint:sha-256 00:11", "fingerprint:sha-256 zz:11", "hexadecimal", 10},
        {"fingerprint:sha-256 00:11:", "fingerprint:sha-256 00:", "as the hash has bytes", 10},
        {"fingerprint:sha-256 00:11", "fingerprint:sha-256 00:00:11", "as the hash has bytes", 10},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct negotiated out;
        struct refusal refusal;
        char *text = replaced(good, cases[i].from, cases[i].to);
        assert_int_not_equal(try_answer(text, &lite, NULL, 0, NULL, &out, &refusal), 0);
        says(&refusal, cases[i].line, cases[i].says);
        free(text);
    }
}

/* Where that leaves no m-line for the transport there is no answer that could say it. */
static void mids_that_are_all_too_long_are_named(void **state)
{
    struct negotiated out;
    struct refusal refusal;
    (void)state;
    char *grouped = replaced(good, "BUNDLE 0 1", "BUNDLE 12345678901234560 12345678901234561");
    char *first = replaced(grouped, "a=mid:0", "a=mid:12345678901234560");
    char *both = replaced(first, "a=mid:1\r\n", "a=mid:12345678901234561\r\n");
    assert_int_not_equal(try_answer(both, &lite, NULL, 0, NULL, &out, &refusal), 0);
    says(&refusal, 0, "a=mid has more than 16 characters");
    free(both);
    free(first);
    free(grouped);
}

static void unusable_lines_are_rejected_with_a_reason(void **state)
{
    static const struct {
        const char *from, *to, *reason, *answered;
    } cases[] = {
        {"m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 TCP/RTP/AVP", "SAVPF", "m=video 0 TCP/RTP/AVP 96\r\n"},
        {"m=video 9", "m=video 0", "port 0", "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"},
        {"a=mid:1\r\na=rtcp-mux", "a=mid:1", "rtcp-mux", "m=video 0 "},
        {"a=mid:1\r\n", "", "there is no a=mid", "m=video 0 "},
        {"a=mid:1\r\n", "a=mid:12345678901234567\r\n", "a=mid has more than 16 characters", "m=video 0 "},
        {"a=mid:1\r\n", "a=mid:1\t2\r\n", "a=mid is not a name of visible characters", "m=video 0 "},
        {"VP8/90000", "H263/90000", "codec", "m=video 0 "},
        {"VP8/90000", "VP8/8000", "codec", "m=video 0 "},
        {"VP8/90000", "opus/48000/2", "codec", "m=video 0 "},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 DTLS/SCTP 5000", "data channels",
         "m=application 0 DTLS/SCTP 5000\r\n"},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "data channels",
         "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"},
        {"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=text 9 TCP/X *", "only audio and video", "m=text 0 TCP/X *\r\n"},
        {"BUNDLE 0 1", "BUNDLE 0", "BUNDLE", "m=video 0 "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = replaced(good, cases[i].from, cases[i].to);
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        assert_int_equal(out.media_count, 1);
        assert_int_equal(out.rejected_count, 1);
        if (strstr(out.rejected[0].reason, cases[i].reason) == NULL)
            fail_msg("'%s' is rejected as: %s", cases[i].to, out.rejected[0].reason);
        has(answer, cases[i].answered, true);
        has(answer, "a=group:BUNDLE 0\r\n", true);
        negotiated_fini(&out);
        free(text);
    }
}

static void an_answer_mirrors_the_offer(void **state)
{
    struct negotiate_line lines[] = {
        {.mid = "0", .send = true, .receive = true, .stream_id = "p2", .track_id = "p2/microphone"},
        {.mid = "1", .send = true}, /* the offerer receives nothing on it */
    };
    static const char *const wanted[] = {"a=ice-lite\r\n",
                                         "a=group:BUNDLE 0 1\r\n",
                                         "a=setup:passive\r\n",
                                         "a=msid:p2 p2/microphone\r\n",
                                         "a=inactive\r\n",
                                         "a=sendrecv\r\n",
                                         "a=fmtp:97 apt=96\r\n",
                                         "SAVPF 111 63\r\n",
                                         "a=fmtp:63 111/111\r\n",
                                         "a=fmtp:111 useinbandfec=1\r\n",
                                         "a=rtcp-fb:96 nack pli\r\n",
                                         "a=candidate:1 1 udp",
                                         "a=end-of-candidates\r\n"};
    (void)state;
    struct negotiated out = must_answer(good, &lite, lines, 2, NULL);
    assert_string_equal(out.remote_ufrag, "abcd");
    assert_false(out.is_dtls_client);
    assert_int_equal(out.media_count, 2);
    const struct media *audio = &out.media[0], *video = &out.media[1];
    assert_true(audio->send && audio->receive && !video->receive && !video->send);
    assert_int_equal(audio->codecs[0].codec, CODEC_OPUS);
    assert_int_equal(audio->codecs[1].codec, CODEC_RED);
    assert_int_equal(audio->codecs[1].primary_payload_type, 111);
    assert_int_equal(video->codecs[0].rtx_payload_type, 97);
    assert_true(video->codecs[0].pli && !video->codecs[0].nack);
    assert_int_equal(video->encodings[0].ssrc, 11);
    assert_int_equal(video->encodings[0].rtx_ssrc, 12);
    assert_int_equal(video->extensions.id[EXTENSION_MID], 4);
    assert_int_not_equal(audio->send_ssrc, 0);
    assert_int_equal(lines[0].send_ssrc, audio->send_ssrc);
    for (size_t i = 0; i < COUNT(wanted); i++)
        has(answer, wanted[i], true);
    has(answer, "trickle", false);
    has(strstr(answer, "a=candidate") + 1, "a=candidate", false);
    negotiated_fini(&out);
    struct negotiate_local local = full();
    out = must_answer(good, &local, lines, 0, NULL);
    has(answer, "a=ice-lite", false);
    has(answer, "a=ice-options:trickle\r\n", true);
    assert_true(out.media[0].receive && !out.media[0].send && out.media[1].receive);
    negotiated_fini(&out);
}

static void codecs_are_taken_by_what_they_are(void **state)
{
    static const struct {
        const char *from, *to;
        size_t count;
        const char *answered, *missing;
    } cases[] = {
        /* Only RED, or RED before Opus. */
        {"SAVPF 111 63", "SAVPF 63", 0, "m=audio 0", "red/48000"},
        {"SAVPF 111 63", "SAVPF 63 111", 2, "SAVPF 63 111\r\n", NULL},
        /* RED around something that we cannot name, and RED that does not say what it is around. */
        {"a=fmtp:63 111/111", "a=fmtp:63 0/0", 1, "SAVPF 111\r\n", "red/48000"},
        {"a=fmtp:63 111/111", "a=fmtp:63 111/63", 1, "SAVPF 111\r\n", "red/48000"},
        {"a=fmtp:63 111/111\r\n", "", 2, "SAVPF 111 63\r\n", NULL},
        /* A payload type that looks like RTCP. */
        {"SAVPF 111 63\r\n", "SAVPF 111 63 72\r\na=rtpmap:72 opus/48000/2\r\n", 2, "SAVPF 111 63\r\n", "72 opus"},
        /* What the offerer says about its own stream is not repeated. */
        {"a=rtcp-mux\r\n", "a=rtcp-mux\r\na=fmtp:111 stereo=1; sprop-stereo=1;useinbandfec=0\r\n", 2,
         "a=fmtp:111 stereo=1;useinbandfec=0\r\n", "sprop"},
        {"a=rtcp-mux\r\n", "a=rtcp-mux\r\na=fmtp:111 minptime=10\r\n", 2, "a=fmtp:111 minptime=10;useinbandfec=1\r\n",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *whole = replaced(good, "BUNDLE 0 1", "BUNDLE 1 0");
        char *text = replaced(whole, cases[i].from, cases[i].to);
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        const bool is_audio = strcmp(out.media[0].mid, "0") == 0;
        assert_int_equal(is_audio ? out.media[0].codec_count : 0, cases[i].count);
        has(answer, cases[i].answered, true);
        if (cases[i].missing != NULL)
            has(answer, cases[i].missing, false);
        negotiated_fini(&out);
        free(text);
        free(whole);
    }
}

static void an_endless_parameter_is_left_out(void **state)
{
    char parameters[400] = "a=rtpmap:97 rtx/90000\r\na=fmtp:96 max-fs=12288;x=";
    (void)state;
    memset(parameters + strlen(parameters), 'y', 300);
    strcat(parameters, "\r\n");
    char *text = replaced(good, "a=rtpmap:97 rtx/90000\r\n", parameters);
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    assert_int_equal(out.media_count, 2);
    assert_string_equal(out.parameters[96], "max-fs=12288");
    negotiated_fini(&out);
    free(text);
}

static void h264_is_told_apart_by_profile_and_mode(void **state)
{
    (void)state;
    char *text = replaced(good, "SAVPF 96 97\r\n",
                          "SAVPF 100 101 102 96 97\r\na=rtpmap:100 H264/90000\r\n"
                          "a=fmtp:100 profile-level-id=42e01f;packetization-mode=1\r\na=rtpmap:101 h264/90000\r\n"
                          "a=fmtp:101 packetization-mode=0;profile-level-id=42E01F\r\na=rtpmap:102 H264/90000\r\n");
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    const struct media *video = &out.media[1];
    assert_int_equal(video->codec_count, 4);
    static const char *const profiles[] = {"profile-level-id=42e01f;packetization-mode=1", "profile-level-id=42e01f",
                                           ""};
    for (size_t i = 0; i < COUNT(profiles); i++) { /* in their order */
        uint32_t profile;
        assert_true(codec_read_profile(CODEC_H264, profiles[i], &profile));
        assert_int_equal(video->codecs[i].profile, profile);
    }
    assert_int_not_equal(video->codecs[0].profile, video->codecs[1].profile);
    assert_int_not_equal(video->codecs[1].profile, video->codecs[2].profile);
    assert_int_equal(video->codecs[3].codec, CODEC_VP8);
    negotiated_fini(&out);
    struct negotiate_local local = lite;
    local.codecs = (const enum codec[]){CODEC_H264, CODEC_OPUS, CODEC_NONE};
    out = must_answer(text, &local, NULL, 0, NULL);
    assert_int_equal(out.media[1].codecs[0].codec, CODEC_H264);
    assert_int_equal(out.media[1].codec_count, 3);
    negotiated_fini(&out);
    free(text);
}

static void extensions_are_taken_by_kind_and_turned_round(void **state)
{
    static const char offered[] =
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        "a=extmap:2 urn:ietf:params:rtp-hdrext:toffset\r\n"
        "a=extmap:3/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
        "a=extmap:5/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
        "a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00\r\n"
        "a=extmap:16 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n";
    (void)state;
    char *text = replaced(good, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n", offered);
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    const uint8_t *ids = out.media[1].extensions.id;
    assert_int_equal(ids[EXTENSION_MID], 4);
    assert_int_equal(ids[EXTENSION_RID], 5);
    assert_int_equal(ids[EXTENSION_PLAYOUT_DELAY], 0); /* nothing goes its way on this m-line */
    assert_int_equal(ids[EXTENSION_AUDIO_LEVEL] | ids[EXTENSION_TOFFSET] | ids[EXTENSION_VIDEO_LAYERS_ALLOCATION], 0);
    assert_int_equal(ids[EXTENSION_ABS_SEND_TIME], 0); /* 16 wants the two-byte form, which was not offered */
    has(answer, "playout-delay", false);
    has(answer, "a=extmap:5/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n", true);
    has(answer, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n", true);
    negotiated_fini(&out);
    char *mixed = replaced(text, "t=0 0\r\n", "t=0 0\r\na=extmap-allow-mixed\r\n");
    out = must_answer(mixed, &lite, NULL, 0, NULL);
    assert_int_equal(out.media[1].extensions.id[EXTENSION_ABS_SEND_TIME], 16);
    has(answer, "a=extmap-allow-mixed\r\n", true);
    negotiated_fini(&out);
    free(mixed);
    free(text);
}

static void simulcast_is_received_by_rid(void **state)
{
    (void)state;
    char *text =
        replaced(good, "a=sendonly\r\n", "a=sendonly\r\na=rid:q send\r\na=rid:f send\r\na=simulcast:send q;f\r\n");
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    assert_int_equal(out.media[1].encoding_count, 2);
    assert_string_equal(out.media[1].encodings[1].rid, "f");
    assert_int_equal(out.media[1].encodings[0].ssrc, 0); /* one pair of SSRCs does not say which rid it is */
    has(answer, "a=rid:q recv\r\na=rid:f recv\r\na=simulcast:recv q;f\r\n", true);
    negotiated_fini(&out);
    struct negotiate_line silent = {.mid = "1"};
    out = must_answer(text, &lite, &silent, 1, NULL);
    has(answer, "simulcast", false);
    negotiated_fini(&out);
    free(text);
}

static void role_and_ssrcs_stay_on_later_offers(void **state)
{
    struct negotiate_line lines[] = {{.mid = "0", .send = true, .receive = true}};
    struct refusal refusal;
    (void)state;
    char *passive = replaced(good, "a=setup:actpass", "a=setup:passive");
    struct negotiated first = must_answer(passive, &lite, lines, 1, NULL);
    assert_true(first.is_dtls_client);
    has(answer, "a=setup:active\r\n", true);
    uint32_t ssrc = first.media[0].send_ssrc;
    lines[0].send_ssrc = 0;
    struct negotiated second = must_answer(good, &lite, lines, 1, &first);
    assert_true(second.is_dtls_client);
    assert_int_equal(second.media[0].send_ssrc, ssrc);
    /* But not when it did not send in between: Chromium would decode the stream and show nothing. */
    char *inactive = replaced(good, "a=sendrecv", "a=inactive");
    struct negotiated third = must_answer(inactive, &lite, lines, 1, &second);
    assert_false(third.media[0].send || third.media[0].receive);
    lines[0].send_ssrc = 0;
    struct negotiated fourth = must_answer(good, &lite, lines, 1, &third);
    assert_int_equal(third.media[0].send_ssrc, 0);
    assert_int_not_equal(fourth.media[0].send_ssrc, ssrc);
    struct negotiated fifth;
    char *active = replaced(good, "a=setup:actpass", "a=setup:active");
    assert_int_not_equal(try_answer(active, &lite, lines, 1, &fourth, &fifth, &refusal), 0);
    says(&refusal, 0, "role");
    negotiated_fini(&first);
    negotiated_fini(&second);
    negotiated_fini(&third);
    negotiated_fini(&fourth);
    free(passive);
    free(inactive);
    free(active);
}

static void offers_of_real_ends_are_answered(void **state)
{
    static const struct {
        const char *name;
        size_t media, rejected, rids;
        bool has_ssrcs;
    } cases[] = {
        {"chromium-plain", 2, 0, 0, true},
        {"chromium-simulcast-and-receivers", 12, 0, 3, false},
        {"chromium-stopped-and-data", 1, 2, 0, false},
        {"firefox-plain", 2, 0, 0, true},
        {"firefox-simulcast-and-receivers", 12, 0, 3, true},
        {"firefox-stopped-and-data", 1, 2, 0, false},
        {"aiortc-legacy", 2, 1, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = load(cases[i].name);
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        if (out.media_count != cases[i].media || out.rejected_count != cases[i].rejected)
            fail_msg("%s: %zu accepted, %zu rejected", cases[i].name, out.media_count, out.rejected_count);
        size_t rids = 0;
        for (size_t k = 0; k < out.media_count; k++)
            rids += out.media[k].encodings[0].rid[0] != '\0' ? out.media[k].encoding_count : 0;
        assert_int_equal(rids, cases[i].rids);
        const struct media *video = out.media_count > 1 ? &out.media[1] : NULL;
        assert_int_equal(video != NULL && video->encodings[video->encoding_count - 1].ssrc != 0 &&
                             video->encodings[video->encoding_count - 1].rtx_ssrc != 0,
                         cases[i].has_ssrcs);
        if (video != NULL)
            assert_true(video->codecs[0].codec == CODEC_VP8 && video->codecs[0].nack && video->codecs[0].pli &&
                        video->codecs[0].rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE);
        sdp_free(must_parse(answer));
        negotiated_fini(&out);
        free(text);
    }
}

static void a_connection_of_a_real_browser_lives_on(void **state)
{
    static const char *const steps[] = {"plain", "screen-added", "camera-stopped", "restarted"};
    static const char *const browsers[] = {"chromium", "firefox"};
    (void)state;
    for (size_t b = 0; b < 2; b++) {
        struct negotiated states[4];
        uint32_t ssrc = 0;
        for (size_t i = 0; i < COUNT(steps); i++) {
            struct negotiate_line lines[] = {{.mid = "0", .send = true, .receive = true}};
            char name[64];
            snprintf(name, sizeof name, "%s-%s", browsers[b], steps[i]);
            char *text = load(name);
            states[i] = must_answer(text, &lite, lines, 1, i > 0 ? &states[i - 1] : NULL);
            ssrc = i == 0 ? states[0].media[0].send_ssrc : ssrc;
            assert_int_equal(states[i].media[0].send_ssrc, ssrc);
            assert_int_equal(states[i].media_count, i == 1 ? 3 : 2);
            assert_int_equal(states[i].rejected_count, i >= 2);
            assert_false(states[i].is_dtls_client);
            free(text);
        }
        assert_string_equal(states[2].media[1].mid, "2");
        assert_string_equal(states[2].remote_ufrag, states[0].remote_ufrag);
        assert_string_not_equal(states[3].remote_ufrag, states[0].remote_ufrag);
        assert_string_equal(states[3].fingerprint, states[0].fingerprint);
        for (size_t i = 0; i < COUNT(steps); i++)
            negotiated_fini(&states[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_without_what_a_connection_needs_is_refused),
        cmocka_unit_test(mids_that_are_all_too_long_are_named),
        cmocka_unit_test(unusable_lines_are_rejected_with_a_reason),
        cmocka_unit_test(an_answer_mirrors_the_offer),
        cmocka_unit_test(codecs_are_taken_by_what_they_are),
        cmocka_unit_test(an_endless_parameter_is_left_out),
        cmocka_unit_test(h264_is_told_apart_by_profile_and_mode),
        cmocka_unit_test(extensions_are_taken_by_kind_and_turned_round),
        cmocka_unit_test(simulcast_is_received_by_rid),
        cmocka_unit_test(role_and_ssrcs_stay_on_later_offers),
        cmocka_unit_test(offers_of_real_ends_are_answered),
        cmocka_unit_test(a_connection_of_a_real_browser_lives_on),
    };
    rng_init(&rng, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
