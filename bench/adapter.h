/* A server under test, seen from the load generator: how its process is started and how participants speak to it. ICE,
 * DTLS, SRTP and media are the same for all (bench/participant.h). Another server is added by writing these functions:
 *
 *   start    writes the server's configuration to `folder`, starts it (bench/child_process.h) and returns what the
 *            other functions find in host->adapter_state. `variant` selects one of the server's configurations.
 *   stop     ends it.
 *   pid      of the process whose CPU time is the server's.
 *   version  the server's own words.
 *   join     brings a participant into its room, which is made when there is none. Ends by setting participant->id and
 *            the state BENCH_PARTICIPANT_JOINED, or by bench_participant_fail().
 *   connect  makes or takes an offer for participant->sends and participant->receives, fills participant->negotiated
 *            (signaling/proto/negotiate.h) and calls bench_participant_open_path(). Publishers are connected before
 *            subscribers.
 *   leave    the participant goes; NULL: closing its sockets is enough. */
#ifndef HEDDLE_BENCH_ADAPTER_H
#define HEDDLE_BENCH_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct bench_participant;

struct adapter_options {
    const char *variant; /* "": its default configuration */
    unsigned workers;    /* for servers that have such an option; 0: their own default */
    const char *srtp_profiles;
    unsigned room_size;  /* the largest room to come */
    const char *address; /* of the server's media; NULL: loopback */
    uint32_t clients;    /* the first client's address; 0: on loopback */
    bool gro;            /* clients receive with UDP_GRO */
    const char *server;  /* path of the program; NULL: found by itself */
};

struct adapter {
    const char *name;
    void *(*start)(uv_loop_t *loop, const struct adapter_options *options, char *error, size_t size);
    void (*stop)(void *state);
    pid_t (*pid)(const void *state);
    const char *(*version)(const void *state);
    void (*join)(struct bench_participant *participant);
    void (*connect)(struct bench_participant *participant);
    void (*view)(struct bench_participant *participant, unsigned width, unsigned height);
};

extern const struct adapter adapter_heddle, adapter_janus;

/* Where Heddle serves its page and API. Its variants: "" (rooms go through the router), "mesh" (up to 12 directly). */
const char *adapter_heddle_url(const void *state);
uint16_t adapter_heddle_port(const void *state);

#endif
