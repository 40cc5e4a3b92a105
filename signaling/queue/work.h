/* What is told between a server that needs a program for a room and the machine that runs it, as JSON on a NATS queue:
 *   work   server -> one of the machines that listen:  run this program
 *   note   machine -> server:                          taken, it runs, it has ended
 *   end    server -> machine:                          end it
 * A job is its number, which the server draws. Pure. */
#ifndef HEDDLE_SIGNALING_WORK_H
#define HEDDLE_SIGNALING_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "signaling/room/permissions.h"

#define WORK_TEXT_MAX 2048 /* bytes of such a text: longer ones are refused */

struct work {
    uint64_t job;
    enum service_kind kind;
    char url[512]; /* of the server: http: or https: */
    char room[65];
    char token[800]; /* lets the program in */
};

enum work_state { WORK_TAKEN, WORK_BUSY, WORK_RUNS, WORK_ENDED };

struct work_note {
    uint64_t job;
    enum work_state state;
    int status;       /* WORK_ENDED: 0 when it ended as it should */
    char machine[80]; /* for logs: where, and which process listens there */
};

/* Each writes at most `size` bytes with the zero; returns the length, or ERR_NO_SPACE. */
int work_write(const struct work *work, char *out, size_t size);
int work_note_write(const struct work_note *note, char *out, size_t size);
int work_end_write(uint64_t job, char *out, size_t size);
/* Each returns 0, or ERR_INVALID and `out` is not to be used: some member is missing, or not as it is to be. */
int work_read(struct work *out, const char *text, size_t length);
int work_note_read(struct work_note *out, const char *text, size_t length);
int work_end_read(uint64_t *job, const char *text, size_t length);

#endif
