/* heddle-bench's command line. */
#ifndef HEDDLE_BENCH_OPTIONS_H
#define HEDDLE_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_LIST_MAX 6

enum command {
    COMMAND_NONE,
    COMMAND_FORWARD,
    COMMAND_PEER,
    COMMAND_CAPACITY,
    COMMAND_TOPOLOGIES,
    COMMAND_DATA,
    COMMAND_COUNT
};

struct options_list {
    unsigned count, at[OPTIONS_LIST_MAX];
};

struct options {
    enum command command; /* COMMAND_NONE: help or version */
    const char *argument; /* of peer: the server; of capacity: the scenario */
    bool help, version;
    /* output */
    bool json, csv, quiet;
    const char *html, *markdown;
    /* load */
    unsigned subscribers, publishers, encodings, visible; /* 0: the command's default */
    unsigned participants_low, participants_high;
    unsigned width, height, frames_per_second;
    uint64_t video_bps;
    bool audio, burst, gro;
    double seconds;
    unsigned repeats, steps, first;
    struct options_list loads;        /* percent of a worker */
    struct options_list rooms, sizes; /* participants; bytes of a message */
    unsigned senders, rate;           /* messages a second of each */
    bool lossy;
    /* server */
    unsigned workers;
    const char *srtp_profiles, *server;
};

/* 0, or ERR_INVALID after saying why on standard error. */
int options_parse(struct options *options, int argc, char **argv);
const char *options_command_name(enum command command);
void options_print_help(void);

/* What `forward` and `peer` send when nothing else is asked for: 720p of 2 Mbit/s to 100 subscribers. */
void options_default_to_fan_out(struct options *options);

#endif
