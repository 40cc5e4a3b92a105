/* One participant of a load: it joins by the server's own signaling (bench/adapter.h), connects with real ICE checks,
 * DTLS and SRTP, sends what its sources make and counts what comes in, with real feedback (NACK, RR, SR,
 * transport-wide). It does not decode; one packet of many is decrypted to check it and to read its delay. */
#ifndef HEDDLE_BENCH_MEMBER_H
#define HEDDLE_BENCH_MEMBER_H

#include "bench/member_types.h"

struct member;

struct member *member_new(struct member_host *host, unsigned index, const char *room, const char *name, uint64_t seed);
void member_free(struct member *member);

void member_join(struct member *member);
/* Once it has joined. Everything is copied. */
void member_connect(struct member *member, const struct member_sends *sends, const struct member_receive *receives,
                    size_t receive_count);

/* For the adapters: the negotiation is complete, the path can be opened. */
void member_open_path(struct member *member, usec_t now);

enum member_state member_get_state(const struct member *member);
const char *member_id(const struct member *member); /* "" before it has joined */
const char *member_error(const struct member *member);
const char *member_profile(const struct member *member); /* of SRTP; "" before it is connected */
/* All the publications it asked for deliver packets; when the last of them started (0: not yet). */
bool member_has_media(const struct member *member);
usec_t member_media_at(const struct member *member);
usec_t member_join_at(const struct member *member);
uint64_t member_lost(const struct member *member); /* packets that never came, of all its tracks */
uint64_t member_signaling_bytes(const struct member *member);
/* The encoding last seen on the first video track, and when it changed. */
uint8_t member_encoding(const struct member *member, usec_t *since);

/* Shows what it receives at this size; servers that cannot be told do nothing. */
void member_view(struct member *member, unsigned width, unsigned height);

/* A datagram for this member came in. */
void member_datagram(struct member *member, uint8_t *data, size_t length, usec_t arrival);
/* ICE, DTLS timers and feedback; every 50 ms or so. */
void member_tick(struct member *member, usec_t now);

#endif
