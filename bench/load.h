/* A load: rooms of publishers and subscribers, brought up in waves so that what is measured is the call, not the
 * joining. */
#ifndef HEDDLE_BENCH_LOAD_H
#define HEDDLE_BENCH_LOAD_H

#include "bench/swarm.h"

struct options;

struct load_config {
    unsigned publishers;  /* of each room */
    bool publishers_view; /* they receive the others, too */
    unsigned visible;     /* videos that a participant receives at most; 0: all */
    bool audio, video;
    bool data;  /* everybody has a data channel */
    bool burst; /* sources send the packets of a frame at once */
    uint64_t video_bps;
    unsigned frames_per_second, width, height;
    unsigned encodings; /* simulcast; 1: none */
};

/* Rooms with one publisher of one encoding each, as the options have it. */
struct load_config load_config_of(const struct options *options);

struct load_room {
    char name[32];
    size_t publisher_count, subscriber_count;
    struct bench_participant **publishers, **subscribers;
};

struct load {
    struct swarm *swarm;
    struct load_config config;
    size_t room_count, room_capacity;
    struct load_room *rooms;
    char too_many[200]; /* the text for ERR_LIMIT */
};

void load_init(struct load *load, struct swarm *swarm, const struct load_config *config);
void load_fini(struct load *load); /* the swarm stays */
/* Adds rooms and subscribers until there are so many rooms with so many subscribers each; all participants are then
 * connected, and new publishers send nothing yet. 0, ERR_TIMEOUT, ERR_IO: a participant failed, ERR_LIMIT: the open
 * files that are allowed are too few for so many. */
int load_grow(struct load *load, size_t rooms, size_t subscribers);
/* Publishers send; waits until every participant has all its media. */
int load_start(struct load *load, usec_t timeout);
/* 0, or ERR_LIMIT: the swarm cannot have so many more participants. */
int load_check_room(struct load *load, size_t more);
/* Such an error in words for a person. The text is valid as long as the load. */
const char *load_why(const struct load *load, int error);
/* For storms: one participant that has joined, without waiting. */
void load_connect_subscriber(const struct load *load, size_t room, struct bench_participant *participant);
size_t load_streams(const struct load *load); /* publications received by all participants together */

#endif
