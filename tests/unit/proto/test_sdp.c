#include "tests/unit/proto/sdp_text.h"

static void each_broken_line_is_named(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned line;
        const char *expected;
    } cases[] = {
        {"v=0", "v=1", 1, "v=0"},
        {"a=mid:1", "a=mid:0", 0, "same a=mid"},
        {"s=-", "nonsense", 3, "one letter"},
        {"o=- 1 2 IN IP4 127.0.0.1", "o=- 1", 2, "o= wants"},
        {"o=- 1 2 IN IP4 127.0.0.1\r\n", "", 0, "no o= line"},
        {"m=video 9", "m=video 99999", 17, "m= wants"},
        {"m=video 9", "m=video -9", 17, "m= wants"},
        {"m=video 9", "m=video 9/x", 17, "m= wants"},
        {"m=video 9", "m=a-kind-of-media-that-is-long 9", 17, "m= wants"},
        {"SAVPF 96 97", "SAVPF", 17, "m= wants"},
        {"a=mid:1", "a=mid:1\r2", 18, "carriage return"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct refusal refusal;
        struct sdp *sdp;
        char *text = replaced(good, cases[i].from, cases[i].to);
        assert_int_equal(sdp_parse(&sdp, text, strlen(text), &refusal), ERR_INVALID);
        says(&refusal, cases[i].line, cases[i].expected);
        assert_null(sdp);
        free(text);
    }
}

/* What nothing depends on costs itself, not the description. */
static void an_odd_value_costs_only_itself(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"t=0 0\r\n", "t=0 0\r\n\r\n"},
        {"a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 dmlkZW8="},
        {"o=- 1 2 IN", "o=- abc-def 99999999999999999999999 IN"},
        {"o=- 1 2 IN", "o=user 123456789012345678901234567890 2 IN"},
        {"m=video 9", "m=video 9/2"},
        {"SAVPF 96 97", "SAVPF 96 200 x 97  96"},
        {"BUNDLE 0 1", "BUNDLE 0 12345678901234567 1"},
        {"BUNDLE 0 1", "BUNDLE 0 a@b 1"},
        {"t=0 0", "a=group:BUNDLE 0 1\r\na=group:BUNDLE x"},
        {"a=rtpmap:97 rtx/90000\r\n",
         "a=rtpmap:97 rtx/90000\r\na=rtpmap:98 VP8\r\na=rtpmap:x\r\na=rtpmap:98 VP8/0\r\n"},
        {"a=rtpmap:97 rtx/90000\r\n", "a=rtpmap:97 rtx/90000\r\na=rtpmap:98 "
                                      "X-VENDOR-EXPERIMENTAL-SUPER-RESOLUTION-CODEC/90000\r\n"},
        {"a=rtcp-fb:96 ", "a=rtcp-fb:x\r\na=rtcp-fb:\r\na=rtcp-fb:96\r\na=rtcp-fb:96\t "},
        {"a=extmap:4 ",
         "a=extmap:0 urn:x\r\na=extmap:300 urn:x\r\na=extmap:5/sideways urn:x\r\na=extmap\r\na=extmap:4  "},
        {"a=fmtp:97 apt=96", "a=fmtp:96\r\na=fmtp:x\r\na=fmtp:97 rtx-time=3000; apt=96"},
        {"a=ssrc:11 ", "a=ssrc:4294967296 x\r\na=ssrc:\r\na=ssrc:11\r\na=ssrc:11 "},
        {"a=ssrc-group:FID 11 12", "a=ssrc-group:FID 11\r\na=ssrc-group:FID x y\r\na=ssrc-group:FID 11 12"},
        {"a=sendonly", "a=sendonly\r\na=simulcast:send ;;b\"c"},
        {"a=sendonly", "a=sendonly\r\na=sctp-port:65536"},
        {"a=sendonly", "a=sendonly \t"},
        {"a=mid:1", "a=mid: 1"},
        {"a=group:BUNDLE 0 1", "a=group: BUNDLE 0 1"},
        {"a=extmap:4 ", "a=extmap: 4 "},
        {"a=ssrc-group:FID 11 12", "a=ssrc-group: FID 11 12"},
        {"a=mid:1\r\na=rtcp-mux", "a=mid:1\r\na=rtcp-mux rtcp-mux"},
        {"a=mid:1\r\na=rtcp-mux", "a=mid:1\r\na=rtcp-mux-only"},
        {"a=setup:actpass\r\n", "a=setup:actpass\r\na=fingerprint:md5 zz\r\na=fingerprint:sha-1 00\r\n"},
        {"a=setup:actpass\r\n", "a=setup:actpass\r\na=tls-id:short\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = replaced(good, cases[i].from, cases[i].to);
        struct sdp *sdp = must_parse(text);
        const struct sdp_media *video = &sdp->media[1];
        if (sdp->media_count != 2 || sdp->media[0].rejected || video->rejected || !sdp_is_bundled(sdp, video) ||
            strcmp(video->codecs[0].name, "VP8") != 0 || !video->codecs[0].pli ||
            strstr(video->codecs[1].parameters, "apt=96") == NULL || video->codec_count != 2 ||
            video->extensions.id[EXTENSION_MID] != 4 || video->ssrc_count != 1 || video->ssrcs[0].rtx_ssrc != 12 ||
            !video->send || video->receive || video->rid_count != 0)
            fail_msg("'%s' costs more than itself", cases[i].to);
        sdp_free(sdp);
        free(text);
    }
}

static void a_mid_may_be_base64(void **state)
{
    (void)state;
    char *group = replaced(good, "BUNDLE 0 1", "BUNDLE 0 dmlkZW8=");
    char *text = replaced(group, "a=mid:1", "a=mid:dmlkZW8=");
    struct sdp *sdp = must_parse(text);
    assert_string_equal(sdp->media[1].mid, "dmlkZW8=");
    assert_true(!sdp->media[1].rejected && sdp_is_bundled(sdp, &sdp->media[1]));
    sdp_free(sdp);
    free(text);
    free(group);
}

static void a_line_may_be_long(void **state)
{
    char *attribute = mem_alloc(20000);
    (void)state;
    memset(attribute, 'x', 19998);
    static const char *const names[] = {"a=msid-semantic: ", "a=fmtp:96 ", "a=candidate:", "a=msid:", "a=rtcp-fb:96 "};
    for (size_t i = 0; i < COUNT(names); i++) {
        memcpy(attribute, names[i], strlen(names[i]));
        memcpy(attribute + 19996, "\r\n", 3);
        char *text = replaced(good, "a=ssrc:11", "@a=ssrc:11");
        char *longer = replaced(text, "@", attribute);
        struct sdp *sdp = must_parse(longer);
        assert_int_equal(sdp->media[1].codec_count, 2);
        assert_false(sdp->media[1].rejected);
        sdp_free(sdp);
        free(longer);
        free(text);
    }
    free(attribute);
}

static void every_payload_type_is_kept(void **state)
{
    char types[800] = "SAVPF";
    (void)state;
    for (unsigned i = 0; i < 128; i++)
        sprintf(types + strlen(types), " %u", 127 - i);
    char *text = replaced(good, "SAVPF 96 97", types);
    struct sdp *sdp = must_parse(text);
    assert_int_equal(sdp->media[1].codec_count, 128);
    assert_string_equal(sdp->media[1].codecs[127 - 96].name, "VP8");
    sdp_free(sdp);
    free(text);
}

static void profiles_of_dtls_srtp_are_told_from_others(void **state)
{
    static const struct {
        const char *protocol;
        bool taken;
    } cases[] = {
        {"UDP/TLS/RTP/SAVPF", true},  {"UDP/TLS/RTP/SAVP", true},
        {"TCP/DTLS/RTP/SAVPF", true}, {"TCP/DTLS/RTP/SAVP", true},
        {"RTP/SAVPF", true},          {"RTP/SAVP", true},
        {"RTP/AVPF", true},           {"RTP/AVP", true},
        {"udp/tls/rtp/savpf", true},  {"TCP/RTP/AVP", false},
        {"TCP/TLS/RTP/SAVPF", false}, {"UDP/TLS/RTP/SAVPFX", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[64];
        snprintf(line, sizeof line, "m=video 9 %s", cases[i].protocol);
        char *text = replaced(good, "m=video 9 UDP/TLS/RTP/SAVPF", line);
        struct sdp *sdp = must_parse(text);
        assert_int_equal(sdp->media[1].rejected, !cases[i].taken);
        sdp_free(sdp);
        free(text);
    }
}

static void a_mid_that_does_not_fit_costs_its_line(void **state)
{
    static const char *const mids[] = {"a=mid:12345678901234567", "a=mid:", "a=mid:1\t2"};
    (void)state;
    for (size_t i = 0; i < COUNT(mids); i++) {
        char *text = replaced(good, "a=mid:1", mids[i]);
        struct sdp *sdp = must_parse(text);
        assert_true(!sdp->media[0].rejected && sdp->media[1].rejected);
        assert_non_null(strstr(sdp->media[1].reject_reason, "a=mid"));
        sdp_free(sdp);
        free(text);
    }
}

/* `count` times `part` behind `head`. */
static char *repeated(const char *head, const char *part, size_t count)
{
    char *text = mem_alloc(strlen(head) + count * strlen(part) + 1);
    char *at = stpcpy(text, head);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, part);
    return text;
}

static void there_are_limits(void **state)
{
    static const char head[] = "v=0\no=- 1 1 IN IP4 0\n";
    static const struct {
        const char *head, *part;
        size_t count;
        unsigned line;
        const char *expected;
    } cases[] = {
        {head, "m=video 9 UDP/TLS/RTP/SAVPF 96\n", SDP_MEDIA_MAX + 1, SDP_MEDIA_MAX + 3, "m-lines"},
        {head, "a=x:yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n", SDP_SIZE_MAX / 64 + 1, 0,
         "256 KiB"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct refusal refusal;
        struct sdp *sdp;
        char *text = repeated(cases[i].head, cases[i].part, cases[i].count);
        assert_int_not_equal(sdp_parse(&sdp, text, strlen(text), &refusal), 0);
        says(&refusal, cases[i].line, cases[i].expected);
        free(text);
    }
    char *text = repeated(head, "m=video 9 UDP/TLS/RTP/SAVPF 96\n", SDP_MEDIA_MAX);
    struct sdp *sdp = must_parse(text);
    assert_int_equal(sdp->media_count, SDP_MEDIA_MAX);
    sdp_free(sdp);
    free(text);
}

static void what_exceeds_a_list_is_left_out(void **state)
{
    (void)state;
    char *candidates = repeated(good, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", 20);
    struct sdp *sdp = must_parse(candidates);
    assert_int_equal(sdp->media[1].candidate_count, COUNT(sdp->media[1].candidates));
    sdp_free(sdp);
    free(candidates);
    char *rids = replaced(good, "a=sendonly\r\n", "a=simulcast:send a;b;~c,x;d recv e\r\n");
    sdp = must_parse(rids);
    assert_int_equal(sdp->media[1].rid_count, MEDIA_ENCODINGS_MAX);
    assert_string_equal(sdp->media[1].rids[2], "c");
    sdp_free(sdp);
    free(rids);
}

static void a_text_need_not_end_and_may_hold_nothing(void **state)
{
    static const char text[] = {'v', '=', '0', '\n', 'o', '=', '-', ' ', '1', ' ', '2', ' ', 'I', 'N'};
    struct refusal refusal;
    struct sdp *sdp;
    (void)state;
    assert_int_equal(sdp_parse(&sdp, text, sizeof text, &refusal), 0);
    assert_string_equal(sdp->session_id, "1");
    assert_int_equal(sdp->session_version, 2);
    sdp_free(sdp);
    assert_int_not_equal(sdp_parse(&sdp, text, 0, &refusal), 0);
    says(&refusal, 0, "empty");
    assert_int_not_equal(sdp_parse(&sdp, "v=0\no=- 1 2\0 IN\n", 17, &refusal), 0);
    says(&refusal, 2, "NUL");
}

static void unknown_attributes_and_lines_are_ignored(void **state)
{
    (void)state;
    char *text =
        replaced(good, "t=0 0\r\n", "b=AS:1\r\na=unheard-of:1 2 3\r\na=group:LS 0 1\r\nz=0\r\na=fingerprints\r\n");
    char *more = replaced(text, "a=sendonly\r\n",
                          "a=sendonly\r\na=rtcp-xr:all\r\na=ssrc-group:SIM 1 2 3\r\na=\r\na=rtpmap:5 X/1\r\n"
                          "a=extmap:9 urn:unknown\r\na=rtcp-fb:* ccm fir\r\n");
    struct sdp *sdp = must_parse(more);
    assert_int_equal(sdp->bundle_count, 2);
    assert_int_equal(sdp->media_count, 2);
    assert_true(sdp->media[1].send && !sdp->media[1].receive && sdp->media[1].codecs[0].fir);
    sdp_free(sdp);
    free(more);
    free(text);
}

static void m_lines_inherit_from_the_session(void **state)
{
    (void)state;
    char *text = replaced(good, "t=0 0\r\n",
                          "t=0 0\r\na=recvonly\r\na=ice-ufrag:sess\r\na=setup:active\r\na=extmap-allow-mixed\r\n"
                          "a=ice-options:trickle ice2\r\na=ice-lite\r\n");
    char *open = replaced(text, "a=sendonly\r\n", "");
    struct sdp *sdp = must_parse(open);
    assert_true(sdp->ice_lite && sdp->trickle);
    assert_string_equal(sdp->media[0].ice_ufrag, "abcd");
    assert_string_equal(sdp->media[1].ice_ufrag, "sess");
    assert_int_equal(sdp->media[0].setup, SDP_SETUP_ACTPASS);
    assert_int_equal(sdp->media[1].setup, SDP_SETUP_ACTIVE);
    assert_true(sdp->media[1].extmap_allow_mixed && sdp->media[1].receive && !sdp->media[1].send);
    sdp_free(sdp);
    free(open);
    free(text);
}

static void of_several_fingerprints_one_we_can_check_is_kept(void **state)
{
    (void)state;
    char *text = replaced(
        good, "a=setup:actpass\r\n",
        "a=setup:actpass\r\na=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\r\n"
        "a=fingerprint:md5 00:11\r\n");
    struct sdp *sdp = must_parse(text);
    assert_string_equal(sdp->media[0].fingerprint_algorithm, "sha-256");
    assert_string_equal(sdp->media[0].fingerprint, FINGERPRINT);
    sdp_free(sdp);
    free(text);
}

static void ssrcs_are_paired_in_any_order(void **state)
{
    static const char *const orders[] = {
        "a=ssrc-group:FID 1 2\r\na=ssrc:1 cname:x\r\na=ssrc:2 cname:x\r\na=ssrc-group:FID 3 4\r\na=ssrc:3 "
        "cname:x\r\na=ssrc:4 cname:x\r\n",
        "a=ssrc:1 cname:x\r\na=ssrc:2 cname:x\r\na=ssrc:3 cname:x\r\na=ssrc:4 cname:x\r\na=ssrc-group:FID 1 "
        "2\r\na=ssrc-group:FID 3 4\r\n",
        "a=ssrc:1 cname:x\r\na=ssrc:3 cname:x\r\na=ssrc-group:FID 1 2\r\na=ssrc-group:FID 3 4\r\n",
        "a=ssrc:2 cname:x\r\na=ssrc:1 cname:x\r\na=ssrc:3 cname:x\r\na=ssrc-group:FID 1 2\r\na=ssrc-group:FID 3 4\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        char *text = replaced(good, "a=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc-group:FID 11 12\r\n", orders[i]);
        struct sdp *sdp = must_parse(text);
        assert_int_equal(sdp->media[1].ssrc_count, 2);
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(sdp->media[1].ssrcs[k].ssrc, 2 * k + 1);
            assert_int_equal(sdp->media[1].ssrcs[k].rtx_ssrc, 2 * k + 2);
        }
        sdp_free(sdp);
        free(text);
    }
}

static void the_transport_is_the_first_bundled_line_in_use(void **state)
{
    static const struct {
        const char *from, *to, *mid;
    } cases[] = {
        {"a=x", "a=x", "0"},
        {"m=audio 9", "m=audio 0", "1"},
        {"BUNDLE 0 1", "BUNDLE 1", "1"},
        {"a=x\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n", "m=audio 0 UDP/TLS/RTP/SAVPF 111 63\r\na=bundle-only\r\n",
         "0"},
        {"BUNDLE 0 1", "BUNDLE 2", NULL},
    };
    (void)state;
    char *base = replaced(good, "m=audio", "a=x\r\nm=audio");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = replaced(base, cases[i].from, cases[i].to);
        struct sdp *sdp = must_parse(text);
        const struct sdp_media *transport = sdp_transport(sdp);
        if (cases[i].mid == NULL)
            assert_null(transport);
        else
            assert_string_equal(transport->mid, cases[i].mid);
        sdp_free(sdp);
        free(text);
    }
    free(base);
}

static void legacy_data_channels_are_read(void **state)
{
    (void)state;
    char *text = replaced(good, "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n",
                          "m=application 9 DTLS/SCTP 5000\r\na=sctpmap:5000 webrtc-datachannel 65535\r\n");
    struct sdp *sdp = must_parse(text);
    assert_int_equal(sdp->media[1].sctp_port, 5000);
    assert_string_equal(sdp->media[1].format, "5000");
    assert_false(sdp->media[1].rejected);
    sdp_free(sdp);
    free(text);
}

static void what_is_written_is_read_again(void **state)
{
    static char out[SDP_SIZE_MAX], again[SDP_SIZE_MAX];
    (void)state;
    char *text = replaced(good, "t=0 0\r\n",
                          "a=ice-ufrag:sess\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:active\r\n"
                          "a=fingerprint:sha-256 " FINGERPRINT "\r\n");
    struct sdp *sdp = must_parse(text);
    free(text);
    snprintf(sdp->cname, sizeof sdp->cname, "x");
    sdp->media[1].extension_directions[EXTENSION_MID] = SDP_EXTENSION_RECEIVE;
    int length = sdp_write(sdp, out, sizeof out);
    assert_true(length > 0);
    assert_int_equal(strlen(out), length);
    assert_non_null(strstr(out, "a=extmap:4/recvonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n"));
    struct sdp *second = must_parse(out);
    snprintf(second->cname, sizeof second->cname, "x");
    assert_int_equal(sdp_write(second, again, sizeof again), length);
    assert_string_equal(out, again);
    for (size_t capacity = 0; capacity <= (size_t)length; capacity += 7) {
        char *exact = malloc(capacity > 0 ? capacity : 1);
        assert_true(sdp_write(sdp, exact, capacity) < 0);
        free(exact);
    }
    sdp_free(sdp);
    sdp_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_broken_line_is_named),
        cmocka_unit_test(an_odd_value_costs_only_itself),
        cmocka_unit_test(a_mid_may_be_base64),
        cmocka_unit_test(a_line_may_be_long),
        cmocka_unit_test(every_payload_type_is_kept),
        cmocka_unit_test(profiles_of_dtls_srtp_are_told_from_others),
        cmocka_unit_test(a_mid_that_does_not_fit_costs_its_line),
        cmocka_unit_test(there_are_limits),
        cmocka_unit_test(what_exceeds_a_list_is_left_out),
        cmocka_unit_test(a_text_need_not_end_and_may_hold_nothing),
        cmocka_unit_test(unknown_attributes_and_lines_are_ignored),
        cmocka_unit_test(m_lines_inherit_from_the_session),
        cmocka_unit_test(of_several_fingerprints_one_we_can_check_is_kept),
        cmocka_unit_test(ssrcs_are_paired_in_any_order),
        cmocka_unit_test(the_transport_is_the_first_bundled_line_in_use),
        cmocka_unit_test(legacy_data_channels_are_read),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
