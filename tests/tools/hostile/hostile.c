/* A bad participant's transport, for the tests of a real server: ICE and DTLS by hand, then whatever the test asks for.
 *
 *   hostile MODE AMOUNT [PORT]
 *
 * AMOUNT is a time in milliseconds, or for "malformed" and "burst" a count; PORT is the victim's, for "hijack". Modes:
 *
 * - connect: holds the connection, then closes it; "done" tells the packets that came
 * - tcp: the same over ICE-TCP
 * - malformed: sends packets protected with another key than the one agreed on
 * - burst: sends so many small packets on each of three encodings of m-line 1, falls silent, and stays for three
 *   seconds
 * - mute: never answers the server's checks, and else behaves
 * - spoof: sends checks in the name of 127.0.0.77 five times a second; "there" tells the bytes that came there
 * - hijack: sends checks of its own session in the name of 127.0.0.1:PORT (needs a raw socket)
 * - checks: floods with valid checks
 * - hellos: floods with ClientHellos that each have a new message number
 * - packets: floods with audio packets of eleven bytes
 * - stream: the same over ICE-TCP, as fast as the server reads
 * - pictures: floods with VP8 pictures of one small packet, each a keyframe
 * - nacks: floods with RTCP that asks for some 5,000 packets each
 * - strangers: floods with packets from an address without a connection
 * - red: sends RED packets with odd headers, 400 a second
 * - plis: asks for keyframes by PLI and FIR, 1,000 times a second
 * - data: sends messages on a data channel as fast as SCTP takes them, some of them malformed
 *
 * Other floods of media have 50,000 packets a second, all others are as fast as one core can send; "done" tells how
 * many were sent. Prints "fingerprint AB:CD..", reads one line "HOST PORT UFRAG PWD FINGERPRINT" (the server's, of its
 * answer) " UFRAG PWD SSRC" (of the offer; the SSRC is that of the flood's media, or the one that is asked for), then
 * prints "connected PROFILE" or "failed", "ended" if the server ends it before we do, and "done N" at the end. Exit
 * code 0: it was connected. */
#include "tests/tools/hostile/hostile.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/bytes.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/peer/srtp.h"
#include "transport/wire/extension.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"
#include "transport/wire/vp8_writer.h"

#define CONNECT_TIMEOUT (10 * USEC_PER_SEC)
#define PAYLOAD 900
#define PACKETS_A_MS 20
#define SPOOF_INTERVAL usec_from_ms(200)
#define BURST_HOLD (3 * USEC_PER_SEC)

/* As in the offer that the tests make. */
#define MID_ID 4
#define RID_ID 10

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
    struct rtp_header header = {
        .payload_type = 96, .sequence = sequence, .timestamp = sequence * 3000u, .ssrc = HOSTILE_SSRC};
    rtp_write_fixed(data, &header, false);
    random_secure(data + RTP_HEADER_SIZE, PAYLOAD);
    return srtp_session_protect_rtp(session, data, &length) == 0 ? length : 0;
}

static size_t make_rtcp(struct srtp_session *session, uint8_t *data)
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, DATAGRAM_MAX);
    (void)rtcp_write_rr(&writer, HOSTILE_SSRC, NULL, 0);
    return srtp_session_protect_rtcp(session, data, &writer.length) == 0 ? writer.length : 0;
}

static unsigned send_malformed(struct hostile *hostile, unsigned count)
{
    struct srtp_session *session = wrong_key(peer_profile(hostile->peer));
    unsigned sent = 0;
    for (unsigned i = 0; session != NULL && i < count; i++) {
        uint8_t data[DATAGRAM_MAX];
        size_t length = i % 10 == 9 ? make_rtcp(session, data) : make_rtp(session, (uint16_t)i, data);
        hostile_transmit(hostile, data, length);
        sent += length > 0;
        if (i % PACKETS_A_MS == 0)
            hostile_run(hostile, clock_now() + USEC_PER_MSEC, false);
    }
    srtp_session_free(session);
    return sent;
}

static size_t make_encoding_packet(struct hostile *hostile, unsigned encoding, uint16_t sequence,
                                   uint8_t data[DATAGRAM_MAX])
{
    static const struct vp8_part keyframe = {.is_start = true, .is_key = true};
    struct rtp_header header = {
        .payload_type = 96, .sequence = sequence, .timestamp = 9000, .ssrc = HOSTILE_SSRC + encoding};
    struct extension_writer extensions;
    rtp_write_fixed(data, &header, true);
    extension_writer_init(&extensions, data + RTP_HEADER_SIZE, 64, false);
    extension_write(&extensions, MID_ID, "1", 1);
    extension_write(&extensions, RID_ID, &"qhf"[encoding], 1);
    size_t length = RTP_HEADER_SIZE + extension_writer_finish(&extensions);
    length += vp8_write_part(data + length, &keyframe);
    return peer_protect_rtp(hostile->peer, data, &length) == 0 ? length : 0;
}

static unsigned send_burst(struct hostile *hostile, unsigned count)
{
    unsigned sent = 0;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned encoding = 0; encoding < 3; encoding++) {
            uint8_t data[DATAGRAM_MAX];
            size_t length = make_encoding_packet(hostile, encoding, (uint16_t)i, data);
            hostile_transmit(hostile, data, length);
            sent += length > 0;
        }
        if (i % PACKETS_A_MS == 0)
            hostile_run(hostile, clock_now() + usec_from_ms(8), false); /* 7,500 a second: within the budget */
    }
    hostile_run(hostile, clock_now() + BURST_HOLD, false);
    return sent;
}

/* The ways to misbehave: each returns what "done" tells. */

static unsigned hold(struct hostile *hostile, usec_t end)
{
    hostile_run(hostile, end, false);
    return hostile->media;
}

/* Nothing but these checks ever leaves that address. */
static unsigned spoof(struct hostile *hostile, usec_t end)
{
    int own = hostile->fd, other = hostile_open(hostile, "127.0.0.77");
    size_t received = 0, sent = 0;
    while (clock_now() < end) {
        uint8_t data[DATAGRAM_MAX];
        size_t length = hostile_check(hostile, data);
        sent += (size_t)send(other, data, length, 0);
        hostile_run(hostile, usec_min(end, clock_now() + SPOOF_INTERVAL), false);
        for (ssize_t got; (got = recv(other, data, sizeof data, MSG_DONTWAIT)) > 0;)
            received += (size_t)got;
    }
    printf("spoofed %zu\nthere %zu\n", sent, received);
    hostile->fd = own;
    close(other);
    return hostile->media;
}

/* Checks with our own credentials, as if the one who has `port` had sent them. */
static unsigned hijack(struct hostile *hostile, usec_t end)
{
    unsigned sent = 0;
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
    if (raw < 0) {
        perror("hostile: raw socket");
        exit(2);
    }
    while (clock_now() < end) {
        uint8_t data[8 + DATAGRAM_MAX];
        size_t length = 8 + hostile_check(hostile, data + 8);
        put_u16(data, hostile->victim_port);
        put_u16(data + 2, ntohs(hostile->server.sin_port));
        put_u16(data + 4, (uint16_t)length);
        put_u16(data + 6, 0); /* no checksum */
        sent += sendto(raw, data, length, 0, (struct sockaddr *)&hostile->server, sizeof hostile->server) > 0;
        hostile_run(hostile, usec_min(end, clock_now() + SPOOF_INTERVAL), false);
    }
    close(raw);
    return sent;
}

static const struct mode {
    const char *name;
    unsigned (*act)(struct hostile *hostile, usec_t end);      /* AMOUNT is a time */
    unsigned (*send)(struct hostile *hostile, unsigned count); /* AMOUNT is a count */
} modes[] = {
    {"connect", hold, NULL},
    {"tcp", hold, NULL},
    {"malformed", NULL, send_malformed},
    {"burst", NULL, send_burst},
    {"mute", hold, NULL},
    {"spoof", spoof, NULL},
    {"hijack", hijack, NULL},
    {"checks", flood_checks, NULL},
    {"hellos", flood_hellos, NULL},
    {"packets", flood_packets, NULL},
    {"pictures", flood_pictures, NULL},
    {"nacks", flood_nacks, NULL},
    {"strangers", flood_strange, NULL},
    {"stream", flood_stream, NULL},
    {"red", flood_red, NULL},
    {"plis", flood_keyframe_requests, NULL},
    {"data", flood_data, NULL},
};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    fprintf(stderr, "usage: hostile MODE AMOUNT [PORT], with a mode of:");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        fprintf(stderr, " %s", modes[i].name);
    fprintf(stderr, "\n");
    exit(2);
}

static void read_server(struct hostile *hostile)
{
    char host[64];
    unsigned port;
    struct peer_config *config = &hostile->config;
    if (scanf("%63s %u %256s %256s %191s %256s %256s %" SCNu32, host, &port, hostile->remote.ufrag, hostile->remote.pwd,
              config->remote_fingerprint, hostile->local.ufrag, hostile->local.pwd, &hostile->flood_ssrc) != 8) {
        fprintf(stderr, "hostile: no server on standard input\n");
        exit(2);
    }
    snprintf(config->remote_fingerprint_algorithm, sizeof config->remote_fingerprint_algorithm, "sha-256");
    hostile->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    (void)inet_pton(AF_INET, host, &hostile->server.sin_addr);
    hostile->fd = hostile_open(hostile, NULL);
    struct sockaddr_in own = {0};
    socklen_t length = sizeof own;
    (void)getsockname(hostile->fd, (struct sockaddr *)&own, &length);
    printf("port %u\n", ntohs(own.sin_port));
}

/* A DTLS client is connected before the server has judged its certificate (False Start); an alert tells it the rest. */
static bool is_alive(const struct hostile *hostile)
{
    return peer_state(hostile->peer) == PEER_CONNECTED;
}

int main(int argc, char **argv)
{
    static struct hostile hostile;
    const struct mode *mode = find_mode(argc >= 3 ? argv[1] : "");
    unsigned amount = (unsigned)strtoul(argv[2], NULL, 10), done = 0;
    hostile.config = (struct peer_config){.identity = identity_new(clock_wall_us()), .is_dtls_client = true};
    hostile.is_mute = strcmp(mode->name, "mute") == 0;
    hostile.is_stream = strcmp(mode->name, "stream") == 0 || strcmp(mode->name, "tcp") == 0;
    hostile.victim_port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("fingerprint %s\n", identity_fingerprint(hostile.config.identity));
    read_server(&hostile);
    hostile.peer = peer_new(&hostile.config);
    if (hostile.peer == NULL)
        return 2;
    hostile_run(&hostile, clock_now() + CONNECT_TIMEOUT, true);
    bool is_connected = peer_state(hostile.peer) == PEER_CONNECTED;
    if (is_connected)
        printf("connected %s\n", srtp_profile_name(peer_profile(hostile.peer)));
    else
        printf("failed\n");
    if (is_connected)
        done =
            mode->act != NULL ? mode->act(&hostile, clock_now() + usec_from_ms(amount)) : mode->send(&hostile, amount);
    if (is_connected && !is_alive(&hostile))
        printf("ended\n");
    peer_close(hostile.peer);
    hostile_flush(&hostile);
    printf("done %u\n", done);
    peer_free(hostile.peer);
    identity_release(hostile.config.identity);
    close(hostile.fd);
    return is_connected ? 0 : 1;
}
