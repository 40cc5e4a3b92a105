/* What recorders make, and where: options that the server has for its own machine, and heddle-service for another. */
#ifndef HEDDLE_SIGNALING_RECORDING_OUTPUTS_H
#define HEDDLE_SIGNALING_RECORDING_OUTPUTS_H

#include <stdbool.h>

struct recording_outputs {  /* texts are borrowed */
    const char *recordings; /* folder; NULL: nothing is recorded here */
    bool mp4;               /* of what the mixer makes, too */
    const char *hls;        /* a folder, in which that is live; NULL: it is not */
    const char *encoder;    /* of all these, by name; NULL: the one that fits this machine */
    const char *rtmp;       /* the address of a server, to which it goes, with "{room}"; NULL: to none */
};

/* The values of --recordings, --hls, --rtmp and --encoder. A folder is made if it is not there, so that one that cannot
 * be is told at the start, not when the first host records. NULL, or what was expected. */
const char *recording_outputs_set_folder(struct recording_outputs *outputs, const char *path);
const char *recording_outputs_set_hls(struct recording_outputs *outputs, const char *path);
const char *recording_outputs_set_rtmp(struct recording_outputs *outputs, const char *url);
const char *recording_outputs_set_encoder(struct recording_outputs *outputs, const char *name);
/* Whether anything is set. */
bool recording_outputs_are_set(const struct recording_outputs *outputs);
/* NULL, or what is wrong with them as a whole. */
const char *recording_outputs_check(const struct recording_outputs *outputs);

#endif
