/* In a file of its own: the kernel's header that has this count excludes the C library's. */
#ifndef HEDDLE_SIGNALING_TCP_RECEIVED_H
#define HEDDLE_SIGNALING_TCP_RECEIVED_H

#include <stdint.h>

/* How many bytes have come on a TCP connection so far; 0: the kernel does not say. */
uint64_t tcp_received_bytes(int fd);

#endif
