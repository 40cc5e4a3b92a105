/* heddle-record's inside: a client of a room that writes what the others send to files. A shell around client/record/,
 * in the loop's thread. */
#ifndef HEDDLE_CLIENT_ROOM_RECORDER_H
#define HEDDLE_CLIENT_ROOM_RECORDER_H

#include "client/composite/encoder_choice.h"
#include "client/include/heddle_client.h"

struct room_recorder_config {
    struct heddle_client_config client;
    const char *folder; /* in which the recording gets one of its own */
    bool mp4;           /* the composite as mix.mp4, too */
    const char *hls;    /* in which it gets a folder, live; NULL: it is not wanted so */
    const char *rtmp;   /* the address of an RTMP server, to which it goes; NULL: to none */
    enum encoder_kind encoder;
};

struct room_recorder;

/* 0, or a negative number and the reason. Nothing is connected yet. */
int room_recorder_new(struct room_recorder **out, uv_loop_t *loop, const struct room_recorder_config *config,
                      const char **reason);
void room_recorder_start(struct room_recorder *recorder);
/* Completes the files and leaves the room; the loop has nothing left to do soon after. */
void room_recorder_stop(struct room_recorder *recorder);
bool room_recorder_has_ended(const struct room_recorder *recorder);
/* Why, if it was for another reason than that nobody wants the recording any more; else NULL. */
const char *room_recorder_failure(const struct room_recorder *recorder);
/* What is to be said of an end that is no failure: nobody wants a recording, most likely no more, or some of what came
 * could not be put into the files. NULL: nothing. */
const char *room_recorder_notice(const struct room_recorder *recorder);
void room_recorder_free(struct room_recorder *recorder); /* when it has ended; the loop then runs until it is empty */

#endif
