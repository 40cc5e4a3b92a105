/* Fragments that carry ICE alone. */
#include "signaling/proto/ice_fragment.h"
#include "tests/unit/proto/sdp_text.h"

#define CREDENTIALS "a=ice-ufrag:wxyz\r\na=ice-pwd:zyxwvutsrqponmlkjihgfe\r\n"
#define M_LINE "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
#define CANDIDATE "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"

static void must_read(struct ice_fragment *fragment, const char *text)
{
    struct refusal refusal;
    if (ice_fragment_parse(fragment, text, strlen(text), &refusal) != 0)
        fail_msg("%s: %s", text, refusal.text);
}

static void candidates_and_credentials_are_read(void **state)
{
    static const char *const texts[] = {
        CREDENTIALS M_LINE "a=" CANDIDATE "\r\na=end-of-candidates\r\n",
        "a=group:BUNDLE 0 1\r\n" M_LINE CREDENTIALS "a=" CANDIDATE "\na=end-of-candidates\n",
        M_LINE CREDENTIALS "a=" CANDIDATE "\r\na=end-of-candidates\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n"
                           "a=ice-ufrag:other\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ice_fragment fragment;
        must_read(&fragment, texts[i]);
        assert_string_equal(fragment.ufrag, "wxyz");
        assert_string_equal(fragment.pwd, "zyxwvutsrqponmlkjihgfe");
        assert_int_equal(fragment.candidate_count, 1);
        assert_string_equal(fragment.candidates[0], CANDIDATE);
        assert_true(fragment.end_of_candidates);
    }
}

/* As the public WHIP client for browsers writes it. */
static void a_restart_needs_no_m_line(void **state)
{
    struct ice_fragment fragment;
    (void)state;
    must_read(&fragment, CREDENTIALS);
    assert_string_equal(fragment.ufrag, "wxyz");
    assert_string_equal(fragment.pwd, "zyxwvutsrqponmlkjihgfe");
    assert_int_equal(fragment.candidate_count, 0);
}

static void what_says_nothing_or_half_of_it_is_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *expected;
    } cases[] = {
        {"", 0, "says nothing"},
        {"a=" CANDIDATE "\r\n", 0, "says nothing"}, /* of no m-line */
        {M_LINE, 0, "says nothing"},
        {M_LINE "a=ice-ufrag:wxyz\r\n", 0, "come together"},
        {M_LINE "a=ice-ufrag:x\r\n", 3, "a=ice-ufrag wants"},
        {"nonsense\r\n" M_LINE, 1, "one letter"},
        {"m=audio\r\n", 1, "m= wants"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ice_fragment fragment;
        struct refusal refusal;
        assert_int_equal(ice_fragment_parse(&fragment, cases[i].text, strlen(cases[i].text), &refusal), ERR_INVALID);
        says(&refusal, cases[i].line, cases[i].expected);
    }
}

static void a_restart_is_the_offer_with_other_credentials(void **state)
{
    struct ice_fragment fragment;
    (void)state;
    must_read(&fragment, CREDENTIALS M_LINE "a=" CANDIDATE "\r\n");
    char *offer =
        replaced(good, "a=setup", "a=candidate:9 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\na=setup");
    char *text = ice_fragment_restart(offer, &fragment);
    struct sdp *before = must_parse(good), *after = must_parse(text);
    assert_int_equal(after->media_count, before->media_count);
    for (size_t i = 0; i < after->media_count; i++) {
        assert_string_equal(after->media[i].ice_ufrag, "wxyz");
        assert_string_equal(after->media[i].ice_pwd, "zyxwvutsrqponmlkjihgfe");
        assert_string_equal(after->media[i].fingerprint, before->media[i].fingerprint);
        assert_int_equal(after->media[i].codec_count, before->media[i].codec_count);
        assert_int_equal(after->media[i].candidate_count, 0);
        assert_false(after->media[i].end_of_candidates);
    }
    sdp_free(before);
    sdp_free(after);
    free(text);
    free(offer);
}

static void an_answer_is_written_as_a_fragment(void **state)
{
    char text[512];
    struct ice_fragment fragment;
    (void)state;
    char *candidates = replaced(good, "a=setup", "a=" CANDIDATE "\r\na=end-of-candidates\r\na=setup");
    char *lite = replaced(candidates, "t=0 0", "t=0 0\r\na=ice-lite");
    struct sdp *answer = must_parse(lite);
    int length = ice_fragment_write(answer, text, sizeof text);
    assert_true(length > 0);
    assert_int_equal(strlen(text), length);
    assert_int_equal(ice_fragment_write(answer, text, (size_t)length), ERR_NO_SPACE);
    assert_int_equal(ice_fragment_write(answer, text, (size_t)length + 1), length);
    assert_non_null(strstr(text, "a=ice-lite\r\n"));
    assert_non_null(strstr(text, "a=group:BUNDLE 0 1\r\n"));
    must_read(&fragment, text);
    assert_string_equal(fragment.ufrag, "abcd");
    assert_string_equal(fragment.candidates[0], CANDIDATE);
    assert_true(fragment.end_of_candidates);
    sdp_free(answer);
    free(lite);
    free(candidates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_and_credentials_are_read),
        cmocka_unit_test(a_restart_needs_no_m_line),
        cmocka_unit_test(what_says_nothing_or_half_of_it_is_refused),
        cmocka_unit_test(a_restart_is_the_offer_with_other_credentials),
        cmocka_unit_test(an_answer_is_written_as_a_fragment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
