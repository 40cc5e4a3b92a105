#include "tests/unit/peer/peer_pair.h"

#include "tests/support/publisher.h"

usec_t now, wall_step;

/* Seen by OpenSSL, in its place in the C library. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    out->tv_sec = (time_t)((WALL_US + wall_step + now) / USEC_PER_SEC);
    out->tv_usec = (suseconds_t)((WALL_US + wall_step + now) % USEC_PER_SEC);
    return 0;
}

void configure(struct peer_config *config, struct identity *own, struct identity *remote, bool is_client)
{
    *config = (struct peer_config){.identity = own, .is_dtls_client = is_client};
    strcpy(config->remote_fingerprint_algorithm, "sha-256");
    strcpy(config->remote_fingerprint, identity_fingerprint(remote));
}

void peer_pair_open(struct peer_pair *pair, const char *client_profiles, const char *server_profiles)
{
    memset(pair, 0, sizeof *pair);
    now = START;
    pair->client_identity = identity_new(WALL_US);
    pair->server_identity = identity_new(WALL_US);
    struct peer_config config;
    configure(&config, pair->client_identity, pair->server_identity, true);
    config.srtp_profiles = client_profiles;
    pair->client = peer_new(&config);
    configure(&config, pair->server_identity, pair->client_identity, false);
    config.srtp_profiles = server_profiles;
    pair->server = peer_new(&config);
    assert_non_null(pair->client);
    assert_non_null(pair->server);
}

void peer_pair_close(struct peer_pair *pair)
{
    peer_free(pair->client);
    peer_free(pair->server);
    identity_release(pair->client_identity);
    identity_release(pair->server_identity);
}

static void collect(struct peer_pair *pair, struct peer *from)
{
    uint8_t data[1500];
    size_t length;
    while ((length = peer_poll(from, data, sizeof data)) > 0) {
        bool to_server = from == pair->client;
        unsigned n = to_server ? pair->sent_to_server++ : pair->sent_to_client++;
        if (length > pair->largest)
            pair->largest = length;
        if (pair->loses != NULL && pair->loses(pair->user, to_server, n))
            continue;
        assert_true(pair->count < QUEUE);
        struct datagram *datagram = &pair->queue[pair->count++];
        *datagram = (struct datagram){.to_server = to_server, .at = now + LATENCY, .length = length};
        memcpy(datagram->data, data, length);
    }
}

void collect_both(struct peer_pair *pair)
{
    collect(pair, pair->client);
    collect(pair, pair->server);
}

bool step(struct peer_pair *pair)
{
    usec_t timer = usec_min(peer_next(pair->client), peer_next(pair->server));
    usec_t arrival = pair->count > 0 ? pair->queue[0].at : USEC_NEVER;
    if (usec_min(timer, arrival) == USEC_NEVER)
        return false;
    now = usec_max(now, usec_min(timer, arrival));
    if (arrival <= timer) {
        struct datagram datagram = pair->queue[0];
        memmove(pair->queue, pair->queue + 1, --pair->count * sizeof pair->queue[0]);
        (void)peer_input(datagram.to_server ? pair->server : pair->client, datagram.data, datagram.length, now);
    } else {
        peer_timeout(pair->client, now);
        peer_timeout(pair->server, now);
    }
    collect_both(pair);
    return true;
}

void run(struct peer_pair *pair, usec_t limit)
{
    collect_both(pair);
    for (unsigned steps = 0; steps < 2000 && now < START + limit && step(pair); steps++)
        ;
}

bool is_connected(const struct peer_pair *pair)
{
    return peer_state(pair->client) == PEER_CONNECTED && peer_state(pair->server) == PEER_CONNECTED;
}

void start_both(struct peer_pair *pair)
{
    peer_start(pair->client, now);
    peer_start(pair->server, now);
}

size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
    return published_packet_write(
        out, &(struct published_packet){
                 .payload_type = 96, .sequence = seq, .ssrc = ssrc, .payload = {.size = 100, .fill = 0x5a}});
}

void expect_media(struct peer *from, struct peer *to)
{
    uint8_t data[200], plain[200];
    size_t length = make_rtp(data, 7, 1);
    memcpy(plain, data, length);
    assert_int_equal(peer_protect_rtp(from, data, &length), 0);
    assert_true(length > 112);
    assert_memory_not_equal(data + 12, plain + 12, 100);
    assert_int_equal(peer_unprotect_rtp(to, data, &length), 0);
    assert_int_equal(length, 112);
    assert_memory_equal(data, plain, 112);
}

void expect_protected_media(struct peer *from, struct peer *to)
{
    uint8_t plain[200], out[200];
    struct packet_window stream = {.is_started = false};
    size_t length = make_rtp(plain, 8, 1);
    struct span parts[] = {{plain + 12, 1}, {plain + 13, length - 13}};
    assert_int_equal(peer_protect_parts(from, &stream, plain, 12, parts, 2, out, 100, &length), ERR_NO_SPACE);
    assert_int_equal(peer_protect_parts(from, &stream, plain, 12, parts, 2, out, sizeof out, &length), 0);
    assert_true(length > 112);
    assert_int_equal(peer_unprotect_rtp(to, out, &length), 0);
    assert_int_equal(length, 112);
    assert_memory_equal(out, plain, 112);
}
