/* A bad participant's transport, for the tests of a real server: ICE and DTLS by hand, then whatever the test asks for.
 *
 *   hostile connect MS      holds the connection for MS milliseconds, then closes it
 *   hostile garbage COUNT   sends COUNT packets protected with another key than the one agreed on
 *
 * Prints "fingerprint AB:CD..", reads one line "HOST PORT UFRAG PWD FINGERPRINT" (the server's, of its answer), then
 * prints "connected PROFILE" or "failed", and "done N" at the end. Exit code 0: it was connected. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/ice.h"
#include "transport/peer/peer.h"
#include "transport/peer/srtp.h"
#include "transport/wire/rtp.h"

#define CONNECT_TIMEOUT (10 * USEC_PER_SEC)
#define CHECK_INTERVAL usec_from_ms(50)
#define DATAGRAM_MAX 1500
#define PAYLOAD 900
#define PACKETS_A_MS 20
#define SSRC 0x5eed5eedu

struct hostile {
    int fd;
    struct ice_credentials remote;
    struct peer *peer;
    StunAgent agent;
    bool is_answered; /* a check was: DTLS may go */
    usec_t next_check;
};

static int open_socket(const char *host, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("hostile: socket");
        exit(2);
    }
    return fd;
}

static void transmit(const struct hostile *hostile, const uint8_t *data, size_t length)
{
    (void)!send(hostile->fd, data, length, 0); /* lost is lost: DTLS and checks repeat themselves */
}

static void send_check(struct hostile *hostile)
{
    uint8_t data[DATAGRAM_MAX];
    char username[ICE_UFRAG_MAX + 8];
    StunMessage message;
    snprintf(username, sizeof username, "%s:host", hostile->remote.ufrag);
    stun_agent_init_request(&hostile->agent, &message, data, sizeof data, STUN_BINDING);
    stun_message_append_flag(&message, STUN_ATTRIBUTE_USE_CANDIDATE);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 0x6e0001ff);
    stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLING, 1);
    stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, username, strlen(username));
    size_t length = stun_agent_finish_message(&hostile->agent, &message, (const uint8_t *)hostile->remote.pwd,
                                              strlen(hostile->remote.pwd));
    transmit(hostile, data, length);
}

static void flush(struct hostile *hostile)
{
    uint8_t data[DATAGRAM_MAX];
    size_t length;
    while ((length = peer_poll(hostile->peer, data, sizeof data)) > 0)
        transmit(hostile, data, length);
}

static void receive(struct hostile *hostile, usec_t now)
{
    uint8_t data[DATAGRAM_MAX];
    ssize_t length;
    while ((length = recv(hostile->fd, data, sizeof data, MSG_DONTWAIT)) > 0) {
        enum packet_class class = packet_classify(data, (size_t)length);
        if (class == PACKET_STUN && !hostile->is_answered) {
            hostile->is_answered = true;
            peer_start(hostile->peer, now);
        } else if (class == PACKET_DTLS) {
            (void)peer_input(hostile->peer, data, (size_t)length, now);
        }
        flush(hostile);
    }
}

/* Runs until the connection is settled one way or the other, or `end`. */
static void run(struct hostile *hostile, usec_t end, bool until_settled)
{
    for (usec_t now; (now = clock_now()) < end;) {
        enum peer_state state = peer_state(hostile->peer);
        if (state == PEER_FAILED || state == PEER_CLOSED || (until_settled && state == PEER_CONNECTED))
            return;
        if (now >= hostile->next_check) {
            send_check(hostile);
            hostile->next_check = now + (hostile->is_answered ? USEC_PER_SEC : CHECK_INTERVAL);
        }
        if (now >= peer_next(hostile->peer)) {
            peer_timeout(hostile->peer, now);
            flush(hostile);
        }
        struct pollfd ready = {.fd = hostile->fd, .events = POLLIN};
        (void)poll(&ready, 1, 5);
        receive(hostile, clock_now());
    }
}

/* Real SRTP and SRTCP, of a key that nobody agreed on. */
static struct srtp_session *wrong_key(enum srtp_profile profile)
{
    struct srtp_keys keys = {.profile = profile};
    uint8_t key[SRTP_KEY_MAX], salt[SRTP_SALT_MAX];
    (void)srtp_profile_lengths(profile, &keys.key_length, &keys.salt_length);
    random_secure(key, sizeof key);
    random_secure(salt, sizeof salt);
    srtp_keys_set(&keys, profile, key, salt);
    return srtp_session_new(&keys, &keys);
}

static size_t make_rtp(struct srtp_session *session, uint16_t sequence, uint8_t *data)
{
    size_t length = RTP_HEADER_SIZE + PAYLOAD;
    struct rtp_header header = {.payload_type = 96, .sequence = sequence, .timestamp = sequence * 3000u, .ssrc = SSRC};
    rtp_write_fixed(data, &header, false);
    random_secure(data + RTP_HEADER_SIZE, PAYLOAD);
    return srtp_session_protect_rtp(session, data, &length) == 0 ? length : 0;
}

static size_t make_rtcp(struct srtp_session *session, uint8_t *data)
{
    static const uint8_t empty_report[8] = {0x80, 201, 0, 1, 0x5e, 0xed, 0x5e, 0xed};
    size_t length = sizeof empty_report;
    memcpy(data, empty_report, length);
    return srtp_session_protect_rtcp(session, data, &length) == 0 ? length : 0;
}

static unsigned send_garbage(struct hostile *hostile, unsigned count)
{
    struct srtp_session *session = wrong_key(peer_profile(hostile->peer));
    unsigned sent = 0;
    for (unsigned i = 0; session != NULL && i < count; i++) {
        uint8_t data[DATAGRAM_MAX];
        size_t length = i % 10 == 9 ? make_rtcp(session, data) : make_rtp(session, (uint16_t)i, data);
        transmit(hostile, data, length);
        sent += length > 0;
        if (i % PACKETS_A_MS == 0)
            run(hostile, clock_now() + USEC_PER_MSEC, false);
    }
    srtp_session_free(session);
    return sent;
}

static void read_server(struct hostile *hostile, struct peer_config *config)
{
    char host[64];
    unsigned port;
    if (scanf("%63s %u %256s %256s %191s", host, &port, hostile->remote.ufrag, hostile->remote.pwd,
              config->remote_fingerprint) != 5) {
        fprintf(stderr, "hostile: no server on standard input\n");
        exit(2);
    }
    hostile->fd = open_socket(host, port);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "connect") != 0 && strcmp(argv[1], "garbage") != 0)) {
        fprintf(stderr, "usage: hostile connect MS | garbage COUNT\n");
        return 2;
    }
    struct hostile hostile = {.is_answered = false};
    struct peer_config config = {.identity = identity_new(clock_wall_us()), .is_dtls_client = true};
    unsigned amount = (unsigned)strtoul(argv[2], NULL, 10), done = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("fingerprint %s\n", identity_fingerprint(config.identity));
    read_server(&hostile, &config);
    snprintf(config.remote_fingerprint_algorithm, sizeof config.remote_fingerprint_algorithm, "sha-256");
    stun_agent_init(&hostile.agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    hostile.peer = peer_new(&config, clock_now());
    if (hostile.peer == NULL)
        return 2;
    run(&hostile, clock_now() + CONNECT_TIMEOUT, true);
    bool is_connected = peer_state(hostile.peer) == PEER_CONNECTED;
    if (is_connected)
        printf("connected %s\n", srtp_profile_name(peer_profile(hostile.peer)));
    else
        printf("failed\n");
    if (is_connected && strcmp(argv[1], "garbage") == 0)
        done = send_garbage(&hostile, amount);
    else if (is_connected)
        run(&hostile, clock_now() + usec_from_ms(amount), false);
    peer_close(hostile.peer);
    flush(&hostile);
    printf("done %u\n", done);
    peer_free(hostile.peer);
    identity_release(config.identity);
    close(hostile.fd);
    return is_connected ? 0 : 1;
}
