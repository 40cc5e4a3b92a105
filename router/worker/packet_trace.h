/* A record of what clients really send, for tests and bug reports: headers of received packets with their payload
 * descriptors, but no audio or video. It is text, one line for each:
 *
 *   media PARTICIPANT MID KIND PT=CODEC... NAME:ID...   what was agreed; before the packets
 *   rtp PARTICIPANT MICROSECONDS LENGTH HEX             the packet's first bytes
 *
 * For one worker's thread. */
#ifndef HEDDLE_ROUTER_WORKER_PACKET_TRACE_H
#define HEDDLE_ROUTER_WORKER_PACKET_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/media.h"

struct packet_trace;

/* NULL: the file cannot be written, or is there already (logged). It ends after 20,000 packets. A file that is
 * still empty when it is closed is removed. */
struct packet_trace *packet_trace_open(const char *path);
void packet_trace_close(struct packet_trace *trace); /* NULL is fine, here and below */
void packet_trace_media(struct packet_trace *trace, const char *participant, const struct media *media, size_t count);
void packet_trace_packet(struct packet_trace *trace, const char *participant, const uint8_t *data, size_t length,
                         usec_t now);

#endif
