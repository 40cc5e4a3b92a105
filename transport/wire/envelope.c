#include "transport/wire/envelope.h"

#include <string.h>

#include "transport/base/error.h"

/* Flags: kind (bits 0 to 2), policy (bits 3 and 4), is_private (bit 7). */
#define POLICY_SHIFT 3
#define IS_PRIVATE 0x80
#define FIXED (1 + 4 + 1 + 1) /* flags, sequence and the lengths of name and topic, behind the envelope's length */

unsigned envelope_series(const struct envelope *envelope)
{
    return (envelope->policy == ENVELOPE_UNORDERED ? 1u : 0u) + (envelope->is_private ? 2u : 0u);
}

static struct span take(struct span *from, size_t length)
{
    struct span taken = {from->data, length};
    from->data += length;
    from->length -= length;
    return taken;
}

static bool take_text(struct span *from, size_t most, struct span *text)
{
    if (from->length == 0 || from->data[0] > most || from->length - 1 < from->data[0])
        return false;
    size_t length = take(from, 1).data[0];
    *text = take(from, length);
    return true;
}

int envelope_read(struct span *frame, struct envelope *envelope)
{
    if (frame->length < 2 + FIXED || (size_t)get_u16(frame->data) > frame->length - 2)
        return ERR_TRUNCATED;
    struct span rest = {frame->data + 2, get_u16(frame->data)};
    (void)take(frame, 2 + rest.length);
    if (rest.length < FIXED)
        return ERR_INVALID;
    uint8_t flags = take(&rest, 1).data[0];
    *envelope = (struct envelope){.kind = (enum envelope_kind)(flags & 7),
                                  .policy = (enum envelope_policy)(flags >> POLICY_SHIFT & 3),
                                  .is_private = (flags & IS_PRIVATE) != 0,
                                  .sequence = get_u32(take(&rest, 4).data)};
    if (!take_text(&rest, PARTICIPANT_ID_MAX, &envelope->name) ||
        !take_text(&rest, ENVELOPE_TOPIC_MAX, &envelope->topic))
        return ERR_INVALID;
    envelope->payload = rest;
    bool is_known = (flags & 0x60) == 0 && envelope->kind <= ENVELOPE_ROOM && envelope->policy <= ENVELOPE_LOSSY;
    return is_known && rest.length <= ENVELOPE_PAYLOAD_MAX ? 0 : ERR_INVALID;
}

size_t envelope_size(const struct envelope *envelope)
{
    return 2 + FIXED + envelope->name.length + envelope->topic.length + envelope->payload.length;
}

static uint8_t *put(uint8_t *out, struct span span)
{
    if (span.length > 0)
        memcpy(out, span.data, span.length);
    return out + span.length;
}

static uint8_t *put_text(uint8_t *out, struct span text)
{
    *out = (uint8_t)text.length;
    return put(out + 1, text);
}

size_t envelope_write(const struct envelope *envelope, uint8_t *out)
{
    size_t size = envelope_size(envelope);
    put_u16(out, (uint16_t)(size - 2));
    out[2] = (uint8_t)((unsigned)envelope->kind | (unsigned)envelope->policy << POLICY_SHIFT |
                       (envelope->is_private ? IS_PRIVATE : 0));
    put_u32(out + 3, envelope->sequence);
    put(put_text(put_text(out + 7, envelope->name), envelope->topic), envelope->payload);
    return size;
}
