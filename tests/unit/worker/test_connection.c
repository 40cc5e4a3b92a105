/* A connection over a path in memory, with a real DTLS and SRTP peer as its remote peer. The functions of ice_lite.h
 * and ice_port.h below take the place of the real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/data_turns.h"
#include "tests/support/publisher.h"
#include "tests/support/viewer.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"
#include "transport/net/ice_lite.h"
#include "transport/peer/peer.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"

#define S USEC_PER_SEC
#define MS USEC_PER_MSEC
#define OUTBOX 64
#define SENT_SSRC 77
#define OVER_UDP "candidate:1 1 udp 2 10.0.0.1 7000 typ host"
#define OVER_TCP "candidate:2 1 tcp 1 10.0.0.1 7000 typ host tcptype passive"
#define RECEIVED_SSRC 1000

/* The path */

static struct memory_path {
    struct ice ice; /* first */
    struct ice_listener listener;
    int error; /* of opening it */
    bool is_settled;
    enum ice_state state;
    unsigned locals, remotes, candidates, frees;
    size_t count;
    struct {
        size_t length;
        uint8_t data[1500];
    } outbox[OUTBOX];
} path;

static size_t path_send(struct ice *ice, const struct ice_message *messages, size_t count)
{
    (void)ice;
    for (size_t i = 0; i < count; i++) {
        size_t step = messages[i].segment_size > 0 ? messages[i].segment_size : messages[i].length;
        for (size_t at = 0; at < messages[i].length; at += step) {
            size_t left = messages[i].length - at;
            assert_true(path.count < OUTBOX);
            path.outbox[path.count].length = left < step ? left : step;
            memcpy(path.outbox[path.count].data, messages[i].data + at, path.outbox[path.count].length);
            path.count++;
        }
    }
    return count;
}

static int path_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    (void)ice;
    (void)remote;
    path.remotes++;
    return 0;
}

static int path_set_local(struct ice *ice, const struct ice_credentials *local)
{
    (void)ice;
    (void)local;
    path.locals++;
    return 0;
}

static int path_add_candidate(struct ice *ice, const char *candidate)
{
    (void)ice;
    path.candidates += candidate[0] != '\0';
    return 0;
}

static enum ice_state path_state(const struct ice *ice)
{
    (void)ice;
    return path.state;
}

static const char *path_kind(const struct ice *ice)
{
    (void)ice;
    return "udp";
}

static bool path_is_settled(const struct ice *ice)
{
    (void)ice;
    return path.is_settled;
}

static void path_free(struct ice *ice)
{
    (void)ice;
    path.frees++;
}

int ice_lite_new(struct ice **out, struct ice_port *port, const struct ice_credentials *local,
                 const struct ice_listener *listener, usec_t now)
{
    static const struct ice_ops ops = {.send = path_send,
                                       .set_remote = path_set_remote,
                                       .set_local = path_set_local,
                                       .add_candidate = path_add_candidate,
                                       .state = path_state,
                                       .path_kind = path_kind,
                                       .is_settled = path_is_settled,
                                       .free = path_free};
    (void)port;
    (void)local;
    (void)now;
    path.ice.ops = &ops;
    path.listener = *listener;
    if (path.error == 0)
        *out = &path.ice;
    return path.error;
}

void ice_port_flush(struct ice_port *port)
{
    (void)port;
}

size_t ice_port_candidates(const struct ice_port *port, char out[][ICE_CANDIDATE_MAX], size_t capacity)
{
    (void)port;
    assert_true(capacity >= 2);
    snprintf(out[0], ICE_CANDIDATE_MAX, OVER_UDP);
    snprintf(out[1], ICE_CANDIDATE_MAX, OVER_TCP);
    return 2;
}

/* The worker around, and the remote peer */

static struct fixture {
    struct connection_host host;
    struct data_turns turns;
    struct worker_config config;
    struct connection *connection;
    struct participant *publisher;
    struct identity *remote_identity;
    struct peer *remote;
    bool is_dtls_client; /* the connection, not the remote peer */
    usec_t now;
    char reports[512]; /* "connected; candidate ...; ..." */
    int error;         /* of the last one */
} f;

static void on_event(struct connection_host *host, connection_id id, enum worker_event_type type, int error,
                     const char *text)
{
    static const char *const names[] = {
        [WORKER_CONNECTED] = "connected", [WORKER_DISCONNECTED] = "disconnected", [WORKER_CANDIDATE] = "candidate"};
    size_t used = strlen(f.reports);
    assert_ptr_equal(host, &f.host);
    assert_int_equal(id, 7);
    f.error = error;
    snprintf(f.reports + used, sizeof f.reports - used, "%s%s%s;", names[type], type == WORKER_CANDIDATE ? " " : "",
             type == WORKER_CANDIDATE ? text : "");
}

static void told(const char *expected)
{
    assert_string_equal(f.reports, expected);
    f.reports[0] = '\0';
}

static struct media audio(bool receive)
{
    struct media media = {.mid = "a",
                          .kind = MEDIA_AUDIO,
                          .receive = receive,
                          .send = !receive,
                          .codec_count = 1,
                          .codecs = {{.codec = CODEC_OPUS,
                                      .payload_type = 111,
                                      .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                      .clock_rate = 48000,
                                      .channels = 2}},
                          .send_ssrc = receive ? 0 : SENT_SSRC,
                          .encoding_count = receive,
                          .encodings = {{.ssrc = receive ? RECEIVED_SSRC : 0}}};
    return media;
}

/* What the connection is told, again and again: it sends a microphone on "a" and receives another's on "b". */
static void configure_one(struct connection *connection, const char *ufrag, const char *fingerprint)
{
    struct media media[2] = {audio(true), audio(false)};
    struct router_send sends[] = {{"a", "microphone", false}};
    struct router_receive receives[] = {{"b", "p/microphone"}};
    struct connection_setup setup = {.media_count = 2,
                                     .send_count = 1,
                                     .receive_count = 1,
                                     .media = media,
                                     .sends = sends,
                                     .receives = receives,
                                     .is_dtls_client = f.is_dtls_client,
                                     .fingerprint_algorithm = "sha-256"};
    snprintf(media[1].mid, sizeof media[1].mid, "b");
    snprintf(setup.remote.ufrag, sizeof setup.remote.ufrag, "%s", ufrag);
    snprintf(setup.remote.pwd, sizeof setup.remote.pwd, "abcdefghijklmnopqrstuv");
    snprintf(setup.fingerprint, sizeof setup.fingerprint, "%s", fingerprint);
    connection_configure(connection, &setup, f.now);
}

static void configure(const char *ufrag, const char *fingerprint)
{
    configure_one(f.connection, ufrag, fingerprint);
}

static void open_remote(bool is_dtls_client)
{
    struct peer_config config = {
        .identity = f.remote_identity, .is_dtls_client = is_dtls_client, .remote_fingerprint_algorithm = "sha-256"};
    snprintf(config.remote_fingerprint, sizeof config.remote_fingerprint, "%s", identity_fingerprint(f.host.identity));
    f.remote = peer_new(&config);
}

static int set_up(void **state)
{
    struct media media = audio(true);
    struct router_send sends[] = {{"a", "microphone", false}};
    (void)state;
    memset(&path, 0, sizeof path);
    memset(&f, 0, sizeof f);
    f.now = clock_now();
    f.host = (struct connection_host){.config = &f.config,
                                      .identity = identity_new(clock_wall_us()),
                                      .router = router_new(&(struct router_config){0}, 7),
                                      .egress = egress_new(NULL),
                                      .port = (struct ice_port *)&path, /* never looked into */
                                      .tell = on_event};
    map_init(&f.host.connections);
    data_turns_init(&f.turns, &f.host);
    f.remote_identity = identity_new(clock_wall_us());
    open_remote(true);
    assert_int_equal(router_join(f.host.router, &f.publisher, "room", "p", 1, f.now), 0);
    participant_configure(f.publisher, &media, 1, sends, 1, NULL, 0, f.now);
    participant_set_ready(f.publisher, true, f.now);
    assert_int_equal(connection_new(&f.connection, &f.host, 7, "room", "s", f.now), 0);
    map_put(&f.host.connections, 7, f.connection);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    connection_free(f.connection, f.now);
    router_leave(f.host.router, f.publisher, f.now);
    router_free(f.host.router);
    egress_free(f.host.egress);
    map_fini(&f.host.connections);
    data_turns_fini(&f.turns);
    peer_free(f.remote);
    identity_release(f.host.identity);
    identity_release(f.remote_identity);
    return 0;
}

static void arrives(const uint8_t *data, size_t length)
{
    uint8_t copy[1500];
    memcpy(copy, data, length);
    path.listener.datagram(path.listener.user, copy, length, f.now);
}

static void take_turns(void)
{
    while (data_turns_next(&f.turns) <= f.now) {
        data_turns_receive(&f.turns, f.now);
        data_turns_send(&f.turns, f.now);
    }
}

/* Until nobody has anything more to say. */
static void shake_hands(void)
{
    uint8_t data[1500];
    size_t length;
    peer_start(f.remote, f.now);
    path.state = ICE_CONNECTED;
    path.listener.state(path.listener.user, ICE_CONNECTED, f.now);
    for (bool more = true; more;) {
        more = false;
        while ((length = peer_poll(f.remote, data, sizeof data)) > 0) {
            arrives(data, length);
            take_turns();
            more = true;
        }
        for (size_t i = 0; i < path.count; i++, more = true)
            (void)peer_input(f.remote, path.outbox[i].data, path.outbox[i].length, f.now);
        path.count = 0;
    }
}

static void open_connection(void)
{
    configure("abcd", identity_fingerprint(f.remote_identity));
    shake_hands();
    told("connected;");
}

/* As DTLS client we do not wait for the proof of the path to begin, nor for the remote peer's last flight to send. */
static void test_a_dtls_client_loses_no_round_trip(void **state)
{
    uint8_t data[1500];
    size_t length;
    (void)state;
    peer_free(f.remote);
    open_remote(false);
    f.is_dtls_client = true;
    configure("abcd", identity_fingerprint(f.remote_identity));
    path.listener.heard(path.listener.user, f.now);
    path.listener.heard(path.listener.user, f.now); /* the next check */
    assert_int_equal(path.count, 1);
    assert_true(path.outbox[0].length <= 140); /* of three times a check */
    (void)peer_input(f.remote, path.outbox[0].data, path.outbox[0].length, f.now);
    while ((length = peer_poll(f.remote, data, sizeof data)) > 0)
        arrives(data, length);
    told("");
    path.state = ICE_CONNECTED;
    path.listener.state(path.listener.user, ICE_CONNECTED, f.now);
    told("connected;");
    assert_int_equal(peer_state(f.remote), PEER_HANDSHAKE);
    assert_true(connections_next(&f.host) <= f.now + USEC_PER_SEC / 10); /* the flight may be lost */
    shake_hands();
    assert_int_equal(peer_state(f.remote), PEER_CONNECTED);
    connections_timeout(&f.host, f.now);
    assert_true(connections_next(&f.host) > f.now + USEC_PER_SEC / 5); /* nothing of DTLS is left to send again */
}

static size_t make_rtp(uint8_t *data, uint16_t sequence)
{
    return published_packet_write(data, &(struct published_packet){.payload_type = 111,
                                                                   .sequence = sequence,
                                                                   .timestamp = sequence * 960u,
                                                                   .ssrc = RECEIVED_SSRC,
                                                                   .payload = {.size = 100, .fill = 0x55}});
}

static struct participant_stats totals(void)
{
    struct participant_stats stats;
    participant_get_stats(connection_participant(f.connection), &stats);
    return stats;
}

static void flush(void)
{
    struct participant *participant;
    while ((participant = router_poll(f.host.router)) != NULL) {
        struct connection *connection = connection_of(participant);
        if (connection != NULL)
            egress_flush(f.host.egress, participant, connection_outlet(connection), f.now);
        else
            participant_sent(participant);
    }
    egress_hand_over(f.host.egress);
}

static void test_media_goes_both_ways_once_the_keys_are_there(void **state)
{
    uint8_t data[1500];
    (void)state;
    size_t length = make_rtp(data, 1);
    open_connection();
    assert_int_equal(peer_state(f.remote), PEER_CONNECTED);
    assert_int_equal(peer_protect_rtp(f.remote, data, &length), 0);
    arrives(data, length);
    assert_int_equal(totals().in.packets, 1);
    for (uint16_t i = 1; i <= 3; i++) {
        length = make_rtp(data, i);
        assert_int_equal(participant_rtp(f.publisher, data, length, f.now), 0);
    }
    flush();
    unsigned media = 0;
    for (size_t i = 0; i < path.count; i++) {
        struct rtp_header header;
        length = path.outbox[i].length;
        if (packet_classify(path.outbox[i].data, length) != PACKET_RTP)
            continue;
        assert_int_equal(peer_unprotect_rtp(f.remote, path.outbox[i].data, &length), 0);
        assert_int_equal(rtp_parse(&header, path.outbox[i].data, length), 0);
        assert_int_equal(header.ssrc, SENT_SSRC);
        assert_int_equal(path.outbox[i].data[header.payload_offset], 0x55);
        media++;
    }
    assert_int_equal(media, 3);
}

static void test_nothing_is_sent_before_the_keys_are_there(void **state)
{
    uint8_t data[1500];
    (void)state;
    configure("abcd", identity_fingerprint(f.remote_identity));
    assert_int_equal(participant_rtp(f.publisher, data, make_rtp(data, 1), f.now), 0);
    flush();
    assert_int_equal(path.count, 0);
}

static void test_what_is_not_of_the_remote_peer_is_counted_and_dropped(void **state)
{
    uint8_t data[1500];
    (void)state;
    open_connection();
    size_t length = make_rtp(data, 1);
    arrives(data, length); /* nobody protected it */
    assert_int_equal(f.host.srtp_errors, 1);
    data[1] = 200; /* RTCP */
    arrives(data, length);
    assert_int_equal(f.host.srtp_errors, 2);
    data[0] = 200;
    arrives(data, length);
    assert_int_equal(f.host.malformed, 1);
    arrives(data, 0);
    assert_int_equal(f.host.malformed, 2);
    assert_int_equal(totals().in.packets, 0);
    told("");
}

static void test_more_rtcp_than_any_viewer_needs_is_dropped_before_it_is_decrypted(void **state)
{
    uint8_t data[32] = {0};
    (void)state;
    open_connection();
    (void)viewer_write_sign(data, 0); /* what follows it is no right tag */
    for (int i = 0; i < 2000; i++)
        arrives(data, sizeof data);
    assert_int_equal(f.host.srtp_errors, 1000);
    assert_int_equal(f.host.rtcp_over_budget, 1000);
    f.now += S;
    arrives(data, sizeof data);
    assert_int_equal(f.host.srtp_errors, 1001);
}

static void test_the_end_is_told_once_and_waits_to_be_reaped(void **state)
{
    uint8_t data[1500];
    size_t length = make_rtp(data, 1);
    (void)state;
    open_connection();
    assert_null(connections_take_dead(&f.host));
    path.listener.state(path.listener.user, ICE_DISCONNECTED, f.now); /* it may heal */
    told("");
    path.listener.state(path.listener.user, ICE_FAILED, f.now);
    told("disconnected;");
    assert_int_equal(f.error, ERR_TIMEOUT);
    path.listener.state(path.listener.user, ICE_FAILED, f.now);
    arrives(data, length);
    configure("efgh", identity_fingerprint(f.remote_identity));
    told("");
    assert_int_equal(f.host.srtp_errors, 0);
    assert_ptr_equal(connections_take_dead(&f.host), f.connection);
    assert_null(connections_take_dead(&f.host));
}

static void test_the_remote_peer_may_close(void **state)
{
    uint8_t data[1500];
    size_t length;
    (void)state;
    open_connection();
    peer_close(f.remote);
    while ((length = peer_poll(f.remote, data, sizeof data)) > 0)
        arrives(data, length);
    told(""); /* media has its turn first */
    take_turns();
    assert_int_equal(data_turns_next(&f.turns), USEC_NEVER);
    told("disconnected;");
    assert_int_equal(f.error, 0);
    (void)connections_take_dead(&f.host);
}

static void test_what_comes_by_dtls_waits_within_a_bound(void **state)
{
    uint8_t data[1000] = {23, 254, 253};
    unsigned sent = 0;
    (void)state;
    open_connection();
    for (; f.host.dtls_dropped == 0; sent++)
        arrives(data, sizeof data);
    assert_in_range(sent, 1000, 1100);
    assert_int_equal(f.host.dtls_errors, 0);
    take_turns();
    arrives(data, sizeof data);
    assert_int_equal(f.host.dtls_dropped, 1);
}

static void test_datagrams_of_one_that_has_gone_are_passed_over(void **state)
{
    const uint8_t data[100] = {23, 254, 253};
    (void)state;
    open_connection();
    arrives(data, sizeof data);
    map_remove(&f.host.connections, 7);
    take_turns();
    assert_int_equal(data_turns_next(&f.turns), USEC_NEVER);
}

static void test_what_is_due_waits_for_more_on_a_busy_worker(void **state)
{
    uint8_t data[100] = {23, 254, 253};
    (void)state;
    open_connection();
    data_turns_send(&f.turns, f.now);
    f.turns.wait = 4 * MS;
    arrives(data, sizeof data);
    data_turns_receive(&f.turns, f.now);
    data_turns_send(&f.turns, f.now + MS);
    assert_int_equal(data_turns_next(&f.turns), f.now + 4 * MS);
    data_turns_send(&f.turns, f.now + 4 * MS);
    assert_int_equal(data_turns_next(&f.turns), USEC_NEVER);
}

static void test_another_certificate_than_was_announced_ends_it(void **state)
{
    (void)state;
    configure("abcd", identity_fingerprint(f.host.identity));
    shake_hands();
    told("disconnected;");
    assert_int_equal(f.error, ERR_AUTH);
    (void)connections_take_dead(&f.host);
}

static void test_a_path_that_cannot_be_opened_ends_it(void **state)
{
    (void)state;
    path.error = ERR_DUPLICATE;
    configure("abcd", identity_fingerprint(f.remote_identity));
    told("disconnected;");
    assert_int_equal(f.error, ERR_DUPLICATE);
    (void)connections_take_dead(&f.host);
}

static void test_new_remote_credentials_are_a_restart(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(path.locals, 1);
    assert_int_equal(path.remotes, 1);
    configure("abcd", identity_fingerprint(f.remote_identity)); /* a renegotiation */
    assert_int_equal(path.remotes, 1);
    configure("efgh", identity_fingerprint(f.remote_identity));
    assert_int_equal(path.locals, 2);
    assert_int_equal(path.remotes, 2);
    connection_candidate(f.connection, "candidate:1");
    assert_int_equal(path.candidates, 1);
    assert_int_equal(path.frees, 0);
    told("");
}

static void test_tcp_is_offered_when_udp_does_not_work_in_time(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(connections_next(&f.host), f.now + 300 * MS);
    f.now += 300 * MS - 1;
    connections_timeout(&f.host, f.now);
    told("");
    f.now++;
    connections_timeout(&f.host, f.now);
    told("candidate " OVER_TCP ";candidate ;");
    assert_int_equal(connections_next(&f.host), USEC_NEVER);
    configure("efgh", identity_fingerprint(f.remote_identity));
    path.is_settled = true;
    f.now += 300 * MS;
    connections_timeout(&f.host, f.now);
    told("candidate ;");
}

/* What each has is a part of the worker's arrays, so that nothing is allocated for one connection. */
static void test_statistics_of_connections_share_arrays(void **state)
{
    struct connection *other;
    struct router_stats counts;
    (void)state;
    open_connection();
    assert_int_equal(connection_new(&other, &f.host, 8, "room", "t", f.now), 0);
    configure_one(other, "efgh", identity_fingerprint(f.remote_identity));
    router_get_stats(f.host.router, &counts);
    struct worker_stats *stats = worker_stats_new(2, counts.publications, counts.slots);
    connection_add_stats(f.connection, stats);
    connection_add_stats(other, stats);
    assert_int_equal(stats->connection_count, 2);
    assert_int_equal(stats->publication_count, 2);
    assert_int_equal(stats->slot_count, 2);
    assert_int_equal(counts.publications, 3); /* with that of a participant that has no connection here */
    for (size_t i = 0; i < 2; i++) {
        const struct connection_stats *one = &stats->connections[i];
        assert_int_equal(one->id, 7 + i);
        assert_int_equal(one->publication_count, 1);
        assert_ptr_equal(one->publications, &stats->publications[i]);
        assert_string_equal(one->publications->id, i == 0 ? "s/microphone" : "t/microphone");
        assert_int_equal(one->slot_count, 1);
        assert_ptr_equal(one->slots, &stats->slots[i]);
        assert_string_equal(one->slots->publication, "p/microphone");
    }
    assert_string_equal(stats->connections[0].path, "udp");
    worker_stats_free(stats);
    connection_free(other, f.now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_media_goes_both_ways_once_the_keys_are_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_dtls_client_loses_no_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_sent_before_the_keys_are_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_of_the_remote_peer_is_counted_and_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_rtcp_than_any_viewer_needs_is_dropped_before_it_is_decrypted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_is_told_once_and_waits_to_be_reaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_remote_peer_may_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_comes_by_dtls_waits_within_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_datagrams_of_one_that_has_gone_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_due_waits_for_more_on_a_busy_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_certificate_than_was_announced_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_path_that_cannot_be_opened_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_new_remote_credentials_are_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tcp_is_offered_when_udp_does_not_work_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_statistics_of_connections_share_arrays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
