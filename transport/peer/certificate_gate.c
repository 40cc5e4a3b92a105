#include "transport/peer/certificate_gate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/certificates.h"

#define RECORD_HEADER 13
#define RECORD_HANDSHAKE 22
#define MESSAGE_HEADER 12
#define MESSAGE_CERTIFICATE 11

/* A fragment of a handshake message (RFC 6347 4.2.2). */
struct fragment {
    uint8_t type;
    uint16_t sequence;
    size_t length, offset; /* length: of the message */
    struct span body, whole;
};

static bool take_record(struct span *rest, struct span *record)
{
    if (rest->length < RECORD_HEADER)
        return false;
    size_t length = RECORD_HEADER + get_u16(rest->data + RECORD_HEADER - 2);
    if (length > rest->length)
        return false;
    *record = (struct span){rest->data, length};
    *rest = (struct span){rest->data + length, rest->length - length};
    return true;
}

static bool take_fragment(struct span *rest, struct fragment *fragment)
{
    if (rest->length < MESSAGE_HEADER)
        return false;
    const uint8_t *head = rest->data;
    size_t size = get_u24(head + 9);
    if (size > rest->length - MESSAGE_HEADER)
        return false;
    *fragment = (struct fragment){.type = head[0],
                                  .sequence = get_u16(head + 4),
                                  .length = get_u24(head + 1),
                                  .offset = get_u24(head + 6),
                                  .body = {head + MESSAGE_HEADER, size},
                                  .whole = {head, MESSAGE_HEADER + size}};
    *rest = (struct span){head + MESSAGE_HEADER + size, rest->length - MESSAGE_HEADER - size};
    return true;
}

/* Epoch 0: nothing is encrypted yet. */
static bool has_certificate(struct span record)
{
    struct span rest = {record.data + RECORD_HEADER, record.length - RECORD_HEADER};
    struct fragment fragment;
    if (record.data[0] != RECORD_HANDSHAKE || get_u16(record.data + 3) != 0)
        return false;
    while (take_fragment(&rest, &fragment))
        if (fragment.type == MESSAGE_CERTIFICATE)
            return true;
    return rest.length > 0 && rest.data[0] == MESSAGE_CERTIFICATE; /* cut off */
}

static void forget(struct certificate_gate *gate)
{
    free(gate->body);
    gate->body = NULL;
}

/* Keeps what came. 1: the message is whole. */
static int keep(struct certificate_gate *gate, const struct fragment *fragment)
{
    if (fragment->length > CERTIFICATES_MAX_BYTES)
        return ERR_AUTH;
    if (fragment->offset > fragment->length || fragment->body.length > fragment->length - fragment->offset)
        return ERR_INVALID;
    if (gate->body == NULL || gate->sequence != fragment->sequence || gate->length != fragment->length) {
        forget(gate);
        gate->body = mem_array(2 * fragment->length + 1, 1);
        gate->length = gate->missing = fragment->length;
        gate->sequence = fragment->sequence;
    }
    uint8_t *has = gate->body + gate->length;
    for (size_t i = 0; i < fragment->body.length; i++) {
        size_t at = fragment->offset + i;
        gate->body[at] = fragment->body.data[i];
        gate->missing -= has[at] == 0;
        has[at] = 1;
    }
    return gate->missing == 0 ? 1 : 0;
}

static void append(uint8_t *out, size_t *used, struct span bytes)
{
    memcpy(out + *used, bytes.data, bytes.length);
    *used += bytes.length;
}

static void append_whole(struct certificate_gate *gate, uint8_t *out, size_t *used)
{
    uint8_t head[MESSAGE_HEADER] = {MESSAGE_CERTIFICATE};
    put_u24(head + 1, (uint32_t)gate->length);
    put_u16(head + 4, gate->sequence);
    put_u24(head + 9, (uint32_t)gate->length);
    append(out, used, (struct span){head, sizeof head});
    append(out, used, (struct span){gate->body, gate->length});
}

/* The record with its other messages, and with the whole message where that is complete; nothing if it has neither. */
static int pass_record(struct certificate_gate *gate, struct span record, uint8_t *out, size_t *used)
{
    struct span rest = {record.data + RECORD_HEADER, record.length - RECORD_HEADER};
    struct fragment fragment;
    size_t begin = *used;
    append(out, used, (struct span){record.data, RECORD_HEADER});
    while (rest.length > 0) {
        if (!take_fragment(&rest, &fragment))
            return ERR_INVALID;
        if (fragment.type != MESSAGE_CERTIFICATE) {
            append(out, used, fragment.whole);
            continue;
        }
        int result = keep(gate, &fragment);
        if (result < 0)
            return result;
        if (result == 1 && !certificates_are_cheap((struct span){gate->body, gate->length}))
            return ERR_AUTH;
        if (result == 1) {
            append_whole(gate, out, used);
            forget(gate);
        }
    }
    put_u16(out + begin + RECORD_HEADER - 2, (uint16_t)(*used - begin - RECORD_HEADER));
    if (*used == begin + RECORD_HEADER)
        *used = begin;
    return 0;
}

int certificate_gate_pass(struct certificate_gate *gate, struct span datagram, struct span *passed)
{
    struct span rest = datagram, record;
    bool is_held = false;
    size_t used = 0;
    while (!is_held && take_record(&rest, &record))
        is_held = has_certificate(record);
    *passed = datagram;
    if (!is_held)
        return 0;
    free(gate->out);
    /* A datagram makes one message whole at most, for it has a fragment of it at least. */
    gate->out = mem_array(datagram.length + MESSAGE_HEADER + CERTIFICATES_MAX_BYTES, 1);
    for (rest = datagram; take_record(&rest, &record);) {
        int error = 0;
        if (has_certificate(record))
            error = pass_record(gate, record, gate->out, &used);
        else
            append(gate->out, &used, record);
        if (error != 0)
            return error;
    }
    *passed = (struct span){gate->out, used};
    return 0;
}

void certificate_gate_close(struct certificate_gate *gate)
{
    forget(gate);
    free(gate->out);
    *gate = (struct certificate_gate){.body = NULL};
}
