/* RFC 4571 framing of datagrams on a TCP stream: a 16-bit length before each. Pure: the owner reads into
 * framing_space(), reports with framing_added(), and drains framing_next(). */
#ifndef HEDDLE_NET_FRAMING_H
#define HEDDLE_NET_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#define FRAMING_HEADER 2
#define FRAMING_MAX 4096 /* WebRTC's datagrams are about 1500 bytes; longer ones are no WebRTC */
#define FRAMING_BUFFER (4 * (FRAMING_HEADER + FRAMING_MAX))

struct framing {
    size_t start, end;
    uint8_t data[FRAMING_BUFFER];
};

void framing_init(struct framing *framing);
/* Where to put the next bytes of the stream; there is always room. Frames returned before become invalid. */
uint8_t *framing_space(struct framing *framing, size_t *capacity);
void framing_added(struct framing *framing, size_t length);
/* 1 and the next datagram (valid until framing_space()), which may be empty; 0: more is needed; ERR_INVALID: the frame
 * is longer than FRAMING_MAX, so the stream cannot be read any more. */
int framing_next(struct framing *framing, uint8_t **data, size_t *length);

#endif
