#include "transport/net/path_proof.h"

#include <string.h>

/* 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s: a client that changes its address on a link with losses is followed soon, and a path
 * that loses a third each way is checked often enough to keep its consent. */
#define RETRY_FIRST (100 * USEC_PER_MSEC)
#define SENDS_MAX 6

void proof_init(struct path_proof *proof)
{
    *proof = (struct path_proof){.next = USEC_NEVER, .consent_at = USEC_NEVER};
}

void proof_begin(struct path_proof *proof, const uint8_t id[PROOF_ID], usec_t consent_interval, usec_t now)
{
    memcpy(proof->ids[1], proof->ids[0], PROOF_ID);
    memcpy(proof->ids[0], id, PROOF_ID);
    proof->sends = 0;
    proof->next = now;
    proof->consent_at = now + consent_interval;
}

bool proof_is_asking(const struct path_proof *proof)
{
    return proof->next != USEC_NEVER;
}

void proof_asked(struct path_proof *proof, usec_t now)
{
    proof->sends++;
    proof->next = proof->sends < SENDS_MAX ? now + (RETRY_FIRST << (proof->sends - 1)) : USEC_NEVER;
}

bool proof_expects(const struct path_proof *proof, const uint8_t id[PROOF_ID])
{
    static const uint8_t none[PROOF_ID];
    for (int i = 0; i < 2; i++)
        if (memcmp(proof->ids[i], none, PROOF_ID) != 0 && memcmp(proof->ids[i], id, PROOF_ID) == 0)
            return true;
    return false;
}

void proof_answered(struct path_proof *proof, usec_t now)
{
    memset(proof->ids, 0, sizeof proof->ids); /* each answer counts only once: it could be replayed */
    proof->next = USEC_NEVER;
    proof->is_proven = true;
    proof->proven_at = now;
}

bool proof_take_bytes(struct path_proof *proof, size_t bytes)
{
    if (proof->is_proven)
        return true;
    if (proof->sent + bytes > PROOF_AMPLIFICATION * proof->received)
        return false;
    proof->sent += bytes;
    return true;
}

void proof_received_bytes(struct path_proof *proof, size_t bytes)
{
    proof->received += bytes;
}
