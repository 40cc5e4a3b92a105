#include "tests/unit/peer/peer_link.h"

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

void link_open(struct link *link, const char *client_profiles, const char *server_profiles)
{
    memset(link, 0, sizeof *link);
    now = START;
    link->client_identity = identity_new(WALL_US);
    link->server_identity = identity_new(WALL_US);
    struct peer_config config;
    configure(&config, link->client_identity, link->server_identity, true);
    config.srtp_profiles = client_profiles;
    link->client = peer_new(&config, now);
    configure(&config, link->server_identity, link->client_identity, false);
    config.srtp_profiles = server_profiles;
    link->server = peer_new(&config, now);
    assert_non_null(link->client);
    assert_non_null(link->server);
}

void link_close(struct link *link)
{
    peer_free(link->client);
    peer_free(link->server);
    identity_release(link->client_identity);
    identity_release(link->server_identity);
}

static void collect(struct link *link, struct peer *from)
{
    uint8_t data[1500];
    size_t length;
    while ((length = peer_poll(from, data, sizeof data)) > 0) {
        bool to_server = from == link->client;
        unsigned n = to_server ? link->sent_to_server++ : link->sent_to_client++;
        if (length > link->largest)
            link->largest = length;
        if (link->loses != NULL && link->loses(link->user, to_server, n))
            continue;
        assert_true(link->count < QUEUE);
        struct datagram *datagram = &link->queue[link->count++];
        *datagram = (struct datagram){.to_server = to_server, .at = now + LATENCY, .length = length};
        memcpy(datagram->data, data, length);
    }
}

void collect_both(struct link *link)
{
    collect(link, link->client);
    collect(link, link->server);
}

bool step(struct link *link)
{
    usec_t timer = usec_min(peer_next(link->client), peer_next(link->server));
    usec_t arrival = link->count > 0 ? link->queue[0].at : USEC_NEVER;
    if (usec_min(timer, arrival) == USEC_NEVER)
        return false;
    now = usec_max(now, usec_min(timer, arrival));
    if (arrival <= timer) {
        struct datagram datagram = link->queue[0];
        memmove(link->queue, link->queue + 1, --link->count * sizeof link->queue[0]);
        (void)peer_input(datagram.to_server ? link->server : link->client, datagram.data, datagram.length, now);
    } else {
        peer_timeout(link->client, now);
        peer_timeout(link->server, now);
    }
    collect_both(link);
    return true;
}

void run(struct link *link, usec_t limit)
{
    collect_both(link);
    for (unsigned steps = 0; steps < 2000 && now < START + limit && step(link); steps++)
        ;
}

bool is_connected(const struct link *link)
{
    return peer_state(link->client) == PEER_CONNECTED && peer_state(link->server) == PEER_CONNECTED;
}

void start_both(struct link *link)
{
    peer_start(link->client, now);
    peer_start(link->server, now);
}

size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
    static const uint8_t header[] = {0x80, 96, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    memcpy(out, header, sizeof header);
    out[2] = (uint8_t)(seq >> 8), out[3] = (uint8_t)seq;
    out[8] = (uint8_t)(ssrc >> 24), out[9] = (uint8_t)(ssrc >> 16), out[10] = (uint8_t)(ssrc >> 8),
    out[11] = (uint8_t)ssrc;
    memset(out + 12, 0x5a, 100);
    return 112;
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
