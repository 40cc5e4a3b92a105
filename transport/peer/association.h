/* One SCTP association (RFC 9260) over DTLS, as WebRTC's data channels use it (RFC 8831): the one door to usrsctp.
 *
 * usrsctp keeps all associations of a process in one state with one set of timers, so every call goes through one lock:
 * an association is used by one thread, and different ones by different threads. Its timers run on whichever thread
 * calls association_timeout() next; what they send for another thread's association waits there until that one polls.
 * usrsctp is given no threads for packets and timers, and nothing is called back.
 *
 *   connecting -> open     both ends sent INIT (or one did), and the cookies were echoed
 *   any -> closed          the remote peer aborted or shut down, did not acknowledge for too long, or
 *                          broke the limits */
#ifndef HEDDLE_PEER_ASSOCIATION_H
#define HEDDLE_PEER_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define ASSOCIATION_PORT 5000          /* ours */
#define ASSOCIATION_MESSAGE_MAX 32768u /* received: what we announce as a=max-message-size; a larger one ends it */
#define ASSOCIATION_PACKET_MAX 1160u   /* of SCTP: with DTLS around it fits DTLS_LINK_MTU */
#define ASSOCIATION_STREAMS 32u        /* each way; 65535 would cost 3 MB */

struct association;

enum association_state { ASSOCIATION_CONNECTING, ASSOCIATION_OPEN, ASSOCIATION_CLOSED };
enum association_policy {
    ASSOCIATION_ORDERED,   /* reliable, in order within its stream */
    ASSOCIATION_UNORDERED, /* reliable */
    ASSOCIATION_LOSSY,     /* sent once, in no order (RFC 3758) */
};

/* What came in; of one stream in its order. */
struct association_message {
    enum {
        ASSOCIATION_DATA,
        ASSOCIATION_RESET /* the remote peer closed the stream: data_channels.h answers it */
    } type;
    uint16_t stream;
    uint32_t protocol; /* payload protocol identifier */
    size_t length;
};

/* NULL: usrsctp refused. `remote_port` is a=sctp-port. */
struct association *association_new(uint16_t remote_port, usec_t now);
void association_free(struct association *association); /* NULL is fine */
enum association_state association_state(const struct association *association);
/* A decrypted SCTP packet. Malformed ones are dropped by usrsctp, those with many chunks that are no data before it
 * sees them. */
void association_input(struct association *association, const uint8_t *data, size_t length, usec_t now);
/* The next packet to send; 0: none. `out` has ASSOCIATION_PACKET_MAX bytes. */
size_t association_poll(struct association *association, uint8_t *out);
/* The next message, copied to `out` (ASSOCIATION_MESSAGE_MAX). False: none. What is not taken fills the receive window,
 * and then the remote peer has to wait: that is how a sender is slowed down. */
bool association_receive(struct association *association, struct association_message *message, uint8_t *out);
/* ERR_WRONG_STATE: not open; ERR_AGAIN: its buffer is full; ERR_INVALID: no such stream. */
int association_send(struct association *association, uint16_t stream, uint32_t protocol, const uint8_t *data,
                     size_t length, enum association_policy policy);
/* Ends our direction of a stream (RFC 6525). */
void association_reset(struct association *association, uint16_t stream);
usec_t association_next(const struct association *association);
void association_timeout(struct association *association, usec_t now);

#endif
