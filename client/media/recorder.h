/* Writes what one participant sends to files: DIR/<participant>-<name><suffix>.ivf and .ogg, as it came in. No file is
 * ever written over: where there is one, the next gets "-2" at the end of its name, and so on. Another codec or another
 * size of the picture begins another file. */
#ifndef HEDDLE_CLIENT_RECORDER_H
#define HEDDLE_CLIENT_RECORDER_H

#include "client/media/received_frame.h"
#include "transport/wire/codec.h"

/* What all recorders of a call share; embedded in its owner, which outlives them. */
struct recordings {
    char *folder;      /* NULL: nothing is recorded */
    char failure[512]; /* the first thing that could not be written, and why, for people; "": none */
};

void recordings_init(struct recordings *recordings, const char *folder);
void recordings_fini(struct recordings *recordings);

struct recorder;

/* Makes the folder, with those above it, unless it is there. 0, or ERR_IO with errno when no file could be
 * made in it. */
int recorder_make_folder(const char *folder);
struct recorder *recorder_new(struct recordings *recordings, const char *participant, const char *name,
                              const char *suffix);
void recorder_close(struct recorder *recorder); /* completes the files; NULL is fine */
/* A frame that came by the connection `via`. A file begins with a keyframe, and so does what another connection brings:
 * false when that is missing and this frame was not recorded. */
bool recorder_video(struct recorder *recorder, unsigned via, enum codec codec, const struct received_frame *frame,
                    unsigned width, unsigned height);
/* What comes in cannot be recorded at all. */
void recorder_refuse(struct recorder *recorder, const char *why);
void recorder_audio(struct recorder *recorder, const struct received_frame *frame);

#endif
