/* What a broken WebSocket still holds. When a client says `leave` and is gone before it has read everything, the kernel
 * resets the connection; libwebsockets closes its end without reading what had come before the reset. */
#ifndef HEDDLE_SIGNALING_UNREAD_LEAVE_H
#define HEDDLE_SIGNALING_UNREAD_LEAVE_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNREAD_LEAVE_MAX ((size_t)64 * 1024) /* bytes that are looked at */

/* Pure: whether frames of a client (RFC 6455 section 5.2) hold a whole `leave` message. The first `skip` bytes are the
 * rest of a frame that has been read in part. */
bool unread_leave_find(const uint8_t *data, size_t length, size_t skip);
/* The same of what can be read of a socket that is about to be closed. */
bool unread_leave_read(struct lws *wsi);

#endif
