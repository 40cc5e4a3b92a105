/* Offers of ours, and the answers to them. */
#include "tests/unit/proto/negotiating.h"

static struct negotiate_line mine[] = {
    {.mid = "0", .kind = MEDIA_AUDIO, .send = true, .receive = true, .stream_id = "p1", .track_id = "m"},
    {.mid = "1", .kind = MEDIA_VIDEO, .send = true, .stream_id = "p1", .track_id = "c"},
    {.mid = "2", .kind = MEDIA_VIDEO, .receive = true},
};

static void our_offer_and_our_answer_agree(void **state)
{
    struct negotiate_line theirs[] = {{.mid = "2", .send = true, .receive = true}};
    struct negotiated completed;
    struct refusal refusal;
    (void)state;
    must_offer(mine, 3, NULL);
    struct sdp *offer = must_parse(answer);
    char *text = mem_text(answer);
    struct negotiated answered = must_answer(text, &lite, theirs, 1, NULL);
    struct sdp *replied = must_parse(answer);
    assert_int_equal(negotiate_complete(offer, replied, mine, 3, NULL, &completed, &refusal), 0);
    assert_true(completed.is_dtls_client && completed.remote_ice_lite);
    assert_int_equal(completed.media_count, 3);
    assert_true(completed.media[0].send && !completed.media[0].receive);
    assert_true(completed.media[2].receive && !completed.media[2].send);
    assert_int_equal(completed.media[2].encodings[0].ssrc, answered.media[2].send_ssrc);
    assert_int_equal(answered.media[1].encodings[0].ssrc, mine[1].send_ssrc);
    assert_int_equal(completed.media[1].codecs[0].payload_type, answered.media[1].codecs[0].payload_type);
    assert_memory_equal(&completed.media[1].extensions, &answered.media[1].extensions,
                        sizeof answered.media[1].extensions);
    sdp_free(offer);
    sdp_free(replied);
    free(text);
    negotiated_fini(&answered);
    negotiated_fini(&completed);
}

static void an_answer_that_does_not_fit_the_offer_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"m=video", "m=audio", "in order"},
        {"a=mid:1", "a=mid:x", "in order"},
        {"m=video", "m=video 9 X 1\r\nm=video", "as many"},
        {"a=setup:passive", "a=setup:actpass", "active or passive"},
        {"a=fingerprint", "a=fingerprinted", "fingerprint"},
    };
    struct negotiated completed;
    struct refusal refusal;
    (void)state;
    must_offer(mine, 3, NULL);
    struct sdp *offer = must_parse(answer);
    char *text = mem_text(answer);
    struct negotiated answered = must_answer(text, &lite, NULL, 0, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *broken = replaced(answer, cases[i].from, cases[i].to);
        struct sdp *replied = must_parse(broken);
        assert_int_not_equal(negotiate_complete(offer, replied, mine, 3, NULL, &completed, &refusal), 0);
        says(&refusal, 0, cases[i].says);
        sdp_free(replied);
        free(broken);
    }
    sdp_free(offer);
    free(text);
    negotiated_fini(&answered);
}

static void an_answer_adds_nothing_to_the_offer(void **state)
{
    struct negotiated completed;
    struct refusal refusal;
    (void)state;
    must_offer(mine, 2, NULL);
    struct sdp *offer = must_parse(answer);
    char *text = mem_text(answer);
    struct negotiated answered = must_answer(text, &lite, NULL, 0, NULL);
    char *first = replaced(answer, "SAVPF 96 97", "SAVPF 126 127 96 97");
    char *second = replaced(first, "a=rtpmap:96 VP8/90000",
                            "a=rtpmap:126 VP8/90000\r\na=rtpmap:127 rtx/90000\r\na=fmtp:127 apt=96\r\n"
                            "a=rtpmap:96 VP8/90000");
    char *third = replaced(second, "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
                           "a=extmap:9 urn:ietf:params:rtp-hdrext:ssrc-audio-level");
    struct sdp *replied = must_parse(third);
    assert_int_equal(negotiate_complete(offer, replied, mine, 2, NULL, &completed, &refusal), 0);
    assert_null(media_find_payload_type(&completed.media[1], 126));
    assert_non_null(media_find_payload_type(&completed.media[1], 96));
    assert_null(media_find_rtx(&completed.media[1], 127));
    assert_int_equal(completed.media[0].extensions.id[EXTENSION_AUDIO_LEVEL], 0);
    sdp_free(offer);
    sdp_free(replied);
    free(text);
    free(first);
    free(second);
    free(third);
    negotiated_fini(&answered);
    negotiated_fini(&completed);
}

/* Firefox has other payload types and ids than ours: a line of ours beside its own must speak its language. */
static void a_new_line_of_ours_fits_the_bundle(void **state)
{
    struct negotiate_line lines[] = {
        {.mid = "0", .kind = MEDIA_AUDIO, .receive = true},
        {.mid = "1", .kind = MEDIA_VIDEO, .receive = true},
        {.mid = "new", .kind = MEDIA_VIDEO, .send = true},
    };
    struct negotiate_local local = full();
    (void)state;
    char *text = load("firefox-plain");
    struct negotiated previous = must_answer(text, &local, lines, 2, NULL);
    must_offer(lines, 3, &previous);
    struct sdp *offer = must_parse(answer);
    const struct sdp_media *old = &offer->media[1], *new = &offer->media[2];
    assert_int_equal(new->codecs[0].payload_type, 120);
    assert_string_equal(new->codecs[0].name, "VP8");
    assert_int_equal(new->codec_count, old->codec_count);
    assert_int_equal(new->extensions.id[EXTENSION_MID], old->extensions.id[EXTENSION_MID]);
    for (int a = 0; a < EXTENSION_COUNT; a++) {
        for (int b = 0; b < EXTENSION_COUNT; b++) {
            if (a != b && new->extensions.id[a] != 0)
                assert_int_not_equal(new->extensions.id[a], old->extensions.id[b]);
        }
    }
    sdp_free(offer);
    negotiated_fini(&previous);
    free(text);
    /* With nothing of its kind to copy, it keeps off the types and ids in use. */
    char *busy = replaced(good, "a=rtpmap:111 opus/48000/2\r\n",
                          "a=rtpmap:111 opus/48000/2\r\na=extmap:13 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n");
    char *moved = replaced(busy, "SAVPF 111 63\r\n", "SAVPF 96 63\r\na=rtpmap:96 opus/48000/2\r\n");
    char *stopped = replaced(moved, "m=video 9", "m=video 0");
    previous = must_answer(stopped, &local, lines, 1, NULL);
    struct negotiate_line later[] = {lines[0], lines[1], lines[2]};
    must_offer(later, 3, &previous);
    offer = must_parse(answer);
    assert_true(offer->media[1].rejected && !offer->media[2].rejected);
    assert_string_not_equal(offer->media[2].codecs[0].name, "VP8");
    assert_int_equal(offer->media[2].extensions.id[EXTENSION_VIDEO_ORIENTATION], 0);
    assert_int_equal(offer->media[2].extensions.id[EXTENSION_ABS_SEND_TIME], 2);
    sdp_free(offer);
    negotiated_fini(&previous);
    free(busy);
    free(moved);
    free(stopped);
}

static void what_was_rejected_stays_so_in_our_offers(void **state)
{
    struct negotiate_line lines[] = {{.mid = "0", .kind = MEDIA_AUDIO, .receive = true},
                                     {.mid = "1", .kind = MEDIA_VIDEO}};
    struct negotiate_local local = full();
    struct negotiated completed;
    struct refusal refusal;
    (void)state;
    char *text =
        replaced(good, "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
    struct negotiated previous = must_answer(text, &local, lines, 2, NULL);
    must_offer(lines, 2, &previous);
    has(answer, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", true);
    has(answer, "a=group:BUNDLE 0\r\n", true);
    negotiated_fini(&previous);
    free(text);
    text = replaced(good, "m=video 9", "m=video 0");
    previous = must_answer(text, &local, lines, 2, NULL);
    must_offer(lines, 2, &previous);
    has(answer, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n", true);
    struct sdp *offer = must_parse(answer);
    /* An answer cannot bring it back. */
    char *active = replaced(answer, "a=setup:actpass", "a=setup:active");
    char *revived =
        replaced(active, "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtcp-mux\r\n");
    struct sdp *kept = must_parse(active), *wrong = must_parse(revived);
    assert_int_not_equal(negotiate_complete(offer, wrong, lines, 2, &previous, &completed, &refusal), 0);
    says(&refusal, 0, "offered as rejected");
    assert_int_equal(negotiate_complete(offer, kept, lines, 2, &previous, &completed, &refusal), 0);
    assert_int_equal(completed.media_count, 1);
    assert_string_equal(completed.rejected[0].mid, "1");
    sdp_free(offer);
    sdp_free(kept);
    sdp_free(wrong);
    negotiated_fini(&completed);
    negotiated_fini(&previous);
    free(active);
    free(revived);
    free(text);
}

static void a_buffer_too_small_is_no_description(void **state)
{
    struct negotiate_local local = full();
    struct negotiated out;
    struct refusal refusal;
    size_t length;
    char small[64];
    (void)state;
    assert_true(negotiate_offer(&local, mine, 3, NULL, &rng, small, sizeof small) < 0);
    struct sdp *offer = must_parse(good);
    assert_true(negotiate_answer(offer, &local, mine, 3, NULL, &rng, &out, small, sizeof small, &length, &refusal) < 0);
    says(&refusal, 0, "does not fit");
    sdp_free(offer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_offer_and_our_answer_agree),
        cmocka_unit_test(an_answer_that_does_not_fit_the_offer_is_refused),
        cmocka_unit_test(an_answer_adds_nothing_to_the_offer),
        cmocka_unit_test(a_new_line_of_ours_fits_the_bundle),
        cmocka_unit_test(what_was_rejected_stays_so_in_our_offers),
        cmocka_unit_test(a_buffer_too_small_is_no_description),
    };
    rng_init(&rng, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
