/* Messages by which participants send each other files (signaling/PROTOCOL.md, "Files"): the payload of a data
 * channel's message with the topic FILE_TOPIC. client/web/file_message.js is the same. Pure. */
#ifndef HEDDLE_CLIENT_FILE_MESSAGE_H
#define HEDDLE_CLIENT_FILE_MESSAGE_H

#include "transport/base/bytes.h"

#define FILE_TOPIC "heddle.file"
#define FILE_MESSAGE_MAX 16000
#define FILE_CHUNK_MAX (FILE_MESSAGE_MAX - 13)
#define FILE_NAME_MAX 255
#define FILE_HASH_LENGTH 32                     /* SHA-256 */
#define FILE_SIZE_MAX ((UINT64_C(1) << 53) - 1) /* what a browser can count */

/* As on the wire. */
enum file_kind {
    FILE_OFFER,
    FILE_ACCEPT,
    FILE_CHUNK,
    FILE_RECEIVED,
    FILE_END,
    FILE_DONE,
    FILE_CANCEL, /* by who offered it */
    FILE_REFUSE, /* by who was offered it, also later */
};
enum file_reason {
    FILE_CANCELLED,
    FILE_DECLINED,
    FILE_UNREADABLE,
    FILE_UNSAVED,
    FILE_DIFFERENT, /* its hash is another one */
    FILE_TOO_LARGE,
    FILE_TOO_MANY,
    FILE_LOST, /* messages are missing */
    FILE_REASONS,
};
const char *file_reason_name(enum file_reason reason);

struct file_message {
    enum file_kind kind;
    uint32_t number;              /* of the file, among those that its sender offered */
    uint64_t size;                /* of an offer; up to FILE_SIZE_MAX */
    char name[FILE_NAME_MAX + 1]; /* of an offer: UTF-8, not empty */
    uint64_t offset;              /* of a chunk; of received: how much was */
    struct span bytes;            /* of a chunk; of an end: the hash. Borrowed */
    enum file_reason reason;      /* of cancel and refuse */
};

/* ERR_INVALID: it is none. */
int file_message_read(struct span payload, struct file_message *out);
/* The message's length. */
size_t file_message_write(const struct file_message *message, uint8_t out[FILE_MESSAGE_MAX]);

#endif
