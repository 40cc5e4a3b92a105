/* Which encoder makes the pictures: what is wished for is tried first, and what keeps it from being used is said.
 * Pure. */
#ifndef HEDDLE_CLIENT_ENCODER_CHOICE_H
#define HEDDLE_CLIENT_ENCODER_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

enum encoder_kind {
    ENCODER_AUTO, /* as a wish: hardware if there is any; as a choice: none could be used */
    ENCODER_SOFTWARE,
    ENCODER_VAAPI,
    ENCODER_NVENC
};

#define ENCODER_KINDS 3 /* that encode */
#define ENCODER_REASON_MAX 160

struct encoder_choice {
    enum encoder_kind wish, kind;
    char reasons[ENCODER_KINDS * ENCODER_REASON_MAX]; /* of all that came before: "h264_vaapi: why; ..."; "" */
};

/* Opens an encoder and makes it encode a picture. 0, or a negative number and the reason, as words for a log. */
struct encoder_opener {
    int (*open)(void *user, enum encoder_kind kind, char *reason, size_t size);
    void *user;
};

/* "auto", "software", "vaapi", "nvenc"; false: none of them. */
bool encoder_kind_from_name(enum encoder_kind *out, const char *name);
const char *encoder_kind_codec(enum encoder_kind kind); /* as libavcodec calls it: "libx264" */
/* What is tried for a wish, in this order; software is always the last. How many. */
size_t encoder_candidates(enum encoder_kind wish, enum encoder_kind out[ENCODER_KINDS]);
/* The first that opens is the choice. */
void encoder_choose(struct encoder_choice *out, enum encoder_kind wish, const struct encoder_opener *opener);
/* Whether somebody asked for another one by name. */
bool encoder_choice_is_second(const struct encoder_choice *choice);
/* "is encoded by libx264 (h264_vaapi: why; h264_nvenc: why)" */
void encoder_choice_write(const struct encoder_choice *choice, char *out, size_t size);

#endif
