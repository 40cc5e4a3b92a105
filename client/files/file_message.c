#include "client/files/file_message.h"

#include <stdbool.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/utf8.h"

#define FIXED 5 /* kind and number */

const char *file_reason_name(enum file_reason reason)
{
    static const char *const names[FILE_REASONS] = {
        [FILE_CANCELLED] = "cancelled",
        [FILE_DECLINED] = "declined",
        [FILE_UNREADABLE] = "it cannot be read",
        [FILE_UNSAVED] = "it could not be saved",
        [FILE_DIFFERENT] = "what came is not what was sent",
        [FILE_TOO_LARGE] = "it is too large",
        [FILE_TOO_MANY] = "too many files were offered",
        [FILE_LOST] = "some of it was lost on the way",
    };
    return names[reason];
}

static bool is_text(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length && text[at] != '\0') {
        size_t step = utf8_length(text + at);
        if (step == 0)
            return false;
        at += step;
    }
    return at == length;
}

static int read_offer(struct span rest, struct file_message *out)
{
    if (rest.length <= 8 || rest.length > 8 + FILE_NAME_MAX)
        return ERR_INVALID;
    out->size = get_u64(rest.data);
    memcpy(out->name, rest.data + 8, rest.length - 8);
    return out->size <= FILE_SIZE_MAX && is_text(out->name, rest.length - 8) ? 0 : ERR_INVALID;
}

static int read_offset(struct span rest, struct file_message *out)
{
    if (rest.length < 8)
        return ERR_INVALID;
    out->offset = get_u64(rest.data);
    out->bytes = (struct span){rest.data + 8, rest.length - 8};
    bool is_chunk = out->kind == FILE_CHUNK;
    bool is_fitting = is_chunk ? out->bytes.length > 0 && out->bytes.length <= FILE_CHUNK_MAX : out->bytes.length == 0;
    return is_fitting && out->offset <= FILE_SIZE_MAX ? 0 : ERR_INVALID;
}

/* One that is not known means the same as the first. */
static int read_reason(struct span rest, struct file_message *out)
{
    if (rest.length != 1)
        return ERR_INVALID;
    out->reason = rest.data[0] < FILE_REASONS ? (enum file_reason)rest.data[0] : FILE_CANCELLED;
    return 0;
}

int file_message_read(struct span payload, struct file_message *out)
{
    *out = (struct file_message){0};
    if (payload.length < FIXED || payload.data[0] > FILE_REFUSE)
        return ERR_INVALID;
    out->kind = (enum file_kind)payload.data[0];
    out->number = get_u32(payload.data + 1);
    struct span rest = {payload.data + FIXED, payload.length - FIXED};
    switch (out->kind) {
    case FILE_OFFER:
        return read_offer(rest, out);
    case FILE_CHUNK:
    case FILE_RECEIVED:
        return read_offset(rest, out);
    case FILE_END:
        out->bytes = rest;
        return rest.length == FILE_HASH_LENGTH ? 0 : ERR_INVALID;
    case FILE_CANCEL:
    case FILE_REFUSE:
        return read_reason(rest, out);
    case FILE_ACCEPT:
    case FILE_DONE:
        break;
    }
    return rest.length == 0 ? 0 : ERR_INVALID;
}

static size_t write_bytes(uint8_t *out, const void *bytes, size_t length)
{
    if (length > 0)
        memcpy(out, bytes, length);
    return length;
}

size_t file_message_write(const struct file_message *message, uint8_t out[FILE_MESSAGE_MAX])
{
    uint8_t *rest = out + FIXED;
    out[0] = (uint8_t)message->kind;
    put_u32(out + 1, message->number);
    switch (message->kind) {
    case FILE_OFFER:
        put_u64(rest, message->size);
        return FIXED + 8 + write_bytes(rest + 8, message->name, strlen(message->name));
    case FILE_CHUNK:
        put_u64(rest, message->offset);
        return FIXED + 8 + write_bytes(rest + 8, message->bytes.data, message->bytes.length);
    case FILE_RECEIVED:
        put_u64(rest, message->offset);
        return FIXED + 8;
    case FILE_END:
        return FIXED + write_bytes(rest, message->bytes.data, message->bytes.length);
    case FILE_CANCEL:
    case FILE_REFUSE:
        rest[0] = (uint8_t)message->reason;
        return FIXED + 1;
    case FILE_ACCEPT:
    case FILE_DONE:
        break;
    }
    return FIXED;
}
