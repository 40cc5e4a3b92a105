/* Holds back the Certificate message of a handshake until it is whole and looked at (certificates.h). OpenSSL would put
 * its fragments together itself, and decode it at once; here it comes in one piece, in the record that made it whole,
 * or never. All else is passed on as it came. */
#ifndef HEDDLE_PEER_CERTIFICATE_GATE_H
#define HEDDLE_PEER_CERTIFICATE_GATE_H

#include "transport/base/bytes.h"

struct certificate_gate { /* zeroed: nothing is held back */
    uint8_t *body;        /* heap: of the message, then for each byte whether it has come */
    size_t length, missing;
    uint16_t sequence; /* of the message */
    uint8_t *out;      /* heap: the last datagram, where it had to be written anew */
};

/* What may be given to OpenSSL of a datagram: `datagram`, or another one that stays valid until the next call; its
 * length may be 0. ERR_AUTH: the message is too long, or has a key that is not accepted; ERR_INVALID: fragments that
 * cannot be. */
int certificate_gate_pass(struct certificate_gate *gate, struct span datagram, struct span *passed);
void certificate_gate_close(struct certificate_gate *gate);

#endif
