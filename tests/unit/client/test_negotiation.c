#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/rtp/negotiation.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static const struct ice_credentials credentials[2] = {{"abcdefgh", "abcdefghijklmnopqrstuvwx"},
                                                      {"stuvwxyz", "zyxwvutsrqponmlkjihgfedc"}};
static char text[SDP_SIZE_MAX], reply[SDP_SIZE_MAX];

static struct negotiation *make(const char *local, const char *remote, bool has_data)
{
    struct negotiation_config config = {.local_id = local,
                                        .remote_id = remote,
                                        .is_router = strcmp(remote, "router") == 0,
                                        .offers_first =
                                            strcmp(remote, "router") == 0 || negotiation_is_impolite_id(local, remote),
                                        .has_data = has_data,
                                        .fingerprint = FINGERPRINT,
                                        .seed = strlen(local) + (uint64_t)local[1],
                                        .session_id = 5};
    return negotiation_new(&config);
}

static struct negotiation *negotiation_of(const char *local, const char *remote)
{
    return make(local, remote, false);
}

static void set_sources(struct negotiation *negotiation, bool audio, bool video, bool screen)
{
    struct negotiation_source sources[3] = {0};
    size_t count = 0;
    if (audio)
        sources[count++] = (struct negotiation_source){.source = "microphone", .kind = MEDIA_AUDIO};
    if (video)
        sources[count++] = (struct negotiation_source){.source = "camera", .kind = MEDIA_VIDEO, .muted = true};
    if (screen)
        sources[count++] = (struct negotiation_source){.source = "screen", .kind = MEDIA_VIDEO};
    negotiation_set_sources(negotiation, sources, count);
}

/* One offer and its answer, `from` to `to`. */
static void exchange(struct negotiation *from, struct negotiation *to)
{
    json_t *offer = json_object(), *answer = json_object();
    struct refusal refusal;
    assert_true(negotiation_needs_offer(from));
    assert_int_equal(negotiation_offer(from, &credentials[0], text, offer), 0);
    assert_int_equal(
        negotiation_offered(to, text, json_object_get(offer, "sends"), &credentials[1], reply, answer, &refusal), 0);
    assert_int_equal(negotiation_answered(from, reply, json_object_get(answer, "sends"), &refusal), 0);
    json_decref(offer);
    json_decref(answer);
}

static const struct media *media_of(const struct negotiation *negotiation, const char *publication)
{
    const struct negotiated *agreed = negotiation_current(negotiation);
    for (size_t i = 0; i < agreed->media_count; i++)
        if (strcmp(negotiation_find_line(negotiation, agreed->media[i].mid)->publication, publication) == 0)
            return &agreed->media[i];
    return NULL;
}

static void the_lower_id_is_impolite_and_offers_first(void **state)
{
    (void)state;
    assert_true(negotiation_is_impolite_id("p2", "p10"));
    assert_false(negotiation_is_impolite_id("p10", "p2"));
    assert_true(negotiation_is_impolite_id("p1", "p2"));
    struct negotiation *low = negotiation_of("p2", "p10"), *high = negotiation_of("p10", "p2");
    set_sources(low, true, true, false);
    set_sources(high, true, true, false);
    assert_true(negotiation_needs_offer(low));
    assert_false(negotiation_needs_offer(high));
    assert_true(negotiation_is_polite(high));
    negotiation_free(low);
    negotiation_free(high);
}

static void one_exchange_carries_both_ways(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, false);
    exchange(a, b);
    assert_int_equal(negotiation_current(a)->media_count, 2);
    const struct media *camera_b = media_of(a, "p2/camera"), *camera_a = media_of(b, "p1/camera");
    assert_non_null(camera_b);
    assert_non_null(camera_a);
    assert_true(camera_b->send && camera_b->receive && camera_a->send && camera_a->receive);
    /* What one sends on is what the other expects. */
    assert_int_equal(camera_a->encodings[0].ssrc, camera_b->send_ssrc);
    assert_int_equal(camera_b->encodings[0].ssrc, camera_a->send_ssrc);
    assert_int_equal(camera_b->encodings[0].rtx_ssrc, camera_a->send_rtx_ssrc);
    assert_true(negotiation_current(a)->is_dtls_client != negotiation_current(b)->is_dtls_client);
    assert_false(negotiation_needs_offer(a));
    assert_false(negotiation_needs_offer(b));
    negotiation_free(a);
    negotiation_free(b);
}

/* With the same SSRC sequence numbers would be used again: for the cipher a nonce used twice, for the receiver a
 * replay. */
static void a_stream_that_begins_again_is_another_one(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, false, true, false);
    exchange(a, b);
    const struct media first = *media_of(b, "p1/camera");
    set_sources(a, false, false, false);
    exchange(a, b);
    assert_null(media_of(b, "p1/camera"));
    set_sources(a, false, true, false);
    exchange(a, b);
    const struct media *again = media_of(b, "p1/camera");
    assert_string_equal(again->mid, first.mid);
    assert_int_not_equal(again->encodings[0].ssrc, first.encodings[0].ssrc);
    assert_int_not_equal(again->encodings[0].rtx_ssrc, first.encodings[0].rtx_ssrc);
    negotiation_free(a);
    negotiation_free(b);
}

static void one_who_sends_nothing_still_receives(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, false, false, false);
    set_sources(b, true, true, false);
    exchange(a, b);
    assert_non_null(media_of(a, "p2/camera"));
    assert_non_null(media_of(a, "p2/microphone"));
    assert_false(media_of(a, "p2/camera")->send);
    negotiation_free(a);
    negotiation_free(b);
}

static void what_has_no_line_is_offered_by_its_owner(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, true); /* one more video than the offer has m-lines */
    exchange(a, b);
    assert_null(media_of(a, "p2/screen"));
    exchange(b, a);
    assert_non_null(media_of(a, "p2/screen"));
    assert_non_null(media_of(a, "p2/camera"));
    set_sources(b, true, true, false); /* and it is taken away again */
    exchange(b, a);
    assert_null(media_of(a, "p2/screen"));
    assert_non_null(media_of(b, "p1/camera"));
    negotiation_free(a);
    negotiation_free(b);
}

static void glare_is_settled_for_the_impolite_end(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, false);
    exchange(a, b);
    set_sources(a, true, true, true);
    set_sources(b, true, true, true);
    json_t *from_a = json_object(), *from_b = json_object(), *answer = json_object();
    struct refusal refusal;
    char *offer_a = mem_alloc(SDP_SIZE_MAX), *offer_b = mem_alloc(SDP_SIZE_MAX);
    assert_int_equal(negotiation_offer(a, &credentials[0], offer_a, from_a), 0);
    assert_int_equal(negotiation_offer(b, &credentials[1], offer_b, from_b), 0);
    assert_int_equal(
        negotiation_offered(a, offer_b, json_object_get(from_b, "sends"), &credentials[0], reply, answer, &refusal),
        ERR_AGAIN);
    assert_int_equal(
        negotiation_offered(b, offer_a, json_object_get(from_a, "sends"), &credentials[1], reply, answer, &refusal), 0);
    assert_int_equal(negotiation_answered(a, reply, json_object_get(answer, "sends"), &refusal), 0);
    while (negotiation_needs_offer(b))
        exchange(b, a);
    assert_false(negotiation_needs_offer(a));
    assert_non_null(media_of(a, "p2/screen"));
    assert_non_null(media_of(b, "p1/screen"));
    assert_non_null(media_of(a, "p2/camera"));
    assert_non_null(media_of(b, "p1/camera"));
    json_decref(from_a);
    json_decref(from_b);
    json_decref(answer);
    free(offer_a);
    free(offer_b);
    negotiation_free(a);
    negotiation_free(b);
}

static void restart_offers_again_with_new_credentials(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, false);
    exchange(a, b);
    bool role = negotiation_current(a)->is_dtls_client;
    json_t *lost = json_object();
    set_sources(a, true, false, false);
    assert_int_equal(negotiation_offer(a, &credentials[0], text, lost), 0); /* its answer never comes */
    json_decref(lost);
    set_sources(a, true, true, false);
    negotiation_restart(a);
    exchange(a, b);
    assert_int_equal(negotiation_current(a)->is_dtls_client, role);
    assert_non_null(media_of(b, "p1/camera"));
    negotiation_free(a);
    negotiation_free(b);
}

static void the_router_is_told_what_goes_where(void **state)
{
    (void)state;
    struct negotiation *client = negotiation_of("p1", "router");
    static const char *const requested[] = {"p2/camera", "p2/microphone", "p3/camera"};
    static const enum media_kind kinds[] = {MEDIA_VIDEO, MEDIA_AUDIO, MEDIA_VIDEO};
    set_sources(client, true, true, false);
    negotiation_set_requested(client, requested, kinds, 3);
    json_t *offer = json_object();
    assert_int_equal(negotiation_offer(client, &credentials[0], text, offer), 0);
    assert_int_equal(json_array_size(json_object_get(offer, "sends")), 2);
    json_t *receives = json_object_get(offer, "receives");
    assert_int_equal(json_array_size(receives), 3);
    /* No m-line both sends and receives. */
    for (size_t i = 0; i < 3; i++) {
        const char *mid = json_string_value(json_object_get(json_array_get(receives, i), "mid"));
        assert_false(negotiation_find_line(client, mid)->base.send);
    }
    json_decref(offer);

    struct sdp *parsed;
    struct refusal refusal;
    assert_int_equal(sdp_parse(&parsed, text, strlen(text), &refusal), 0);
    assert_int_equal(parsed->media_count, 5);
    struct negotiate_local router = {.ice_lite = true,
                                     .ice_ufrag = "rrrrrrrr",
                                     .ice_pwd = "rrrrrrrrrrrrrrrrrrrrrrrr",
                                     .fingerprint = FINGERPRINT,
                                     .session_id = "9",
                                     .session_version = 1,
                                     .cname = "router"};
    struct negotiate_line *lines = calloc(parsed->media_count, sizeof *lines);
    for (size_t i = 0; i < parsed->media_count; i++) {
        memcpy(lines[i].mid, parsed->media[i].mid, sizeof lines[i].mid);
        lines[i].kind = strcmp(parsed->media[i].kind, "audio") == 0 ? MEDIA_AUDIO : MEDIA_VIDEO;
        lines[i].send = parsed->media[i].receive;
        lines[i].receive = parsed->media[i].send;
        strcpy(lines[i].stream_id, "p2");
        strcpy(lines[i].track_id, "p2/x");
    }
    struct rng rng;
    struct negotiated agreed;
    size_t length;
    rng_init(&rng, 1);
    assert_int_equal(negotiate_answer(parsed, &router, lines, parsed->media_count, NULL, &rng, &agreed, reply,
                                      sizeof reply, &length, &refusal),
                     0);
    assert_int_equal(negotiation_answered(client, reply, NULL, &refusal), 0);
    assert_int_equal(negotiation_current(client)->media_count, 5);
    assert_true(media_of(client, "p3/camera")->receive);

    /* A publication that ends leaves its m-line to the next one. */
    static const char *const next[] = {"p2/camera", "p2/microphone", "p4/camera"};
    char mid[MEDIA_MID_MAX + 1];
    memcpy(mid, media_of(client, "p3/camera")->mid, sizeof mid);
    negotiation_set_requested(client, next, kinds, 3);
    assert_true(negotiation_needs_offer(client));
    assert_string_equal(negotiation_find_line(client, mid)->publication, "p4/camera");
    free(lines);
    sdp_free(parsed);
    negotiated_fini(&agreed);
    negotiation_free(client);
}

static void broken_descriptions_change_nothing(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, false);
    json_t *message = json_object();
    struct refusal refusal;
    assert_int_equal(negotiation_offered(b, "v=0\r\nnonsense", NULL, &credentials[1], reply, message, &refusal),
                     ERR_INVALID);
    assert_true(refusal.text[0] != '\0');
    assert_null(negotiation_current(b));
    assert_int_equal(negotiation_answered(a, "v=0", NULL, &refusal), ERR_WRONG_STATE); /* nothing was offered */
    exchange(a, b);
    assert_non_null(media_of(b, "p1/camera"));
    json_decref(message);
    negotiation_free(a);
    negotiation_free(b);
}

/* An offer that needs no answer here; its text is in `text`. */
static json_t *offer_of(struct negotiation *negotiation)
{
    json_t *message = json_object();
    assert_true(negotiation_needs_offer(negotiation));
    assert_int_equal(negotiation_offer(negotiation, &credentials[0], text, message), 0);
    return message;
}

static size_t lines_in_text(void)
{
    struct sdp *parsed;
    struct refusal refusal;
    assert_int_equal(sdp_parse(&parsed, text, strlen(text), &refusal), 0);
    size_t count = parsed->media_count;
    sdp_free(parsed);
    return count;
}

static void a_line_to_connect_by_is_offered_to_the_router_and_used_later(void **state)
{
    (void)state;
    static const char *const requested[] = {"p2/microphone"};
    static const enum media_kind kinds[] = {MEDIA_AUDIO};
    struct negotiation *client = negotiation_of("p1", "router");
    json_decref(offer_of(client));
    assert_int_equal(lines_in_text(), 1);
    negotiation_set_requested(client, requested, kinds, 1);
    negotiation_repeat(client);
    json_t *offer = offer_of(client);
    assert_int_equal(lines_in_text(), 1);
    assert_int_equal(json_array_size(json_object_get(offer, "receives")), 1);
    assert_true(negotiation_find_line(client, "0")->base.receive);
    json_decref(offer);
    negotiation_free(client);
}

static void a_rebuilt_connection_waits_until_it_may_offer(void **state)
{
    (void)state;
    struct negotiation_config config = {
        .local_id = "p1", .remote_id = "router", .is_router = true, .fingerprint = FINGERPRINT, .seed = 1};
    struct negotiation *client = negotiation_new(&config);
    set_sources(client, true, true, false);
    assert_false(negotiation_needs_offer(client));
    negotiation_may_offer(client);
    assert_true(negotiation_needs_offer(client));
    negotiation_free(client);
}

static void a_lost_answer_is_asked_for_again_with_the_same_lines(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    struct refusal refusal;
    set_sources(a, true, true, true);
    set_sources(b, true, true, false);
    assert_true(negotiation_needs_offer(a));
    json_t *offer = offer_of(a), *answer = json_object();
    size_t lines = lines_in_text();
    assert_int_equal(
        negotiation_offered(b, text, json_object_get(offer, "sends"), &credentials[1], reply, answer, &refusal), 0);
    json_decref(offer);
    json_decref(answer);
    assert_false(negotiation_needs_offer(a));
    negotiation_repeat(a);
    exchange(a, b);
    assert_int_equal(lines_in_text(), lines);
    assert_non_null(media_of(b, "p1/screen"));
    negotiation_repeat(a); /* no offer is open any more */
    assert_false(negotiation_needs_offer(a));
    negotiation_free(a);
    negotiation_free(b);
}

/* The impolite end's offer was lost; the polite one restarts. */
static void a_newer_offer_wins_over_the_impolite_ends_own(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    set_sources(a, true, true, false);
    set_sources(b, true, true, true);
    json_decref(offer_of(a));
    assert_true(negotiation_ignores_offer(a));
    negotiation_restart(b);
    negotiation_yield(a);
    assert_false(negotiation_ignores_offer(a));
    exchange(b, a);
    assert_non_null(media_of(a, "p2/screen"));
    assert_non_null(media_of(b, "p1/camera"));
    assert_non_null(media_of(b, "p1/microphone"));
    negotiation_free(a);
    negotiation_free(b);
}

/* An m-line carries media one way: those on which the page sends are not used to send to it. */
static void a_line_that_only_sends_is_left_to_its_owner(void **state)
{
    (void)state;
    struct negotiation *a = negotiation_of("p1", "p2"), *b = negotiation_of("p2", "p1");
    struct refusal refusal;
    set_sources(a, true, true, false);
    set_sources(b, true, true, false);
    json_t *offer = offer_of(a), *answer = json_object();
    for (char *at = text; (at = strstr(at, "a=sendrecv")) != NULL;)
        memcpy(at, "a=sendonly", 10);
    assert_int_equal(
        negotiation_offered(b, text, json_object_get(offer, "sends"), &credentials[1], reply, answer, &refusal), 0);
    assert_int_equal(json_array_size(json_object_get(answer, "sends")), 0);
    json_decref(offer);
    json_decref(answer);
    offer = offer_of(b);
    assert_int_equal(lines_in_text(), 4);
    const json_t *sends = json_object_get(offer, "sends");
    assert_int_equal(json_array_size(sends), 2);
    for (size_t i = 0; i < 2; i++) {
        const char *mid = json_string_value(json_object_get(json_array_get(sends, i), "mid"));
        assert_string_equal(negotiation_find_line(b, mid)->publication, "");
    }
    json_decref(offer);
    negotiation_free(a);
    negotiation_free(b);
}

/* One m-line of data channels, behind those of media, whoever offers; media that comes later does not take it. */
static void data_channels_have_a_line_of_their_own(void **state)
{
    (void)state;
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        struct negotiation *a = make("p1", "p2", true), *b = make("p2", "p1", wanted != 0);
        set_sources(a, true, false, false);
        set_sources(b, true, false, false);
        exchange(a, b);
        assert_int_equal(negotiation_current(a)->data.remote_port, wanted ? 5000 : 0);
        assert_int_equal(negotiation_current(b)->data.remote_port, wanted ? 5000 : 0);
        assert_string_equal(negotiation_current(a)->media[0].mid, "0");
        set_sources(b, true, true, true);
        exchange(b, a);
        assert_non_null(media_of(a, "p2/camera"));
        assert_non_null(media_of(a, "p2/screen"));
        assert_int_equal(negotiation_current(a)->data.remote_port, wanted ? 5000 : 0);
        const char *first = strstr(text, "m=application ");
        assert_non_null(first);
        assert_null(strstr(first + 1, "m=application "));
        negotiation_free(a);
        negotiation_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lower_id_is_impolite_and_offers_first),
        cmocka_unit_test(one_exchange_carries_both_ways),
        cmocka_unit_test(a_stream_that_begins_again_is_another_one),
        cmocka_unit_test(one_who_sends_nothing_still_receives),
        cmocka_unit_test(what_has_no_line_is_offered_by_its_owner),
        cmocka_unit_test(glare_is_settled_for_the_impolite_end),
        cmocka_unit_test(restart_offers_again_with_new_credentials),
        cmocka_unit_test(the_router_is_told_what_goes_where),
        cmocka_unit_test(broken_descriptions_change_nothing),
        cmocka_unit_test(a_line_to_connect_by_is_offered_to_the_router_and_used_later),
        cmocka_unit_test(a_rebuilt_connection_waits_until_it_may_offer),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_with_the_same_lines),
        cmocka_unit_test(a_newer_offer_wins_over_the_impolite_ends_own),
        cmocka_unit_test(a_line_that_only_sends_is_left_to_its_owner),
        cmocka_unit_test(data_channels_have_a_line_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
