/* How one path shows that it leads to the peer: we ask (a Binding request with the peer's own credentials, RFC 8445
 * section 7.2) and it answers. The same question, asked again every five seconds, is consent to go on sending (RFC
 * 7675). Until the first answer little may be sent there: whoever wrote the path's address into a check need not live
 * at it, and we would carry somebody else's attack. Pure; embedded in each path of lite_core. */
#ifndef HEDDLE_NET_PATH_PROOF_H
#define HEDDLE_NET_PATH_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define PROOF_ID 12
#define PROOF_AMPLIFICATION 3 /* as QUIC has it (RFC 9000 section 8.1) */

struct path_proof {
    uint8_t ids[2][PROOF_ID]; /* transactions: of the request under way, and of the one before it, answered late */
    unsigned sends;           /* how often the request under way was sent */
    usec_t next;              /* when it is sent again; USEC_NEVER: not any more */
    usec_t consent_at;        /* when the next one begins, on a path that is in use */
    usec_t proven_at;         /* the last answer */
    bool is_proven;           /* at least once */
    uint64_t received, sent;  /* bytes before that */
};

void proof_init(struct path_proof *proof);
/* A new request, due now. `id` must be unpredictable: it is what a forger of answers does not know. */
void proof_begin(struct path_proof *proof, const uint8_t id[PROOF_ID], usec_t consent_interval, usec_t now);
bool proof_is_asking(const struct path_proof *proof);
/* The request was sent, or there was no room for it: when it comes again. */
void proof_asked(struct path_proof *proof, usec_t now);
/* Whether an answer's transaction is one of ours. */
bool proof_expects(const struct path_proof *proof, const uint8_t id[PROOF_ID]);
/* The answer, its integrity checked. */
void proof_answered(struct path_proof *proof, usec_t now);

/* Whether so many bytes may go there; if so, they are counted. A proven path has no limit. */
bool proof_take_bytes(struct path_proof *proof, size_t bytes);
void proof_received_bytes(struct path_proof *proof, size_t bytes);

#endif
