/* Messages of a room's data channels, as signaling/PROTOCOL.md has them: a message of SCTP, a *frame*, has envelopes
 * one after the other, so that many small messages cost little. Pure. */
#ifndef HEDDLE_WIRE_ENVELOPE_H
#define HEDDLE_WIRE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/bytes.h"
#include "transport/base/names.h"

#define ENVELOPE_TOPIC_MAX 64
#define ENVELOPE_PAYLOAD_MAX 16000
#define ENVELOPE_HEAD_MAX (2 + 1 + 4 + 1 + PARTICIPANT_ID_MAX + 1 + ENVELOPE_TOPIC_MAX)
#define ENVELOPE_MAX (ENVELOPE_HEAD_MAX + ENVELOPE_PAYLOAD_MAX)
#define ENVELOPE_FRAME_MAX 32768 /* of a frame that comes; ours have one envelope that is larger than 1000 bytes */

enum envelope_kind {
    ENVELOPE_MESSAGE = 0,
    ENVELOPE_ACK = 1,     /* what has come until now */
    ENVELOPE_SYNC = 2,    /* the same, and the rest is to be sent again */
    ENVELOPE_BEGIN = 3,   /* where the sender's numbers begin for this receiver */
    ENVELOPE_REFUSED = 4, /* of the router: `topic` says why a message of ours was not forwarded */
    ENVELOPE_ROOM = 5,    /* of the router: what of ours it dropped, and how much there is room for now */
};
/* As enum association_policy. */
enum envelope_policy { ENVELOPE_ORDERED = 0, ENVELOPE_UNORDERED = 1, ENVELOPE_LOSSY = 2 };

#define ENVELOPE_SERIES 4 /* of numbers: ordered and unordered to all, ordered and unordered to one */

struct envelope {
    enum envelope_kind kind;
    enum envelope_policy policy;
    bool is_private; /* written to one alone; its numbers are counted apart */
    uint32_t sequence;
    /* Borrowed. `name`: to whom (empty: to all), and of what the router delivers, from whom. */
    struct span name, topic, payload;
};

/* Of a reliable message. */
unsigned envelope_series(const struct envelope *envelope);
/* Takes the next envelope off the frame, which must not be empty. ERR_TRUNCATED, or ERR_INVALID: a field has an
 * impossible value; what follows is lost, too. */
int envelope_read(struct span *frame, struct envelope *envelope);
size_t envelope_size(const struct envelope *envelope);
/* `out` has envelope_size() bytes. Returns them. */
size_t envelope_write(const struct envelope *envelope, uint8_t *out);

#endif
