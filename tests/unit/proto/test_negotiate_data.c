/* M-lines of data channels: agreed on by whoever serves them, in the form that the offer has, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/negotiating.h"
#include "transport/base/memory.h"

#define DATA "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
#define LEGACY "m=application 9 DTLS/SCTP 5000\r\n"

static struct negotiate_local with_data(void)
{
    struct negotiate_local local = lite;
    local.sctp_port = 5000;
    local.max_message_size = 1234;
    return local;
}

/* The second m-line is `line`, with `attribute`. */
static char *offer_of(const char *line, const char *attribute)
{
    char *text = replaced(good, "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", line);
    char *whole = replaced(text, "a=mid:1\r\n", attribute);
    free(text);
    return whole;
}

static void it_is_answered_in_its_own_form(void **state)
{
    static const struct {
        const char *line, *attribute, *answered;
    } cases[] = {
        {DATA, "a=mid:1\r\na=sctp-port:5001\r\n", "a=sctp-port:5000\r\na=max-message-size:1234\r\n"},
        {"m=application 9 TCP/DTLS/SCTP webrtc-datachannel\r\n", "a=mid:1\r\na=sctp-port:5001\r\n", "a=sctp-port:5000"},
        {LEGACY, "a=mid:1\r\na=sctpmap:5001 webrtc-datachannel 65535\r\n", "a=sctpmap:5000 webrtc-datachannel 32\r\n"},
    };
    struct negotiate_local local = with_data();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = offer_of(cases[i].line, cases[i].attribute);
        struct negotiated out = must_answer(text, &local, NULL, 0, NULL);
        assert_int_equal(out.media_count, 1);
        assert_int_equal(out.rejected_count, 0);
        assert_int_equal(out.data.remote_port, 5001);
        assert_string_equal(out.data.mid, "1");
        has(answer, cases[i].line, true);
        has(answer, cases[i].answered, true);
        has(answer, "a=group:BUNDLE 0 1\r\n", true);
        /* Later offers of this connection have it, too. */
        struct sdp *offer = must_parse(text);
        assert_int_equal(negotiate_relation(&out, offer), NEGOTIATE_SAME);
        sdp_free(offer);
        negotiated_fini(&out);
        free(text);
    }
}

static void it_is_rejected_where_it_cannot_be_served(void **state)
{
    static const struct {
        const char *line, *attribute, *reason;
        bool is_served;
    } cases[] = {
        {DATA, "a=mid:1\r\na=sctp-port:5000\r\n", "not served here", false},
        {DATA, "a=mid:1\r\n", "sctp-port", true},
        {DATA, "a=mid:1\r\na=sctp-port:0\r\n", "sctp-port", true},
        {DATA, "a=sctp-port:5000\r\n", "a=mid", true},
        {"m=application 9 SCTP webrtc-datachannel\r\n", "a=mid:1\r\na=sctp-port:5000\r\n", "DTLS", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct negotiate_local local = cases[i].is_served ? with_data() : lite;
        char *text = offer_of(cases[i].line, cases[i].attribute);
        struct negotiated out = must_answer(text, &local, NULL, 0, NULL);
        assert_int_equal(out.data.remote_port, 0);
        assert_int_equal(out.rejected_count, 1);
        if (strstr(out.rejected[0].reason, cases[i].reason) == NULL)
            fail_msg("case %zu: %s", i, out.rejected[0].reason);
        has(answer, "m=application 0 ", true);
        negotiated_fini(&out);
        free(text);
    }
}

static void a_second_one_is_rejected(void **state)
{
    struct negotiate_local local = with_data();
    (void)state;
    char *one = offer_of(DATA, "a=mid:1\r\na=sctp-port:5000\r\n");
    char *two = replaced(one, "BUNDLE 0 1", "BUNDLE 0 1 2");
    char *text = mem_array(strlen(two) + 200, 1);
    strcpy(text, two);
    strcat(text, DATA "c=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n");
    struct negotiated out = must_answer(text, &local, NULL, 0, NULL);
    assert_string_equal(out.data.mid, "1");
    assert_int_equal(out.rejected_count, 1);
    assert_string_equal(out.rejected[0].mid, "2");
    negotiated_fini(&out);
    free(one);
    free(two);
    free(text);
}

/* An offer of ours, and its answer: accepted, or turned down, which stays so. */
static void an_offer_of_ours_is_completed(void **state)
{
    struct negotiate_line lines[] = {{.mid = "0", .kind = MEDIA_AUDIO, .receive = true}, {.mid = "1", .is_data = true}};
    struct negotiate_local local = full(), router = with_data();
    struct refusal refusal;
    (void)state;
    local.sctp_port = 5000;
    local.max_message_size = 1000;
    for (unsigned served = 0; served < 2; served++) {
        char *text = mem_alloc(SDP_SIZE_MAX);
        assert_true(negotiate_offer(&local, lines, 2, NULL, &rng, text, SDP_SIZE_MAX) > 0);
        has(text, DATA, true);
        has(text, "a=sctp-port:5000\r\na=max-message-size:1000\r\n", true);
        has(text, "a=group:BUNDLE 0 1\r\n", true);
        struct negotiated answered = must_answer(text, served ? &router : &lite, NULL, 0, NULL), completed;
        struct sdp *offer = must_parse(text), *replied = must_parse(answer);
        assert_int_equal(negotiate_complete(offer, replied, lines, 2, NULL, &completed, &refusal), 0);
        assert_int_equal(completed.data.remote_port, served ? 5000 : 0);
        assert_int_equal(completed.rejected_count, served ? 0 : 1);
        assert_int_equal(completed.media_count, 1);
        assert_true(negotiate_offer(&local, lines, 2, &completed, &rng, text, SDP_SIZE_MAX) > 0);
        has(text, served ? "m=application 9 " : "m=application 0 ", true);
        negotiated_fini(&answered);
        negotiated_fini(&completed);
        sdp_free(offer);
        sdp_free(replied);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_answered_in_its_own_form),
        cmocka_unit_test(it_is_rejected_where_it_cannot_be_served),
        cmocka_unit_test(a_second_one_is_rejected),
        cmocka_unit_test(an_offer_of_ours_is_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
