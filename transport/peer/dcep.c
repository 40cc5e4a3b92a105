#include "transport/peer/dcep.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define OPEN_HEAD 12
#define TYPE_UNORDERED 0x80
#define TYPE_RELIABLE 0
#define TYPE_LAST 2 /* reliable, limited retransmissions, limited life time */

static bool copy_text(char *out, const uint8_t *data, size_t length)
{
    memcpy(out, data, length);
    out[length] = '\0';
    return memchr(data, '\0', length) == NULL;
}

static int read_open(struct dcep_message *message, const uint8_t *data, size_t length)
{
    if (length < OPEN_HEAD)
        return ERR_TRUNCATED;
    uint8_t type = data[1] & (uint8_t)~TYPE_UNORDERED;
    size_t label = get_u16(data + 8), protocol = get_u16(data + 10);
    if (type > TYPE_LAST)
        return ERR_UNSUPPORTED;
    if (length < OPEN_HEAD + label + protocol)
        return ERR_TRUNCATED;
    if (length > OPEN_HEAD + label + protocol || label > DCEP_TEXT_MAX || protocol > DCEP_TEXT_MAX)
        return ERR_INVALID;
    message->is_ordered = (data[1] & TYPE_UNORDERED) == 0;
    message->is_reliable = type == TYPE_RELIABLE;
    return copy_text(message->label, data + OPEN_HEAD, label) &&
                   copy_text(message->protocol, data + OPEN_HEAD + label, protocol)
               ? 0
               : ERR_INVALID;
}

int dcep_read(struct dcep_message *message, const uint8_t *data, size_t length)
{
    *message = (struct dcep_message){0};
    if (length == 0)
        return ERR_TRUNCATED;
    message->kind = (enum dcep_kind)data[0];
    switch (message->kind) {
    case DCEP_ACK:
        return length == 1 ? 0 : ERR_INVALID;
    case DCEP_OPEN:
        return read_open(message, data, length);
    }
    return ERR_UNSUPPORTED;
}

size_t dcep_write(const struct dcep_message *message, uint8_t *out)
{
    out[0] = (uint8_t)message->kind;
    if (message->kind == DCEP_ACK)
        return 1;
    size_t label = strlen(message->label), protocol = strlen(message->protocol);
    memset(out, 0, OPEN_HEAD);
    out[0] = (uint8_t)message->kind;
    out[1] = (uint8_t)((message->is_reliable ? TYPE_RELIABLE : 1) | (message->is_ordered ? 0 : TYPE_UNORDERED));
    put_u16(out + 8, (uint16_t)label);
    put_u16(out + 10, (uint16_t)protocol);
    memcpy(out + OPEN_HEAD, message->label, label);
    memcpy(out + OPEN_HEAD + label, message->protocol, protocol);
    return OPEN_HEAD + label + protocol;
}
