/* How one path is proven to lead to the peer: we send a Binding request with the peer's credentials (RFC 8445 section
 * 7.2), and it answers. The same check, repeated every five seconds, is the peer's consent to further media (RFC 7675).
 * Before the first answer only little may be sent there: the source address of a check may be faked, and we would flood
 * a victim. Pure; embedded in each path of lite_core. */
#ifndef HEDDLE_NET_PATH_PROOF_H
#define HEDDLE_NET_PATH_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define PROOF_ID 12
#define PROOF_AMPLIFICATION 3 /* as in QUIC (RFC 9000 section 8.1) */

struct path_proof {
    uint8_t ids[2][PROOF_ID]; /* transactions of the present request, and of the one before (late answers) */
    unsigned sends;           /* how often the present request was sent */
    usec_t next;              /* when it is sent again; USEC_NEVER: not again */
    usec_t consent_at;        /* when the next request begins, on a path that is in use */
    usec_t proven_at;         /* the last answer */
    bool is_proven;           /* at least once */
    uint64_t received, sent;  /* bytes before it was proven */
};

void proof_init(struct path_proof *proof);
/* A new request, due now. `id` must be unpredictable, so that answers cannot be forged. */
void proof_begin(struct path_proof *proof, const uint8_t id[PROOF_ID], usec_t consent_interval, usec_t now);
bool proof_is_asking(const struct path_proof *proof);
/* The request was sent, or there was no room for it: sets when it is sent again. */
void proof_asked(struct path_proof *proof, usec_t now);
/* Whether an answer's transaction is one of ours. */
bool proof_expects(const struct path_proof *proof, const uint8_t id[PROOF_ID]);
/* The answer came; its integrity has been checked. */
void proof_answered(struct path_proof *proof, usec_t now);

/* Whether so many bytes may be sent there; if so, they are counted. A proven path has no limit. */
bool proof_take_bytes(struct path_proof *proof, size_t bytes);
void proof_received_bytes(struct path_proof *proof, size_t bytes);

#endif
