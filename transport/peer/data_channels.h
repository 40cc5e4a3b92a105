/* The data channels of one connection (RFC 8831, RFC 8832) for one application protocol: channels of another one are
 * closed as soon as they open. Any of ours may carry any message, since SCTP lets the sender choose order and
 * reliability for each; so what one end sends goes on the first channel that is open. Used by one thread. */
#ifndef HEDDLE_PEER_DATA_CHANNELS_H
#define HEDDLE_PEER_DATA_CHANNELS_H

#include "transport/peer/association.h"

#define DATA_CHANNELS_PROTOCOL "heddle.data.v1"

struct data_channels;

/* NULL: SCTP could not be started. `opens`: this end opens the channel, else the other one does. */
struct data_channels *data_channels_new(uint16_t remote_port, bool is_dtls_client, bool opens, usec_t now);
void data_channels_free(struct data_channels *channels);
/* A channel is open. */
bool data_channels_are_open(const struct data_channels *channels);
/* How often a first channel opened: another number means that what was sent before may be lost. */
unsigned data_channels_openings(const struct data_channels *channels);
bool data_channels_are_closed(const struct data_channels *channels); /* the association ended */
void data_channels_input(struct data_channels *channels, const uint8_t *data, size_t length, usec_t now);
size_t data_channels_poll(struct data_channels *channels, uint8_t *out); /* as association_poll() */
/* The next binary message, copied to `out` (ASSOCIATION_MESSAGE_MAX); its length, 0: none. What is not taken makes the
 * remote peer wait. */
size_t data_channels_receive(struct data_channels *channels, uint8_t *out);
/* ERR_WRONG_STATE: no channel is open; ERR_AGAIN: the buffer is full. */
int data_channels_send(struct data_channels *channels, const uint8_t *data, size_t length,
                       enum association_policy policy);
usec_t data_channels_next(const struct data_channels *channels);
void data_channels_timeout(struct data_channels *channels, usec_t now);

#endif
