/* A WebM file that is written while media comes: tracks are added at any time, and whatever ends the program leaves a
 * file that plays to within a second of its end. libavformat writes header and clusters. Blocks go into the file in the
 * order of their times, for which each waits a moment. The header has room behind it: with each new track it is written
 * anew, in place, since players want all tracks at the start. Uses the disk. */
#ifndef HEDDLE_CLIENT_WEBM_FILE_H
#define HEDDLE_CLIENT_WEBM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/codec.h"

#define WEBM_WAIT (150 * USEC_PER_MSEC)    /* so long a block waits for others that come before it */
#define WEBM_WAITING_MAX 4096              /* blocks; of more the first goes into the file at once */
#define WEBM_WAITING_BYTES_MAX (16u << 20) /* of all that wait */
#define WEBM_CLUSTER (500 * USEC_PER_MSEC) /* of media at most; what is not in a whole one is lost by a crash */

struct webm_file;

struct webm_track {
    enum codec codec;       /* Opus, VP8 or VP9 */
    unsigned width, height; /* of video at its start: a keyframe may change it */
    const char *name;
};

/* Makes the file, which must not exist yet: ERR_IO, and errno. `began_us`: the wall clock at its time 0. `left_out`
 * counts blocks that the muxer does not take; borrowed. */
int webm_file_new(struct webm_file **out, const char *path, const char *title, int64_t began_us, uint64_t *left_out);
/* Completes it: 0, or ERR_IO, and errno, if it, or anything before, could not be written. NULL is fine. */
int webm_file_close(struct webm_file *file, usec_t now);
/* The number of the track, or ERR_LIMIT: the header has no room for more, so that it belongs into another file; or
 * ERR_IO. */
int webm_file_add_track(struct webm_file *file, const struct webm_track *track, usec_t now);
/* `at_ms` is from the file's time 0 on, and grows within a track. What the muxer does not take is left out. */
void webm_file_write(struct webm_file *file, int track, int64_t at_ms, bool keyframe, const uint8_t *data,
                     size_t length, usec_t now);
/* Call a few times a second: what has waited is written, also if its time is still to come. ERR_IO: the file ends
 * before here; webm_file_errno(). */
int webm_file_timeout(struct webm_file *file, usec_t now);
size_t webm_file_waiting(const struct webm_file *file); /* bytes */
int webm_file_errno(const struct webm_file *file);      /* 0: all went well */

#endif
