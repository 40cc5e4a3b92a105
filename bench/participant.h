/* One participant of a load: it joins by the server's own signaling (bench/adapter.h), connects with real ICE checks,
 * DTLS and SRTP, sends what its sources make and counts what comes in, with real feedback (NACK, RR, SR,
 * transport-wide). It does not decode; one packet of many is decrypted to check it and to read its delay. */
#ifndef HEDDLE_BENCH_PARTICIPANT_H
#define HEDDLE_BENCH_PARTICIPANT_H

#include "bench/participant_types.h"

struct bench_participant;

struct bench_participant *bench_participant_new(struct bench_participant_host *host, unsigned index, const char *room,
                                                const char *name, uint64_t seed);
void bench_participant_free(struct bench_participant *participant);

void bench_participant_join(struct bench_participant *participant);
/* Once it has joined. Everything is copied. */
void bench_participant_connect(struct bench_participant *participant, const struct bench_participant_sends *sends,
                               const struct bench_participant_receive *receives, size_t receive_count);

/* For the adapters: the negotiation is complete, the path can be opened. */
void bench_participant_open_path(struct bench_participant *participant, usec_t now);

enum bench_participant_state bench_participant_get_state(const struct bench_participant *participant);
const char *bench_participant_id(const struct bench_participant *participant); /* "" before it has joined */
const char *bench_participant_error(const struct bench_participant *participant);
/* Its SRTP profile; "" before it is connected. */
const char *bench_participant_profile(const struct bench_participant *participant);
/* All the publications it asked for deliver packets; when the last of them started (0: not yet). */
bool bench_participant_has_media(const struct bench_participant *participant);
usec_t bench_participant_media_at(const struct bench_participant *participant);
usec_t bench_participant_join_at(const struct bench_participant *participant);
/* Packets that never came, of all its tracks. */
uint64_t bench_participant_lost(const struct bench_participant *participant);
uint64_t bench_participant_signaling_bytes(const struct bench_participant *participant);
/* The encoding last seen on the first video track, and when it changed. */
uint8_t bench_participant_encoding(const struct bench_participant *participant, usec_t *since);

/* Tells the server at which size it shows what it receives; does nothing where the server has no such message. */
void bench_participant_view(struct bench_participant *participant, unsigned width, unsigned height);

/* Sends what is due, of media and of messages, and returns when the next is. */
usec_t bench_participant_send(struct bench_participant *participant, usec_t now);
/* A datagram for this participant came in. */
void bench_participant_datagram(struct bench_participant *participant, uint8_t *data, size_t length, usec_t arrival);
/* ICE, DTLS timers and feedback; every 50 ms or so. */
void bench_participant_tick(struct bench_participant *participant, usec_t now);

#endif
