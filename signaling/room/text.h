/* A reference-counted text, so that a message to a whole room, or kept for all of its absent participants, is in memory
 * once. Used by the signaling thread only. */
#ifndef HEDDLE_SIGNALING_TEXT_H
#define HEDDLE_SIGNALING_TEXT_H

#include <jansson.h>
#include <stddef.h>

#define TEXT_HEADROOM 16 /* free bytes before the text: whoever writes it to a socket puts the frame's header there */

/* Memory of all texts. */
struct text_account {
    size_t bytes;
};

struct text {
    struct text_account *account; /* may be NULL */
    unsigned holders;
    unsigned kept; /* by kept_messages.h */
    size_t length;
    unsigned char data[]; /* TEXT_HEADROOM, the text, a zero */
};

/* With one reference, the caller's. */
struct text *text_new(struct text_account *account, const char *text, size_t length);
struct text *text_of_json(struct text_account *account, json_t *message); /* takes message */
struct text *text_hold(struct text *text);
void text_release(struct text *text);

static inline const char *text_data(const struct text *text)
{
    return (const char *)text->data + TEXT_HEADROOM;
}

#endif
