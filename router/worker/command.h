/* One command on its way from the owner's thread to the worker's. */
#ifndef HEDDLE_ROUTER_WORKER_COMMAND_H
#define HEDDLE_ROUTER_WORKER_COMMAND_H

#include "router/worker/mailbox.h"
#include "router/worker/worker_types.h"

enum command_type {
    COMMAND_OPEN,
    COMMAND_CONFIGURE,
    COMMAND_RELAY_TO,
    COMMAND_CANDIDATE,
    COMMAND_MUTE,
    COMMAND_RECEIVE,
    COMMAND_TELL_AGAIN,
    COMMAND_CLOSE,
    COMMAND_STATS,
    COMMAND_STOP,
};

struct command {
    struct mail mail;
    enum command_type type;
    connection_id id;
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    char text[ICE_CANDIDATE_MAX];
    bool muted;
    struct relay_endpoints endpoints;
    struct router_request *requests;
    size_t request_count;
    struct connection_setup setup;
    uint64_t request;
};

struct command *command_new(enum command_type type, connection_id id);
void command_free(struct command *command);

#endif
