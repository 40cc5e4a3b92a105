/* The inside of a client, for its parts. */
#ifndef HEDDLE_CLIENT_CLIENT_STATE_H
#define HEDDLE_CLIENT_CLIENT_STATE_H

#include "client/call/call.h"
#include "client/call/tiles.h"
#include "client/call/weakness.h"
#include "client/client_source_types.h"
#include "client/include/heddle_client.h"

#define CAMERA "camera"
#define MICROPHONE "microphone"
#define RECORDS_MAX 1024 /* recoveries, and switches, that are remembered */

struct recovery_record {
    char target[PARTICIPANT_ID_MAX + 1], cause[24], path[24];
    usec_t at, duration, gap;
};

struct switch_record {
    int64_t epoch;
    char publication[PUBLICATION_ID_MAX + 1];
    enum tile_route route;
    usec_t at, gap;
};

/* A connection as it was when the call ended, or when we decided to leave, since the server closes it from then on. */
struct connection_record {
    struct heddle_client_connection was; /* its texts are constants but for the participant */
    char participant[PARTICIPANT_ID_MAX + 1];
};

struct heddle_client {
    uv_loop_t *loop;
    struct heddle_client_listener listener;
    char *requested_topology; /* NULL: none */
    struct call *call;
    struct client_sources sources;
    struct client_encryption *encryption; /* NULL: the call is not encrypted */
    struct tiles tiles;
    struct weakness weakness;
    usec_t joined_at, ended_at;
    bool has_all_codecs;
    bool was_started, was_connected, has_ended, has_told_recording;
    unsigned callbacks;                  /* how many we are inside of */
    char topology[8], pin[8], layout[8]; /* that the application knows of */
    struct send_track_stats past_sent;   /* of connections that are closed */
    /* As they were just before the connections were closed at the end of the call. */
    struct heddle_client_stats last_stats;
    struct connection_record *last_connections; /* NULL: the call is not ending yet */
    size_t last_connection_count;
    struct recovery_record *recoveries;
    struct switch_record *switches;
    size_t recovery_count, switch_count;
};

#endif
