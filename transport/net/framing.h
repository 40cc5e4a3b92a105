/* RFC 4571 framing of datagrams on a TCP stream: a 16-bit length before each. Pure: the owner reads into
 * framing_space(), reports with framing_added(), and drains framing_next(). */
#ifndef HEDDLE_NET_FRAMING_H
#define HEDDLE_NET_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#define FRAMING_HEADER 2
#define FRAMING_MAX 4096 /* our datagrams are about 1500 bytes; who sends more is not speaking WebRTC */
#define FRAMING_BUFFER (4 * (FRAMING_HEADER + FRAMING_MAX))

struct framing {
    size_t start, end;
    uint8_t data[FRAMING_BUFFER];
};

void framing_init(struct framing *framing);
/* Where to put what the stream has next, never without room. Frames given out before are gone. */
uint8_t *framing_space(struct framing *framing, size_t *capacity);
void framing_added(struct framing *framing, size_t length);
/* 1 and the next datagram (valid until framing_space()); 0: more is needed; ERR_INVALID: longer than FRAMING_MAX, the
 * stream cannot be followed any more. Empty frames are skipped. */
int framing_next(struct framing *framing, uint8_t **data, size_t *length);

#endif
