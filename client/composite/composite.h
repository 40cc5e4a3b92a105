/* The composite of a room as others want it: what the mixer made is decoded once, encoded as H.264 and AAC once, and
 * goes from there to as many outputs as are asked for. All of it happens in a thread of its own, so that a machine that
 * is too slow for it, or a disk, does not keep whoever records from its network: then pictures are left out. */
#ifndef HEDDLE_CLIENT_COMPOSITE_H
#define HEDDLE_CLIENT_COMPOSITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/composite/composite_frame.h"
#include "client/composite/encoder_choice.h"

struct composite_config {
    const char *title;
    const char *mp4;      /* a file, which must not exist yet; NULL: none */
    const char *hls;      /* a folder for HLS, which must not exist yet; NULL: none */
    const char *hls_link; /* beside it, to be led to it */
    const char *rtmp;     /* the address of an RTMP server; NULL: none */
    enum encoder_kind encoder;
};

struct composite;

/* Whether anything is asked for. */
bool composite_is_wanted(const struct composite_config *config);
/* NULL: this machine can make what is asked for; else what is missing, in words. */
const char *composite_missing(const struct composite_config *config);
/* `config` is copied. NULL: no thread could be started. */
struct composite *composite_new(const struct composite_config *config);
/* Never waits. False: a keyframe has to come first. */
bool composite_take(struct composite *composite, const struct composite_frame *frame);
/* 0, or an errno: an output could not be written, and ends before here; `out` gets which. EINVAL: an encoder failed. */
int composite_failure(struct composite *composite, char *out, size_t size);
size_t composite_waiting(struct composite *composite);    /* frames that its thread has not begun with */
uint64_t composite_left_out(struct composite *composite); /* pictures: the machine was too slow */
/* Which encoder the pictures have; false: none came yet. */
bool composite_choice(struct composite *composite, struct encoder_choice *out);
/* As rtmp_push_state(); 0 where nothing is pushed. */
int composite_push_state(struct composite *composite, char *reason, size_t size);
/* Waits until what came is in the outputs: for some tenths of a second, and three seconds at most for an RTMP server
 * that hangs. NULL is fine. The failure is to be asked for afterwards. */
void composite_finish(struct composite *composite);
void composite_free(struct composite *composite); /* NULL is fine */

#endif
