#include "signaling/session/unread_leave.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "signaling/proto/message.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"

#define OPCODE_TEXT 1
#define LEAVE_MAX 512 /* a longer message is not looked at: `leave` has no fields of its own */
#define MASK_SIZE 4

struct frame {
    bool is_text; /* whole */
    const uint8_t *mask;
    uint64_t length; /* of the payload, which follows the mask */
};

/* Bytes of the header, mask included; 0: more is needed, or no client sends it. */
static size_t read_header(const uint8_t *data, size_t length, struct frame *frame)
{
    if (length < 2 || (data[1] & 0x80) == 0)
        return 0;
    uint8_t coded = data[1] & 0x7f;
    size_t size = coded == 127 ? 10 : coded == 126 ? 4 : 2;
    if (length < size + MASK_SIZE)
        return 0;
    frame->is_text = data[0] == (0x80 | OPCODE_TEXT);
    frame->length = coded == 127 ? get_u64(data + 2) : coded == 126 ? get_u16(data + 2) : coded;
    frame->mask = data + size;
    return size + MASK_SIZE;
}

static bool is_leave(const struct frame *frame)
{
    char text[LEAVE_MAX];
    enum message_type type;
    struct refusal refusal;
    json_t *message;
    for (size_t i = 0; i < frame->length; i++)
        text[i] = (char)(frame->mask[MASK_SIZE + i] ^ frame->mask[i % MASK_SIZE]);
    if (message_parse(&message, &type, MESSAGE_TO_SERVER, text, (size_t)frame->length, &refusal) < 0)
        return false;
    json_decref(message);
    return type == MESSAGE_LEAVE;
}

bool unread_leave_find(const uint8_t *data, size_t length, size_t skip)
{
    struct frame frame;
    if (skip > length)
        return false;
    data += skip;
    length -= skip;
    for (size_t header; (header = read_header(data, length, &frame)) > 0;) {
        if (frame.length > length - header)
            return false;
        if (frame.is_text && frame.length <= LEAVE_MAX && is_leave(&frame))
            return true;
        data += header + frame.length;
        length -= header + (size_t)frame.length;
    }
    return false;
}

bool unread_leave_read(struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    uint8_t *data = mem_array(UNREAD_LEAVE_MAX, 1);
    size_t length = 0;
    for (int got; length < UNREAD_LEAVE_MAX &&
                  (got = (int)recv(fd, data + length, UNREAD_LEAVE_MAX - length, MSG_DONTWAIT)) > 0;)
        length += (size_t)got;
    bool has_left = unread_leave_find(data, length, lws_remaining_packet_payload(wsi));
    free(data);
    return has_left;
}
