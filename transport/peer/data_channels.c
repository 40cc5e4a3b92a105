#include "transport/peer/data_channels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/dcep.h"

enum channel_state { CHANNEL_NONE, CHANNEL_OPEN, CHANNEL_CLOSING /* our direction is reset, theirs not yet */ };

struct data_channels {
    struct association *association;
    bool is_dtls_client, opens;
    bool has_own_streams; /* it opens channels, too: half of the numbers are its own then (RFC 8832 section 6) */
    unsigned openings;
    enum channel_state streams[ASSOCIATION_STREAMS];
};

struct data_channels *data_channels_new(uint16_t remote_port, bool is_dtls_client, bool opens, usec_t now)
{
    struct association *association = association_new(remote_port, now);
    if (association == NULL)
        return NULL;
    struct data_channels *channels = mem_alloc(sizeof *channels);
    channels->association = association;
    channels->is_dtls_client = is_dtls_client;
    channels->opens = channels->has_own_streams = opens;
    return channels;
}

void data_channels_free(struct data_channels *channels)
{
    if (channels == NULL)
        return;
    association_free(channels->association);
    free(channels);
}

/* The stream of the first open channel; ASSOCIATION_STREAMS: none is. */
static uint16_t first_open(const struct data_channels *channels)
{
    uint16_t stream = 0;
    while (stream < ASSOCIATION_STREAMS && channels->streams[stream] != CHANNEL_OPEN)
        stream++;
    return stream;
}

bool data_channels_are_open(const struct data_channels *channels)
{
    return association_state(channels->association) == ASSOCIATION_OPEN && first_open(channels) < ASSOCIATION_STREAMS;
}

unsigned data_channels_openings(const struct data_channels *channels)
{
    return channels->openings;
}

bool data_channels_are_closed(const struct data_channels *channels)
{
    return association_state(channels->association) == ASSOCIATION_CLOSED;
}

static void mark_open(struct data_channels *channels, uint16_t stream)
{
    if (first_open(channels) == ASSOCIATION_STREAMS)
        channels->openings++;
    channels->streams[stream] = CHANNEL_OPEN;
}

/* DCEP's messages are ordered and reliable, whatever the channel is. */
static void send_control(struct data_channels *channels, uint16_t stream, const struct dcep_message *message)
{
    uint8_t data[DCEP_OPEN_MAX];
    size_t length = dcep_write(message, data);
    if (association_send(channels->association, stream, DCEP_CONTROL, data, length, ASSOCIATION_ORDERED) == 0)
        mark_open(channels, stream);
}

/* The DTLS client's channels have even streams (RFC 8832 section 6). Data may follow OPEN at once, in order. */
static void open_channel(struct data_channels *channels)
{
    if (!channels->opens || association_state(channels->association) != ASSOCIATION_OPEN)
        return;
    struct dcep_message open = {.kind = DCEP_OPEN, .is_ordered = true, .is_reliable = true};
    snprintf(open.label, sizeof open.label, "room");
    snprintf(open.protocol, sizeof open.protocol, "%s", DATA_CHANNELS_PROTOCOL);
    channels->opens = false;
    send_control(channels, channels->is_dtls_client ? 0 : 1, &open);
}

static void close_channel(struct data_channels *channels, uint16_t stream, enum channel_state state)
{
    channels->streams[stream] = state;
    association_reset(channels->association, stream);
}

static void take_control(struct data_channels *channels, uint16_t stream, const uint8_t *data, size_t length)
{
    struct dcep_message message;
    int error = dcep_read(&message, data, length);
    /* A peer that opens none takes any: aiortc goes by the ICE role where the rule goes by the DTLS role. */
    bool is_theirs = !channels->has_own_streams || (stream % 2 == 0) != channels->is_dtls_client;
    if (error == 0 && message.kind == DCEP_ACK)
        return;
    if (channels->streams[stream] == CHANNEL_OPEN || channels->streams[stream] == CHANNEL_CLOSING)
        return; /* it is in use: whatever this is, it opens nothing */
    if (error == 0 && is_theirs && strcmp(message.protocol, DATA_CHANNELS_PROTOCOL) == 0)
        send_control(channels, stream, &(struct dcep_message){.kind = DCEP_ACK});
    else
        close_channel(channels, stream, CHANNEL_CLOSING);
}

/* The remote peer closed its direction; a channel is closed when both are (RFC 8831 section 6.7). */
static void take_reset(struct data_channels *channels, uint16_t stream)
{
    if (channels->streams[stream] == CHANNEL_OPEN)
        close_channel(channels, stream, CHANNEL_NONE);
    else
        channels->streams[stream] = CHANNEL_NONE;
}

void data_channels_input(struct data_channels *channels, const uint8_t *data, size_t length, usec_t now)
{
    association_input(channels->association, data, length, now);
}

size_t data_channels_poll(struct data_channels *channels, uint8_t *out)
{
    open_channel(channels);
    return association_poll(channels->association, out);
}

size_t data_channels_receive(struct data_channels *channels, uint8_t *out)
{
    struct association_message message;
    while (association_receive(channels->association, &message, out)) {
        if (message.stream >= ASSOCIATION_STREAMS)
            continue;
        if (message.type == ASSOCIATION_RESET)
            take_reset(channels, message.stream);
        else if (message.protocol == DCEP_CONTROL)
            take_control(channels, message.stream, out, message.length);
        else if (message.protocol == DCEP_BINARY && channels->streams[message.stream] == CHANNEL_OPEN)
            return message.length;
    }
    return 0;
}

int data_channels_send(struct data_channels *channels, const uint8_t *data, size_t length,
                       enum association_policy policy)
{
    uint16_t stream = first_open(channels);
    if (stream == ASSOCIATION_STREAMS)
        return ERR_WRONG_STATE;
    return association_send(channels->association, stream, DCEP_BINARY, data, length, policy);
}

usec_t data_channels_next(const struct data_channels *channels)
{
    return association_next(channels->association);
}

void data_channels_timeout(struct data_channels *channels, usec_t now)
{
    association_timeout(channels->association, now);
}
