/* A bad participant's transport, for the tests of a real server: ICE and DTLS by hand, then whatever the test asks for.
 *
 *   hostile MODE AMOUNT [PORT]
 *
 * AMOUNT is a time in milliseconds, or for "garbage" and "burst" a count; PORT is the victim's, for "hijack". Modes:
 *
 * - connect: holds the connection, then closes it; "done" tells the packets that came
 * - garbage: sends packets protected with another key than the one agreed on
 * - burst: sends so many small packets on each of three simulcast layers of m-line 1, falls silent, and stays for three
 *   seconds
 * - mute: never answers the server's checks, and else behaves
 * - spoof: sends checks in the name of 127.0.0.77 five times a second; "there" tells the bytes that came there
 * - hijack: sends checks of its own session in the name of 127.0.0.1:PORT (needs a raw socket)
 * - checks: floods with valid checks
 * - hellos: floods with ClientHellos that each have a new message number
 * - packets: floods with audio packets of eleven bytes
 * - pictures: floods with VP8 pictures of one small packet, each a keyframe
 * - nacks: floods with RTCP that asks for some 5,000 packets each
 * - strangers: floods with packets from an address without a connection
 *
 * Floods of media have 50,000 packets a second, the others are as fast as one core can send; "done" tells how many
 * datagrams. Prints "fingerprint AB:CD..", reads one line "HOST PORT UFRAG PWD FINGERPRINT" (the server's, of its
 * answer) " UFRAG PWD SSRC" (of the offer; the SSRC is that of the flood's media, or the one that is asked for), then
 * prints "connected PROFILE" or "failed", and "done N" at the end. Exit code 0: it was connected. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/bytes.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/ice.h"
#include "transport/peer/peer.h"
#include "transport/peer/srtp.h"
#include "transport/wire/extension.h"
#include "transport/wire/rtp.h"

#define CONNECT_TIMEOUT (10 * USEC_PER_SEC)
#define CHECK_INTERVAL usec_from_ms(50)
#define DATAGRAM_MAX 1500
#define PAYLOAD 900
#define PACKETS_A_MS 20
#define SSRC 0x5eed5eedu

#define FLOOD_BATCH 32
#define MEDIA_FLOOD 50000 /* packets a second */
#define SMALL_PAYLOAD 11
#define NACK_ENTRIES 16
#define SPOOF_INTERVAL usec_from_ms(200)

/* As in the offer that the tests make. */
#define MID_ID 4
#define RID_ID 10
#define BURST_HOLD (3 * USEC_PER_SEC)

struct hostile {
    int fd;
    struct sockaddr_in server;
    bool is_mute;
    struct ice_credentials local; /* as in the offer */
    struct ice_credentials remote;
    uint16_t victim_port;
    uint32_t flood_ssrc;
    struct peer_config config;
    struct peer *peer;
    StunAgent agent;
    bool is_answered; /* a check was: DTLS may go */
    unsigned media;   /* packets that came */
    usec_t next_check;
};

/* `from`: another address of this machine; NULL: as the system chooses. */
static int open_socket(const struct hostile *hostile, const char *from)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || (from != NULL && inet_pton(AF_INET, from, &own.sin_addr) != 1) ||
        bind(fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        connect(fd, (const struct sockaddr *)&hostile->server, sizeof hostile->server) != 0) {
        perror("hostile: socket");
        exit(2);
    }
    return fd;
}

static void transmit(const struct hostile *hostile, const uint8_t *data, size_t length)
{
    (void)!send(hostile->fd, data, length, 0); /* lost is lost: DTLS and checks repeat themselves */
}

static void init_agent(StunAgent *agent)
{
    stun_agent_init(agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static size_t make_check(struct hostile *hostile, uint8_t data[DATAGRAM_MAX])
{
    char username[2 * ICE_UFRAG_MAX + 2];
    StunMessage message;
    init_agent(&hostile->agent); /* it remembers 200 requests at most */
    snprintf(username, sizeof username, "%s:%s", hostile->remote.ufrag, hostile->local.ufrag);
    stun_agent_init_request(&hostile->agent, &message, data, DATAGRAM_MAX, STUN_BINDING);
    stun_message_append_flag(&message, STUN_ATTRIBUTE_USE_CANDIDATE);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 0x6e0001ff);
    stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLING, 1);
    stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, username, strlen(username));
    return stun_agent_finish_message(&hostile->agent, &message, (const uint8_t *)hostile->remote.pwd,
                                     strlen(hostile->remote.pwd));
}

static void send_check(struct hostile *hostile)
{
    uint8_t data[DATAGRAM_MAX];
    size_t length = make_check(hostile, data);
    transmit(hostile, data, length);
}

/* For stun_agent_validate(): what the server asks of us, and of nobody else. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t length,
                          uint8_t **password, size_t *password_length, void *user)
{
    struct ice_credentials *local = user;
    size_t ufrag = strlen(local->ufrag);
    (void)agent, (void)message;
    if (length <= ufrag || memcmp(username, local->ufrag, ufrag) != 0 || username[ufrag] != ':')
        return false;
    *password = (uint8_t *)local->pwd;
    *password_length = strlen(local->pwd);
    return true;
}

/* A check of the server's: whoever does not answer gets no media. */
static void answer_check(struct hostile *hostile, const uint8_t *data, size_t length)
{
    uint8_t reply[DATAGRAM_MAX];
    size_t reply_length = sizeof reply;
    StunMessage request, message;
    struct sockaddr_storage source = {0};
    bool is_controlling = true;
    init_agent(&hostile->agent);
    if (stun_agent_validate(&hostile->agent, &request, data, length, find_password, &hostile->local) !=
        STUN_VALIDATION_SUCCESS)
        return;
    memcpy(&source, &hostile->server, sizeof hostile->server);
    (void)stun_usage_ice_conncheck_create_reply(&hostile->agent, &request, &message, reply, &reply_length, &source,
                                                sizeof hostile->server, &is_controlling, 1,
                                                STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    transmit(hostile, reply, reply_length);
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
        if (class == PACKET_STUN && data[0] == 0) {
            if (!hostile->is_mute)
                answer_check(hostile, data, (size_t)length);
        } else if (class == PACKET_STUN && !hostile->is_answered) {
            hostile->is_answered = true;
            peer_start(hostile->peer, now);
        } else if (class == PACKET_DTLS) {
            (void)peer_input(hostile->peer, data, (size_t)length, now);
        } else if (class == PACKET_RTP) {
            hostile->media++;
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

static size_t make_layer_packet(struct hostile *hostile, unsigned layer, uint16_t sequence, uint8_t data[DATAGRAM_MAX])
{
    static const uint8_t vp8_keyframe[] = {0x10, 0, 0, 0};
    struct rtp_header header = {.payload_type = 96, .sequence = sequence, .timestamp = 9000, .ssrc = SSRC + layer};
    struct extension_writer extensions;
    rtp_write_fixed(data, &header, true);
    extension_writer_init(&extensions, data + RTP_HEADER_SIZE, 64, false);
    extension_write(&extensions, MID_ID, "1", 1);
    extension_write(&extensions, RID_ID, &"qhf"[layer], 1);
    size_t length = RTP_HEADER_SIZE + extension_writer_finish(&extensions);
    memcpy(data + length, vp8_keyframe, sizeof vp8_keyframe);
    length += sizeof vp8_keyframe;
    return peer_protect_rtp(hostile->peer, data, &length) == 0 ? length : 0;
}

static unsigned send_burst(struct hostile *hostile, unsigned count)
{
    unsigned sent = 0;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned layer = 0; layer < 3; layer++) {
            uint8_t data[DATAGRAM_MAX];
            size_t length = make_layer_packet(hostile, layer, (uint16_t)i, data);
            transmit(hostile, data, length);
            sent += length > 0;
        }
        if (i % PACKETS_A_MS == 0)
            run(hostile, clock_now() + usec_from_ms(8), false); /* 7,500 a second: within the budget */
    }
    run(hostile, clock_now() + BURST_HOLD, false);
    return sent;
}

/* The ways to misbehave: each returns what "done" tells. */

static unsigned hold(struct hostile *hostile, usec_t end)
{
    run(hostile, end, false);
    return hostile->media;
}

/* Nothing but these checks ever leaves that address. */
static unsigned spoof(struct hostile *hostile, usec_t end)
{
    int own = hostile->fd, other = open_socket(hostile, "127.0.0.77");
    size_t received = 0, sent = 0;
    while (clock_now() < end) {
        uint8_t data[DATAGRAM_MAX];
        size_t length = make_check(hostile, data);
        sent += (size_t)send(other, data, length, 0);
        run(hostile, usec_min(end, clock_now() + SPOOF_INTERVAL), false);
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
        size_t length = 8 + make_check(hostile, data + 8);
        put_u16(data, hostile->victim_port);
        put_u16(data + 2, ntohs(hostile->server.sin_port));
        put_u16(data + 4, (uint16_t)length);
        put_u16(data + 6, 0); /* no checksum */
        sent += sendto(raw, data, length, 0, (struct sockaddr *)&hostile->server, sizeof hostile->server) > 0;
        run(hostile, usec_min(end, clock_now() + SPOOF_INTERVAL), false);
    }
    close(raw);
    return sent;
}

typedef size_t filler(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX]);

/* While the connection is kept alive. `per_second` 0: as fast as it goes. */
static unsigned flood(struct hostile *hostile, int fd, filler *fill, unsigned per_second, usec_t end)
{
    static uint8_t data[FLOOD_BATCH][DATAGRAM_MAX];
    struct mmsghdr messages[FLOOD_BATCH];
    struct iovec vectors[FLOOD_BATCH];
    unsigned sent = 0;
    uint32_t number = 0;
    usec_t next_run = 0, start = clock_now();
    for (usec_t now; (now = clock_now()) < end;) {
        if (per_second > 0 && (now - start) * per_second / USEC_PER_SEC < (usec_t)number) {
            run(hostile, now + USEC_PER_MSEC, false);
            continue;
        }
        for (int i = 0; i < FLOOD_BATCH; i++) {
            vectors[i] = (struct iovec){data[i], fill(hostile, number++, data[i])};
            messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
        }
        int count = sendmmsg(fd, messages, FLOOD_BATCH, 0);
        sent += count > 0 ? (unsigned)count : 0;
        if (now >= next_run) {
            run(hostile, now + USEC_PER_MSEC, false);
            next_run = now + usec_from_ms(50);
        }
    }
    return sent;
}

static size_t fill_check(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static uint8_t once[DATAGRAM_MAX];
    static size_t length;
    if (number == 0)
        length = make_check(hostile, once);
    memcpy(data, once, length);
    return length;
}

static size_t fill_hello(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static uint8_t once[DATAGRAM_MAX];
    static size_t length;
    if (number == 0) {
        struct peer *peer = peer_new(&hostile->config, clock_now());
        peer_start(peer, clock_now());
        length = peer_poll(peer, once, sizeof once);
        peer_free(peer);
    }
    memcpy(data, once, length);
    put_u32(data + 7, number);            /* the record's number */
    put_u16(data + 17, (uint16_t)number); /* the message's */
    return length;
}

static size_t fill_media(struct hostile *hostile, const struct rtp_header *header, const void *payload, uint8_t *data)
{
    size_t length = RTP_HEADER_SIZE + SMALL_PAYLOAD;
    rtp_write_fixed(data, header, false);
    memcpy(data + RTP_HEADER_SIZE, payload, SMALL_PAYLOAD);
    return peer_protect_rtp(hostile->peer, data, &length) == 0 ? length : 0;
}

static size_t fill_packet(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static const uint8_t opus[SMALL_PAYLOAD] = {0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct rtp_header header = {
        .payload_type = 111, .sequence = (uint16_t)number, .timestamp = number * 960, .ssrc = hostile->flood_ssrc};
    return fill_media(hostile, &header, opus, data);
}

static size_t fill_picture(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    /* The descriptor (RFC 7741: a partition begins), then the head of a keyframe (RFC 6386 section 9.1). */
    static const uint8_t vp8[SMALL_PAYLOAD] = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0};
    struct rtp_header header = {.payload_type = 96,
                                .marker = true,
                                .sequence = (uint16_t)number,
                                .timestamp = number * 1800,
                                .ssrc = hostile->flood_ssrc};
    return fill_media(hostile, &header, vp8, data);
}

/* An empty report, then one NACK after the other, each for 16 runs of 17 packets. */
static size_t fill_nacks(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    static const uint8_t report[8] = {0x80, 201, 0, 1, 0x5e, 0xed, 0x5e, 0xed};
    size_t length = sizeof report, size = 12 + 4 * NACK_ENTRIES;
    uint16_t lost = (uint16_t)(number * 17);
    memcpy(data, report, length);
    for (; length + size + 50 < 1400; length += size) {
        uint8_t *nack = data + length;
        nack[0] = 0x80 | 1;
        nack[1] = 205;
        put_u16(nack + 2, (uint16_t)(size / 4 - 1));
        put_u32(nack + 4, 0x5eed5eed);
        put_u32(nack + 8, hostile->flood_ssrc);
        for (size_t at = 12; at < size; at += 4, lost = (uint16_t)(lost + 17)) {
            put_u16(nack + at, lost);
            put_u16(nack + at + 2, 0xffff);
        }
    }
    return peer_protect_rtcp(hostile->peer, data, &length) == 0 ? length : 0;
}

static size_t fill_strange(struct hostile *hostile, uint32_t number, uint8_t data[DATAGRAM_MAX])
{
    (void)hostile;
    memset(data, 0, 100);
    data[0] = 0x80;
    put_u32(data + 2, number);
    return 100;
}

static unsigned flood_checks(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_check, 0, end);
}

static unsigned flood_hellos(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_hello, 0, end);
}

static unsigned flood_packets(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_packet, MEDIA_FLOOD, end);
}

static unsigned flood_pictures(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_picture, MEDIA_FLOOD, end);
}

static unsigned flood_nacks(struct hostile *hostile, usec_t end)
{
    return flood(hostile, hostile->fd, fill_nacks, 0, end);
}

static unsigned flood_strange(struct hostile *hostile, usec_t end)
{
    int fd = open_socket(hostile, NULL);
    unsigned sent = flood(hostile, fd, fill_strange, 0, end);
    close(fd);
    return sent;
}

static const struct mode {
    const char *name;
    unsigned (*act)(struct hostile *hostile, usec_t end);      /* AMOUNT is a time */
    unsigned (*send)(struct hostile *hostile, unsigned count); /* AMOUNT is a count */
} modes[] = {
    {"connect", hold, NULL},          {"garbage", NULL, send_garbage},
    {"burst", NULL, send_burst},      {"mute", hold, NULL},
    {"spoof", spoof, NULL},           {"hijack", hijack, NULL},
    {"checks", flood_checks, NULL},   {"hellos", flood_hellos, NULL},
    {"packets", flood_packets, NULL}, {"pictures", flood_pictures, NULL},
    {"nacks", flood_nacks, NULL},     {"strangers", flood_strange, NULL},
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
    hostile->fd = open_socket(hostile, NULL);
    struct sockaddr_in own = {0};
    socklen_t length = sizeof own;
    (void)getsockname(hostile->fd, (struct sockaddr *)&own, &length);
    printf("port %u\n", ntohs(own.sin_port));
}

int main(int argc, char **argv)
{
    static struct hostile hostile;
    const struct mode *mode = find_mode(argc >= 3 ? argv[1] : "");
    unsigned amount = (unsigned)strtoul(argv[2], NULL, 10), done = 0;
    hostile.config = (struct peer_config){.identity = identity_new(clock_wall_us()), .is_dtls_client = true};
    hostile.is_mute = strcmp(mode->name, "mute") == 0;
    hostile.victim_port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("fingerprint %s\n", identity_fingerprint(hostile.config.identity));
    read_server(&hostile);
    hostile.peer = peer_new(&hostile.config, clock_now());
    if (hostile.peer == NULL)
        return 2;
    run(&hostile, clock_now() + CONNECT_TIMEOUT, true);
    bool is_connected = peer_state(hostile.peer) == PEER_CONNECTED;
    if (is_connected)
        printf("connected %s\n", srtp_profile_name(peer_profile(hostile.peer)));
    else
        printf("failed\n");
    if (is_connected)
        done =
            mode->act != NULL ? mode->act(&hostile, clock_now() + usec_from_ms(amount)) : mode->send(&hostile, amount);
    peer_close(hostile.peer);
    flush(&hostile);
    printf("done %u\n", done);
    peer_free(hostile.peer);
    identity_release(hostile.config.identity);
    close(hostile.fd);
    return is_connected ? 0 : 1;
}
