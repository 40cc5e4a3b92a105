/* How the program of a room is called, on this machine or on another one. Pure. */
#ifndef HEDDLE_SIGNALING_SERVICE_COMMAND_H
#define HEDDLE_SIGNALING_SERVICE_COMMAND_H

#include <stdbool.h>

#include "signaling/config/recording_outputs.h"
#include "signaling/room/permissions.h"

#define SERVICE_ARGUMENTS_MAX 20

struct service_run { /* texts are borrowed */
    enum service_kind kind;
    const char *folder;                      /* of the programs */
    const char *url, *room;                  /* of the server, and in it */
    const struct recording_outputs *outputs; /* of a recorder */
    bool accept_any_certificate, core_dumps;
};

struct service_command {
    char path[4200], rtmp[1024];
    const char
        *arguments[SERVICE_ARGUMENTS_MAX]; /* the path first, NULL last; into this structure and what `run` has */
};

/* Of the program itself. Its access token is not among the arguments, which everybody on the machine sees. */
void service_command_write(struct service_command *command, const struct service_run *run);
/* Of the program that asks other machines for it by the queue at this address. */
void service_command_write_asking(struct service_command *command, const struct service_run *run, const char *queue);

/* "heddle-mix", "heddle-record" */
const char *service_program_name(enum service_kind kind);

#endif
