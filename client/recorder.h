/* Writes what one participant sends to files: DIR/<participant>-<name>.ivf and .ogg, as it came in. */
#ifndef HEDDLE_CLIENT_RECORDER_H
#define HEDDLE_CLIENT_RECORDER_H

#include "client/frame_buffer.h"

struct recorder;

/* Makes the folder, with those above it, unless it is there. 0, or ERR_IO when no file could be made in it. */
int recorder_make_folder(const char *folder);
struct recorder *recorder_new(const char *folder, const char *participant, const char *name);
/* Completes the files. 0 or ERR_IO when something could not be written. */
int recorder_close(struct recorder *recorder);
/* Begins with the first keyframe. */
void recorder_video(struct recorder *recorder, enum codec codec, const struct received_frame *frame, unsigned width,
                    unsigned height);
void recorder_audio(struct recorder *recorder, const struct received_frame *frame);

#endif
