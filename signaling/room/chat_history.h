/* What was said to a whole room, for those who come later. Bounded three times: messages and bytes of the room, and
 * bytes of all rooms; the oldest messages go first. Pure. */
#ifndef HEDDLE_SIGNALING_CHAT_HISTORY_H
#define HEDDLE_SIGNALING_CHAT_HISTORY_H

#include <stddef.h>

#include "signaling/room/text.h"

#define CHAT_HISTORY_MESSAGES 100
#define CHAT_HISTORY_BYTES ((size_t)64 * 1024)
#define CHAT_HISTORY_SERVER_BYTES ((size_t)16 * 1024 * 1024)

struct chat_history { /* zeroed: empty */
    struct text *texts[CHAT_HISTORY_MESSAGES];
    size_t first, count, bytes;
};

/* Holds a `chat` message. `all`: bytes of all rooms. */
void chat_history_add(struct chat_history *history, size_t *all, struct text *message);
void chat_history_drop(struct chat_history *history, size_t *all);
/* A `chat-history` message with all of it; NULL: there is nothing. The caller releases it. */
struct text *chat_history_text(const struct chat_history *history, struct text_account *account);

#endif
