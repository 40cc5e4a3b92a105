/* ICE and DTLS by hand, over UDP or ICE-TCP. */
#include "tests/tools/hostile/hostile.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stun/usages/ice.h>
#include <sys/socket.h>

#include "transport/base/bytes.h"
#include "transport/net/clock.h"
#include "transport/wire/packet.h"

#define CHECK_INTERVAL usec_from_ms(50)

int hostile_open(const struct hostile *hostile, const char *from)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    int fd = socket(AF_INET, (hostile->is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    if (fd < 0 || (from != NULL && inet_pton(AF_INET, from, &own.sin_addr) != 1) ||
        bind(fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        connect(fd, (const struct sockaddr *)&hostile->server, sizeof hostile->server) != 0) {
        perror("hostile: socket");
        exit(2);
    }
    return fd;
}

void hostile_push(struct hostile *hostile)
{
    struct stream *stream = &hostile->stream;
    ssize_t sent = send(hostile->fd, stream->out, stream->out_length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0)
        return;
    stream->out_length -= (size_t)sent;
    memmove(stream->out, stream->out + sent, stream->out_length);
}

bool hostile_has_room(const struct hostile *hostile)
{
    return sizeof hostile->stream.out - hostile->stream.out_length >= FRAME_HEADER + DATAGRAM_MAX;
}

void hostile_add_frame(struct hostile *hostile, const uint8_t *data, size_t length)
{
    struct stream *stream = &hostile->stream;
    uint8_t *at = stream->out + stream->out_length;
    put_u16(at, (uint16_t)length);
    memcpy(at + FRAME_HEADER, data, length);
    stream->out_length += FRAME_HEADER + length;
}

void hostile_transmit(struct hostile *hostile, const uint8_t *data, size_t length)
{
    if (!hostile->is_stream) {
        (void)!send(hostile->fd, data, length, 0); /* lost is lost: DTLS and checks repeat themselves */
    } else {
        if (hostile_has_room(hostile))
            hostile_add_frame(hostile, data, length);
        hostile_push(hostile);
    }
}

static void init_agent(StunAgent *agent)
{
    stun_agent_init(agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

size_t hostile_check(struct hostile *hostile, uint8_t data[DATAGRAM_MAX])
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
    size_t length = hostile_check(hostile, data);
    hostile_transmit(hostile, data, length);
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
    hostile_transmit(hostile, reply, reply_length);
}

void hostile_flush(struct hostile *hostile)
{
    uint8_t data[DATAGRAM_MAX];
    size_t length;
    while ((length = peer_poll(hostile->peer, data, sizeof data)) > 0)
        hostile_transmit(hostile, data, length);
}

static void take(struct hostile *hostile, uint8_t *data, size_t length, usec_t now)
{
    enum packet_class class = packet_classify(data, length);
    if (class == PACKET_STUN && data[0] == 0) {
        if (!hostile->is_mute)
            answer_check(hostile, data, length);
    } else if (class == PACKET_STUN && !hostile->is_answered) {
        hostile->is_answered = true;
        peer_start(hostile->peer, now);
    } else if (class == PACKET_DTLS) {
        (void)peer_input(hostile->peer, data, length, now);
    } else if (class == PACKET_RTP) {
        hostile->media++;
    }
    hostile_flush(hostile);
}

static void receive_stream(struct hostile *hostile, usec_t now)
{
    struct stream *stream = &hostile->stream;
    ssize_t length;
    while ((length = recv(hostile->fd, stream->in + stream->in_length, sizeof stream->in - stream->in_length,
                          MSG_DONTWAIT)) > 0) {
        size_t at = 0;
        stream->in_length += (size_t)length;
        while (stream->in_length - at >= FRAME_HEADER) {
            size_t frame = get_u16(stream->in + at);
            if (stream->in_length - at - FRAME_HEADER < frame)
                break;
            take(hostile, stream->in + at + FRAME_HEADER, frame, now);
            at += FRAME_HEADER + frame;
        }
        stream->in_length -= at;
        memmove(stream->in, stream->in + at, stream->in_length);
    }
    hostile_push(hostile);
}

static void receive(struct hostile *hostile, usec_t now)
{
    uint8_t data[DATAGRAM_MAX];
    ssize_t length;
    if (hostile->is_stream) {
        receive_stream(hostile, now);
        return;
    }
    while ((length = recv(hostile->fd, data, sizeof data, MSG_DONTWAIT)) > 0)
        take(hostile, data, (size_t)length, now);
}

void hostile_run(struct hostile *hostile, usec_t end, bool until_settled)
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
            hostile_flush(hostile);
        }
        struct pollfd ready = {.fd = hostile->fd, .events = POLLIN};
        (void)poll(&ready, 1, 5);
        receive(hostile, clock_now());
    }
}
