/* The least that forwarding one packet can cost on this machine, measured now: protect the payload by the fastest
 * AES-128-GCM at hand, and send it within one segmented message on loopback, to a socket that receives the message
 * whole (UDP_GRO) and has room for it. */
#ifndef HEDDLE_BENCH_FLOOR_H
#define HEDDLE_BENCH_FLOOR_H

#include <stddef.h>

struct floor_result {
    double protect_us; /* CPU a packet */
    double send_us;    /* CPU a packet, its share of the system call */
    double total_us;   /* both in one loop: what the router is compared with */
};

/* `packet_size` as sent (header, payload and tag), `segments` packets in one call, for about `seconds` of CPU. 0, or
 * ERR_IO. */
int floor_measure(struct floor_result *result, size_t packet_size, unsigned segments, double seconds);

#endif
