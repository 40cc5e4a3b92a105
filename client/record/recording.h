/* A recording of a room: what each participant sends as it came in, in a file of its own and in one of the whole room,
 * each publication a track, and another one for another codec; and what a mixer makes of all of it, in a file alone.
 * All times are of one clock, that of the sender reports
 * (stream_clock.h). Uses the disk. */
#ifndef HEDDLE_CLIENT_RECORDING_H
#define HEDDLE_CLIENT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/codec.h"

struct recording_frame {
    const char *participant, *name, *source;
    enum codec codec;
    uint32_t stream; /* SSRC: with another one its timestamps begin anew */
    uint32_t timestamp, clock_rate;
    bool keyframe;
    bool is_mix; /* of a mixer */
    const uint8_t *data;
    size_t length;
    usec_t arrival;
    struct {
        bool is_known;
        int64_t written_us; /* by the wall clock of who wrote it */
        uint32_t timestamp;
        usec_t arrival;
    } report; /* the last one of the stream */
};

struct recording;

/* Makes its folder in `parent`. ERR_IO, and errno. `wall_us` is the time of day at `now`. `left_out` counts blocks that
 * are in no file, since the muxer does not take them; borrowed. */
int recording_new(struct recording **out, const char *parent, const char *room, int64_t wall_us, uint64_t *left_out,
                  usec_t now);
/* Completes its files. 0, or ERR_IO, and the first failure's errno, if any of them misses something; NULL is fine. */
int recording_close(struct recording *recording, usec_t now);
const char *recording_folder(const struct recording *recording);
/* False: a keyframe has to come first. `made_us` gets when the frame was made, by the wall clock as it was at the
 * start. */
bool recording_take(struct recording *recording, const struct recording_frame *frame, int64_t *made_us, usec_t now);
/* Its file is complete. */
void recording_left(struct recording *recording, const char *participant, usec_t now);
/* Call a few times a second. ERR_IO: nothing more can be written, and recording_errno() says why. */
int recording_timeout(struct recording *recording, usec_t now);
int recording_errno(const struct recording *recording);
/* How many tracks are in fewer files than they should be, for too many were open, or there were too many of people. */
uint64_t recording_unfiled(const struct recording *recording);
/* How many files the room has so far: when one has no place for another track, that comes into the next. */
unsigned recording_room_files(const struct recording *recording);

#endif
