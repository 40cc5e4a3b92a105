/* One WebSocket: whole messages in, a bounded queue of messages out, limits on size and rate, and pings that notice a
 * dead socket. What a message means is dispatch.c's matter.
 *
 *   open -> ending -> closed      ending: nothing is read any more; what is queued goes out, then the close frame
 */
#ifndef HEDDLE_SIGNALING_SESSION_H
#define HEDDLE_SIGNALING_SESSION_H

#include <jansson.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct server;
struct member;
struct outgoing;

#define SESSION_PENDING_MAX ((size_t)4 * 1024 * 1024) /* a reader slower than this is cut off; it may resume */
#define SESSION_RATE 50                               /* messages a second... */
#define SESSION_RATE_WINDOW 10                        /* ...averaged over so many seconds */
#define SESSION_PING_INTERVAL (20 * USEC_PER_SEC)
#define SESSION_SILENCE_MAX (45 * USEC_PER_SEC)
#define SESSION_JOIN_TIMEOUT (60 * USEC_PER_SEC)

struct session {
    struct server *server;
    struct lws *wsi;
    struct session *previous, *next;
    struct member *member; /* NULL: not joined */
    char *in;
    size_t in_length, in_capacity;
    struct outgoing *out_first, *out_last;
    size_t out_bytes;
    int64_t allowance_us; /* of the message rate, in microseconds' worth */
    usec_t allowance_at, opened_at, heard_at, pinged_at;
    bool ping_due, is_ending;
    unsigned close_code;
};

int session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

void session_send(struct session *session, json_t *message); /* takes message */
void session_send_text(struct session *session, const char *text, size_t length);

struct session_error {
    const char *code, *message;
    const char *request, *field, *expected; /* each may be NULL */
};
void session_error(struct session *session, const struct session_error *error);
/* The socket closes after what is queued; its member, if any, is let go (reconnecting). */
void session_end(struct session *session, unsigned close_code);
/* Pings, and drops sockets that are dead or never joined. */
void session_check(struct session *session, usec_t now);

#endif
