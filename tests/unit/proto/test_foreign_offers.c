/* Offers as other stacks write them, or might: one change of a plain offer in each row, and all that is agreed then. */
#include "tests/unit/proto/negotiating.h"

#define MID "urn:ietf:params:rtp-hdrext:sdes:mid"
#define TIME "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
#define OTHER_FINGERPRINT                                                                                              \
    "AA:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define STREAMS "a=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc-group:FID 11 12\r\n"
#define OTHER_TRANSPORT                                                                                                \
    "a=ice-ufrag:efgh\r\na=ice-pwd:efghijklmnopqrstuvwxyz\r\na=fingerprint:sha-256 " OTHER_FINGERPRINT                 \
    "\r\na=setup:passive\r\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\n"

static void add(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void describe_encodings(char *text, size_t size, const struct media *media)
{
    for (size_t i = 0; i < media->encoding_count; i++) {
        const struct media_encoding *encoding = &media->encodings[i];
        add(text, size, " %s", encoding->rid);
        if (encoding->ssrc != 0)
            add(text, size, "%u/%u", encoding->ssrc, encoding->rtx_ssrc);
    }
}

/* "0<opus,red 1<VP8+ 11/12 !2": each m-line with its mid; < we receive, > we send, = both, - neither; codecs, + with
 * RTX; encodings by rid and SSRCs; ! rejected. */
static void describe(char *text, size_t size, const struct negotiated *out)
{
    text[0] = '\0';
    for (size_t i = 0; i < out->media_count; i++) {
        const struct media *media = &out->media[i];
        add(text, size, "%s%s%c", i > 0 ? " " : "", media->mid, "-<>="[media->receive + 2 * media->send]);
        for (size_t k = 0; k < media->codec_count; k++)
            add(text, size, "%s%s%s", k > 0 ? "," : "", codec_name(media->codecs[k].codec),
                media->codecs[k].rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE ? "+" : "");
        if (media->kind == MEDIA_VIDEO)
            describe_encodings(text, size, media);
    }
    for (size_t i = 0; i < out->rejected_count; i++)
        add(text, size, " !%s", out->rejected[i].mid);
}

struct change {
    const char *from, *to;
};

static char *changed(const struct change *changes, size_t count)
{
    char *text = mem_text(good);
    for (size_t i = 0; i < count && changes[i].from != NULL; i++) {
        char *next = replaced(text, changes[i].from, changes[i].to);
        free(text);
        text = next;
    }
    return text;
}

#define PLAIN "0<opus,red 1<VP8+ 11/12"

static const struct {
    struct change changes[3];
    const char *agreed, *answered, *not_answered;
} offers[] = {
    /* Codecs. */
    {{{"opus/48000/2", "opus/48000"}}, PLAIN, "a=rtpmap:111 opus/48000\r\n", NULL},
    {{{"opus/48000/2", "OPUS/48000/1"}}, PLAIN, NULL, NULL},
    {{{"opus/48000/2", "opus/48000/x"}}, PLAIN, NULL, NULL},
    {{{"opus/48000/2", "opus/48000/"}}, PLAIN, NULL, NULL},
    {{{"VP8/90000", "vp8/90000/2"}}, PLAIN, "a=rtpmap:96 VP8/90000\r\n", NULL},
    {{{"VP8/90000", "VP8/90000/0"}}, PLAIN, NULL, NULL},
    {{{"VP8/90000", "VP8/90000/"}}, PLAIN, NULL, NULL},
    {{{"111 63\r\n", "0 8 111 13 110 126 63\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n"
                     "a=fmtp:110 0-16\r\na=rtpmap:126 telephone-event/8000\r\n"}},
     PLAIN,
     "SAVPF 111 63\r\n",
     "telephone"},
    {{{"red/48000/2", "red/8000"}}, "0<opus 1<VP8+ 11/12", NULL, "red"},
    {{{"a=fmtp:63 111/111", "a=fmtp:63 111/111/111"}}, PLAIN, "a=fmtp:63 111/111/111\r\n", NULL},
    {{{"a=rtpmap:111 opus/48000/2\r\n", ""}}, "1<VP8+ 11/12 !0", "m=audio 0 ", "red"},
    {{{"96 97\r\n", "96 97 70\r\na=rtpmap:70 VP9/90000\r\n"}}, PLAIN, NULL, "VP9"},
    {{{"VP8/90000", "VP9/90000\r\na=fmtp:96 profile-id=2"}},
     "0<opus,red 1<VP9+ 11/12",
     "a=fmtp:96 profile-id=2\r\n",
     NULL},
    {{{"VP8/90000", "VP9/90000\r\na=fmtp:96 profile-id=9"}}, "0<opus,red !1", "m=video 0 ", NULL},
    {{{"VP8/90000", "AV1/90000\r\na=fmtp:96 level-idx=5;profile=0;tier=0"}},
     "0<opus,red 1<AV1+ 11/12",
     "a=fmtp:96 level-idx=5;profile=0;tier=0\r\n",
     NULL},
    {{{"VP8/90000", "H264/90000\r\na=fmtp:96 packetization-mode=2;profile-level-id=42e01f"}},
     "0<opus,red !1",
     "m=video 0 ",
     NULL},
    {{{"VP8/90000", "H264/90000"}}, "0<opus,red 1<H264+ 11/12", NULL, NULL},
    {{{"VP8/90000", "H264/90000\r\na=fmtp:96 profile-level-id=42e01f\r\na=fmtp:96 packetization-mode=1"}},
     "0<opus,red 1<H264+ 11/12",
     "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1\r\n",
     NULL},
    {{{"VP8/90000", "H264/90000\r\na=fmtp:96 x-google-max-bitrate=2500;x-google-min-bitrate=500;"
                    "x-google-start-bitrate=1000;level-asymmetry-allowed=1;packetization-mode=1;"
                    "profile-level-id=42e01f"}},
     "0<opus,red 1<H264+ 11/12",
     "packetization-mode=1;profile-level-id=42e01f",
     NULL},
    /* Streams. */
    {{{STREAMS, ""}}, "0<opus,red 1<VP8+ ", NULL, NULL},
    {{{STREAMS, "a=ssrc:11 msid:a b\r\na=ssrc:11 mslabel:a\r\na=ssrc:11 label:b\r\n"}},
     "0<opus,red 1<VP8+ 11/0",
     NULL,
     NULL},
    {{{STREAMS, STREAMS "a=ssrc-group:FEC-FR 11 13\r\na=ssrc:13 cname:x\r\n"}}, PLAIN, NULL, NULL},
    {{{"a=sendonly", "a=sendonly\r\na=msid:only"}}, PLAIN, NULL, NULL},
    {{{"a=sendonly", "a=sendonly\r\na=msid:- b\r\na=msid:"}}, PLAIN, NULL, NULL},
    {{{STREAMS, "a=ssrc-group:SIM 21 22 23\r\na=ssrc-group:FID 21 31\r\na=ssrc-group:FID 22 32\r\n"
                "a=ssrc-group:FID 23 33\r\na=ssrc-group:SIM 31 32 33\r\n"}},
     "0<opus,red 1<VP8+ 21/31 22/32 23/33",
     NULL,
     NULL},
    {{{STREAMS, "a=ssrc-group:SIM 21\r\na=ssrc-group:FID 21 31\r\n"}}, "0<opus,red 1<VP8+ 21/31", NULL, NULL},
    {{{STREAMS, "a=rid:1 send\r\na=rid:2 send\r\na=rid:3 send\r\na=simulcast:send 1,2;3\r\n"}},
     "0<opus,red 1<VP8+ 1 3",
     "a=simulcast:recv 1;3\r\n",
     NULL},
    {{{STREAMS, "a=rid:1 send pt=96;max-width=320\r\na=rid:2 send\r\na=simulcast:recv x send ~1;~2\r\n"}},
     "0<opus,red 1<VP8+ 1 2",
     "a=simulcast:recv 1;2\r\n",
     "~"},
    {{{STREAMS, "a=rid:q send\r\na=rid:h send\r\na=simulcast: send rid=q;h\r\n"}},
     "0<opus,red 1<VP8+ q h",
     "a=simulcast:recv q;h\r\n",
     NULL},
    {{{STREAMS, "a=simulcast:send 1;2;3;4\r\n"}}, "0<opus,red 1<VP8+ 1 2 3", "a=simulcast:recv 1;2;3\r\n", NULL},
    {{{STREAMS, "a=simulcast:send 1;a-name-that-is-too-long;3\r\n"}}, "0<opus,red 1<VP8+ 1 3", NULL, "too-long"},
    {{{STREAMS, "a=rid:1 send\r\n"}}, "0<opus,red 1<VP8+ ", NULL, "a=rid"},
    /* Header extensions. */
    {{{"t=0 0\r\n", "t=0 0\r\na=extmap:9 " TIME "\r\n"}}, PLAIN, "a=extmap:9 " TIME "\r\n", NULL},
    {{{"t=0 0\r\n", "t=0 0\r\na=extmap:9 " MID "\r\n"}}, PLAIN, "a=extmap:4 " MID "\r\n", NULL},
    {{{"a=extmap:4 ", "a=extmap:4/inactive "}}, PLAIN, NULL, "a=extmap"},
    {{{"a=extmap:4 ", "a=extmap:4/recvonly "}}, PLAIN, NULL, "a=extmap"},
    {{{"a=extmap:4 ", "a=extmap:4/sendonly "}}, PLAIN, "a=extmap:4/recvonly " MID "\r\n", NULL},
    {{{"a=extmap:4 ", "a=extmap:15 "}}, PLAIN, NULL, "a=extmap"},
    {{{"a=extmap:4 ", "a=extmap-allow-mixed\r\na=extmap:15 "}}, PLAIN, "a=extmap:15 " MID "\r\n", NULL},
    {{{"a=extmap:4 ", "a=extmap:0 " MID "\r\na=extmap:256 " MID "\r\na=extmap:4097 " MID "\r\na=extmap:4 "}},
     PLAIN,
     "a=extmap:4 " MID "\r\n",
     NULL},
    {{{"a=extmap:4 ", "a=extmap:3 " MID "\r\na=extmap:4 "}}, PLAIN, "a=extmap:4 " MID "\r\n", "a=extmap:3 "},
    {{{"a=extmap:4 ", "a=extmap:3 urn:ietf:params:rtp-hdrext:encrypt " MID "\r\na=extmap:4 "}},
     PLAIN,
     "a=extmap:4 " MID "\r\n",
     "encrypt"},
    /* M-lines. */
    {{{"m=video 9 ", "m=video 9 "}, {"a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n"}}, PLAIN, NULL, NULL},
    {{{"m=video 9 ", "m=video 0 "}, {"a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n"}}, PLAIN, "m=video 9 ", NULL},
    {{{"m=video 9 ", "m=video 0 "}, {"a=sendonly", "a=inactive"}}, "0<opus,red !1", "m=video 0 ", NULL},
    {{{"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=image 9 udptl t38"}}, "0<opus,red !1", "m=image 0 udptl t38\r\n", NULL},
    {{{"m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=message 9 TCP/MSRP *"}},
     "0<opus,red !1",
     "m=message 0 TCP/MSRP *\r\n",
     NULL},
    {{{"a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 0 1 9"}}, PLAIN, "a=group:BUNDLE 0 1\r\n", NULL},
    {{{"a=group:BUNDLE 0 1", "a=group:BUNDLE 0\r\na=group:BUNDLE 1"}}, "0<opus,red !1", "a=group:BUNDLE 0\r\n", NULL},
    {{{"a=group:BUNDLE 0 1", "a=group:BUNDLE\r\na=group:BUNDLE 0 1"}}, PLAIN, "a=group:BUNDLE 0 1\r\n", NULL},
    {{{"t=0 0\r\n", "t=0 0\r\na=sendonly\r\n"}, {"a=rtcp-mux\r\na=sendonly\r\n", "a=rtcp-mux\r\n"}},
     PLAIN,
     "a=recvonly\r\n",
     NULL},
    {{{"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nb=AS:500\r\nb=TIAS:500000\r\n"
                                                "b=RS:0\r\nb=RR:0\r\nb=X-YZ:1\r\n"}},
     PLAIN,
     NULL,
     NULL},
    {{{"a=setup:actpass\r\n", "a=setup:actpass\r\na=ice-options:trickle ice2 renomination\r\n"
                              "a=candidate:1 1 udp 2113937151 3b0ff4ee-4d4b-4f3e-9b0a-0c8c1f8f0e5b.local 9 typ host "
                              "generation 0 network-cost 999\r\na=candidate:2 1 tcp 1 host.example 9 typ host tcptype "
                              "active\r\na=candidate:\r\na=end-of-candidates\r\n"}},
     PLAIN,
     NULL,
     NULL},
    /* What only the transport needs. */
    {{{"a=mid:1\r\n",
       "a=mid:1\r\na=ice-ufrag:x y\r\na=ice-pwd:short\r\na=fingerprint:sha-256 zz\r\na=setup:maybe\r\n"}},
     PLAIN,
     NULL,
     NULL},
    {{{"m=video 9 ", "m=video 0 "}, {"a=mid:1\r\n", "a=mid:1\r\na=setup:holdconn\r\na=fingerprint:none\r\n"}},
     "0<opus,red !1",
     NULL,
     NULL},
    {{{"t=0 0\r\n", "t=0 0\r\na=setup:holdconn\r\na=fingerprint:sha-256 00\r\na=ice-ufrag:x\r\n"}}, PLAIN, NULL, NULL},
    {{{"a=setup:actpass\r\n", "a=setup:actpass\r\na=fingerprint:sha-256 00:11\r\na=fingerprint:sha-256\r\n"}},
     PLAIN,
     NULL,
     NULL},
    {{{"a=fingerprint:", "a=fingerprint:sha-256 zz\r\na=fingerprint:"}}, PLAIN, NULL, NULL},
    {{{"a=setup:actpass", "a=setup:ACTPASS"}}, PLAIN, "a=setup:passive\r\n", NULL},
    {{{"a=setup:actpass", "a=setup:passive"}}, PLAIN, "a=setup:active\r\n", NULL},
    {{{"a=setup:actpass", "a=setup: actpass"},
      {"a=ice-ufrag:abcd", "a=ice-ufrag: abcd"},
      {"a=fingerprint:", "a=fingerprint: "}},
     PLAIN,
     "a=setup:passive\r\n",
     NULL},
};

static void each_costs_no_more_than_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(offers); i++) {
        char agreed[512], *text = changed(offers[i].changes, COUNT(offers[i].changes));
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        describe(agreed, sizeof agreed, &out);
        if (strcmp(agreed, offers[i].agreed) != 0)
            fail_msg("'%s': agreed on '%s', not '%s'", offers[i].changes[0].to, agreed, offers[i].agreed);
        if (offers[i].answered != NULL && strstr(answer, offers[i].answered) == NULL)
            fail_msg("'%s': no '%s' in\n%s", offers[i].changes[0].to, offers[i].answered, answer);
        if (offers[i].not_answered != NULL && strstr(answer, offers[i].not_answered) != NULL)
            fail_msg("'%s': '%s' in\n%s", offers[i].changes[0].to, offers[i].not_answered, answer);
        assert_string_equal(out.remote_ufrag, "abcd");
        assert_string_equal(out.fingerprint, FINGERPRINT);
        negotiated_fini(&out);
        free(text);
    }
}

/* Lines may end in LF alone, and in blanks. */
static void how_lines_end_says_nothing(void **state)
{
    static const char *const ends[] = {"\n", "  \r\n", " \t\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        char agreed[512], *text = mem_alloc(4 * strlen(good)), *at = text;
        for (const char *from = good; *from != '\0'; from++) {
            if (*from == '\r')
                at = stpcpy(at, ends[i]);
            else if (*from != '\n')
                *at++ = *from;
        }
        *at = '\0';
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        describe(agreed, sizeof agreed, &out);
        assert_string_equal(agreed, PLAIN);
        negotiated_fini(&out);
        free(text);
    }
}

/* Until it is agreed that m-lines are bundled each has a transport of its own, and that of an m-line that we turn away
 * goes with it (RFC 8843 section 7.3.1). Afterwards only the first of the group need have any. */
static void the_transport_is_of_what_we_accept(void **state)
{
    static const struct {
        struct change changes[3];
        const char *ufrag, *bundle;
        bool is_client;
        size_t candidates;
    } cases[] = {
        {{{"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT}}, "abcd", "BUNDLE 0 1", false, 0},
        {{{"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT}, {"BUNDLE 0 1", "BUNDLE 1 0"}}, "efgh", "BUNDLE 1 0", true, 1},
        {{{"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT}, {"opus/48000/2", "EVS/16000"}}, "efgh", "BUNDLE 1", true, 1},
        {{{"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT}, {"m=audio 9", "m=audio 0"}}, "efgh", "BUNDLE 1", true, 1},
        {{{"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT},
          {"m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"}},
         "efgh",
         "BUNDLE 1",
         true,
         1},
        /* Bundled already: what we turn away still has the transport of all. */
        {{{"opus/48000/2", "EVS/16000"}}, "abcd", "BUNDLE 1", false, 0},
        {{{"m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"},
          {"a=setup:actpass\r\na=rtcp-mux\r\n", "a=setup:actpass\r\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\n"}},
         "abcd",
         "BUNDLE 1",
         false,
         1},
        {{{"m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "m=text 9 UDP/TLS/RTP/SAVPF 98"},
          {"a=setup:actpass\r\na=rtcp-mux\r\n", "a=setup:actpass\r\n"}},
         "abcd",
         "BUNDLE 1",
         false,
         0},
        /* Without a group. */
        {{{"a=group:BUNDLE 0 1\r\n", ""},
          {"opus/48000/2", "EVS/16000"},
          {"a=mid:1\r\n", "a=mid:1\r\n" OTHER_TRANSPORT}},
         "efgh",
         NULL,
         true,
         1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = changed(cases[i].changes, COUNT(cases[i].changes));
        struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
        if (strcmp(out.remote_ufrag, cases[i].ufrag) != 0 || out.is_dtls_client != cases[i].is_client ||
            out.candidate_count != cases[i].candidates)
            fail_msg("case %zu: %s, %zu candidates", i, out.remote_ufrag, out.candidate_count);
        if (cases[i].bundle != NULL ? strstr(answer, cases[i].bundle) == NULL : strstr(answer, "BUNDLE") != NULL)
            fail_msg("case %zu: no '%s' in\n%s", i, cases[i].bundle, answer);
        struct sdp *offer = must_parse(text);
        assert_int_equal(negotiate_relation(&out, offer), NEGOTIATE_SAME);
        sdp_free(offer);
        negotiated_fini(&out);
        free(text);
    }
}

/* Each m-line may name the association; m-lines behind the first come and go. */
static void a_tls_id_of_each_m_line_is_that_of_the_first(void **state)
{
    static const struct change both[] = {{"a=mid:0\r\n", "a=mid:0\r\na=tls-id:aaaaaaaaaaaaaaaaaaaa\r\n"},
                                         {"a=mid:1\r\n", "a=mid:1\r\na=tls-id:bbbbbbbbbbbbbbbbbbbb\r\n"}};
    (void)state;
    char *text = changed(both, 2), *one = changed(both, 1);
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    struct sdp *offer = must_parse(one);
    assert_int_equal(negotiate_relation(&out, offer), NEGOTIATE_SAME);
    sdp_free(offer);
    negotiated_fini(&out);
    free(one);
    free(text);
}

#define LINE(mid, port, direction, more)                                                                               \
    "m=video " port " UDP/TLS/RTP/SAVPF 96\r\na=mid:" mid "\r\na=rtcp-mux\r\na=" direction                             \
    "\r\na=rtpmap:96 VP8/90000\r\n" more
#define HEAD(group)                                                                                                    \
    "v=0\r\no=- 1 2 IN IP4 0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE" group "\r\na=ice-ufrag:abcd\r\n"                       \
    "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT "\r\na=setup:actpass\r\n"

/* One offer after the other on the same connection. */
static void m_lines_come_go_and_come_back(void **state)
{
    static const struct {
        const char *offer, *agreed;
        bool keeps_ssrc; /* of m-line b, from the step before */
    } steps[] = {
        {HEAD(" a b") LINE("a", "9", "sendonly", "a=ssrc:1 x\r\n") LINE("b", "9", "recvonly", ""), "a<VP8 1/0 b>VP8",
         false},
        {HEAD(" a b") LINE("b", "9", "recvonly", "") LINE("a", "9", "sendonly", "a=ssrc:1 x\r\n"), "b>VP8 a<VP8 1/0",
         true}, /* in another order */
        {HEAD(" c a b") LINE("c", "9", "sendonly", "a=ssrc:3 x\r\n") LINE("b", "9", "recvonly", "")
             LINE("a", "9", "sendonly", "a=ssrc:1 x\r\n"),
         "c<VP8 3/0 b>VP8 a<VP8 1/0", true}, /* one in front of them */
        {HEAD(" b") LINE("c", "0", "inactive", "") LINE("b", "9", "recvonly", "") LINE("a", "0", "sendonly", ""),
         "b>VP8 !c !a", true},
        {HEAD(" c b a") LINE("c", "9", "sendonly", "a=ssrc:4 x\r\n") LINE("b", "9", "inactive", "")
             LINE("a", "9", "sendonly", "a=ssrc:1 x\r\n"),
         "c<VP8 4/0 b-VP8 a<VP8 1/0", false}, /* back again, with other streams */
        {HEAD(" d b a") LINE("d", "9", "sendonly", "") LINE("b", "9", "recvonly", "") LINE("a", "9", "inactive", ""),
         "d<VP8  b>VP8 a-VP8", false}, /* another in its place; what was silent has another SSRC, too */
    };
    struct negotiated previous = {0};
    uint32_t ssrc = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        char agreed[512];
        struct negotiate_line lines[] = {{.mid = "a", .kind = MEDIA_VIDEO, .receive = true},
                                         {.mid = "b", .kind = MEDIA_VIDEO, .send = true},
                                         {.mid = "c", .kind = MEDIA_VIDEO, .receive = true},
                                         {.mid = "d", .kind = MEDIA_VIDEO, .receive = true}};
        struct sdp *offer = must_parse(steps[i].offer);
        if (i > 0)
            assert_int_equal(negotiate_relation(&previous, offer), NEGOTIATE_SAME);
        sdp_free(offer);
        struct negotiated out = must_answer(steps[i].offer, &lite, lines, 4, i > 0 ? &previous : NULL);
        describe(agreed, sizeof agreed, &out);
        if (strcmp(agreed, steps[i].agreed) != 0)
            fail_msg("step %zu: '%s', not '%s'", i, agreed, steps[i].agreed);
        for (size_t k = 0; k < out.media_count; k++) {
            if (strcmp(out.media[k].mid, "b") != 0)
                continue;
            if (steps[i].keeps_ssrc)
                assert_int_equal(out.media[k].send_ssrc, ssrc);
            ssrc = out.media[k].send_ssrc;
        }
        negotiated_fini(&previous);
        previous = out;
    }
    negotiated_fini(&previous);
}

static void two_hundred_m_lines_are_an_offer(void **state)
{
    char *text = mem_alloc(SDP_SIZE_MAX),
         *at = stpcpy(text, "v=0\r\no=- 1 2 IN IP4 0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    (void)state;
    for (int i = 0; i < 200; i++)
        at += sprintf(at, " %d", i);
    at = stpcpy(at, "\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT
                    "\r\na=setup:actpass\r\n");
    for (int i = 0; i < 200; i++)
        at += sprintf(at,
                      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:%d\r\na=rtcp-mux\r\na=recvonly\r\n"
                      "a=rtpmap:96 VP8/90000\r\n",
                      i);
    struct negotiated out = must_answer(text, &lite, NULL, 0, NULL);
    assert_int_equal(out.media_count, 200);
    assert_int_equal(out.rejected_count, 0);
    negotiated_fini(&out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_costs_no_more_than_it_must),
        cmocka_unit_test(how_lines_end_says_nothing),
        cmocka_unit_test(the_transport_is_of_what_we_accept),
        cmocka_unit_test(a_tls_id_of_each_m_line_is_that_of_the_first),
        cmocka_unit_test(m_lines_come_go_and_come_back),
        cmocka_unit_test(two_hundred_m_lines_are_an_offer),
    };
    rng_init(&rng, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
