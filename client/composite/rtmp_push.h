/* A composite to an RTMP server. All of the network is in a thread of its own: a server that hangs, or is gone, is
 * tried again after a while, and again; meanwhile what would go there is left out, and nobody waits. It begins with
 * a keyframe each time. */
#ifndef HEDDLE_CLIENT_RTMP_PUSH_H
#define HEDDLE_CLIENT_RTMP_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/composite/stream_muxer.h"
#include "transport/base/time.h"

#define RTMP_ANSWER_MAX (10 * USEC_PER_SEC) /* so long one thing may take */
#define RTMP_END_MAX (2 * USEC_PER_SEC)     /* and what is queued, at the end */
#define RTMP_QUEUED_MAX (4u << 20)          /* bytes: of more the server, or the way to it, is too slow */

struct rtmp_push;

/* NULL: this machine can push there; else what is wrong, in words. */
const char *rtmp_push_wrong(const char *url);
/* `streams` is copied. NULL: no thread could be started. */
struct rtmp_push *rtmp_push_new(const char *url, const struct stream_format *streams);
/* Any thread; never waits. */
void rtmp_push_write(struct rtmp_push *push, const AVPacket *packet);
/* 1: it arrives; 0: nothing is known yet; -1: it does not, and `reason` gets where and why. The address is told without
 * what may be a key. Any thread. */
int rtmp_push_state(struct rtmp_push *push, char *reason, size_t size);
/* Sends what is queued, for RTMP_END_MAX at most. NULL is fine. */
void rtmp_push_free(struct rtmp_push *push);

/* How long to wait before the next try, after so many that failed one after the other. Pure. */
usec_t rtmp_push_delay(unsigned failures);

#endif
