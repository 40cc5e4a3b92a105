/* Randomness is an argument too. `struct rng` is a small deterministic generator (xoshiro256**) for everything
 * that decides; a shell seeds it from random_secure(). Keys, passwords and ids that must not be guessed are drawn
 * by a shell with random_secure() itself. */
#ifndef HEDDLE_BASE_RANDOM_H
#define HEDDLE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
uint32_t rng_u32(struct rng *rng);
/* Uniform in [0, bound); 0 when bound is 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);

/* Fills from the kernel's generator; stops the program if the kernel refuses. */
void random_secure(void *out, size_t length);
/* `length` characters of [A-Za-z0-9+/] (ice-char of RFC 8839) and a NUL: out holds length + 1 bytes. */
void random_secure_text(char *out, size_t length);

#endif
