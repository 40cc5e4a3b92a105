/* The messages by which data channels are opened (RFC 8832): formats only. Pure. */
#ifndef HEDDLE_PEER_DCEP_H
#define HEDDLE_PEER_DCEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DCEP_TEXT_MAX 64 /* bytes of a label or a protocol; channels with longer ones are not taken */
#define DCEP_OPEN_MAX (12 + 2 * DCEP_TEXT_MAX)

/* Payload protocol identifiers (RFC 8831 section 8). */
enum dcep_payload { DCEP_CONTROL = 50, DCEP_TEXT = 51, DCEP_BINARY = 53, DCEP_TEXT_EMPTY = 56, DCEP_BINARY_EMPTY = 57 };

enum dcep_kind { DCEP_ACK = 2, DCEP_OPEN = 3 };

struct dcep_message {
    enum dcep_kind kind;
    /* Of DCEP_OPEN: */
    bool is_ordered, is_reliable;
    char label[DCEP_TEXT_MAX + 1], protocol[DCEP_TEXT_MAX + 1];
};

/* 0, ERR_TRUNCATED, ERR_UNSUPPORTED (another kind of message or channel), ERR_INVALID (a text is too long, or has a NUL
 * in it, or something follows). */
int dcep_read(struct dcep_message *message, const uint8_t *data, size_t length);
/* `out` has DCEP_OPEN_MAX bytes. Returns the length. */
size_t dcep_write(const struct dcep_message *message, uint8_t *out);

#endif
