/* What a TURN server says of the lifetime of an allocation (RFC 8656 sections 7.3 and 8.3), looked at before libnice
 * reads it: version 0.1.21 crashes when an allocation of no time is given back, and refreshes one of a second without
 * pause. Answers with such a lifetime, or with none, are dropped, as if the server had not answered. Pure, but for the
 * filter of a socket. */
#ifndef HEDDLE_NET_TURN_FILTER_H
#define HEDDLE_NET_TURN_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TURN_LIFETIME_MIN_S 30
#define TURN_LIFETIME_MAX_S 86400
#define TURN_ANSWER_MAX 2048 /* of messages that are looked into */

/* Whether libnice may read this message: any that is no success response to Allocate or Refresh, also not one that a
 * Data indication or ChannelData holds (libnice takes that for the server's own answer), and one of these that
 * is as long as it says and whose LIFETIME is between the two above, or 0 after a Refresh, which ends an allocation.
 * LIFETIME is what libnice takes for it: the first, of four bytes, and neither behind MESSAGE-INTEGRITY nor behind
 * FINGERPRINT. Finding none, libnice goes on with whatever its memory holds. */
bool turn_filter_accepts(const uint8_t *message, size_t length);

/* Has the kernel drop all other datagrams of this UDP socket. 0, or ERR_IO. */
int turn_filter_attach(int fd);

/* The same of a TCP stream (RFC 8656 section 3.1: messages, and ChannelData that is padded to 4 bytes). Messages that
 * no TURN server has a reason to send are dropped, too: libnice takes each with a system call or two. */
struct turn_stream {
    size_t left; /* bytes of the current message that still come; they pass, or are dropped */
    bool is_dropping;
    size_t held; /* bytes in `head`: of a message whose kind is not known yet, or that has to be looked at */
    uint8_t head[TURN_ANSWER_MAX];
};
/* Takes what the server sent, and writes what may pass to `out`, of at least `length` + TURN_ANSWER_MAX bytes. Returns
 * how much that is, or ERR_INVALID: no TURN server speaks so, and the connection must end. */
ssize_t turn_stream_take(struct turn_stream *stream, const uint8_t *data, size_t length, uint8_t *out);

#endif
