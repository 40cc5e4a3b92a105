/* One WebSocket: whole messages in, a bounded queue of messages out, limits on size and rate, and pings that notice a
 * dead socket. What a message means is up to its host.
 *
 *   open -> ending -> closed      ending: nothing is read any more; what is queued goes out, then the close frame. A
 *                                 socket that does not take what is queued is cut off after SESSION_END_TIMEOUT */
#ifndef HEDDLE_SIGNALING_SESSION_H
#define HEDDLE_SIGNALING_SESSION_H

#include <jansson.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/http/unfinished_input.h"
#include "signaling/proto/refusal.h"
#include "signaling/room/reach.h"
#include "signaling/room/text.h"
#include "signaling/session/pace.h"
#include "transport/base/time.h"

struct room_participant;
struct session;
struct outgoing;

#define SESSION_PENDING_MAX ((size_t)4 * 1024 * 1024) /* a reader slower than this is cut off; it may resume */
/* When so much waits in all sockets together, a reader with more than SESSION_PENDING_FAIR waiting is cut off. */
#define SESSION_PENDING_ALL ((size_t)256 * 1024 * 1024)
#define SESSION_PENDING_FAIR ((size_t)64 * 1024)
/* Messages that are not finished, of all sockets together and of one address. */
#define SESSION_INPUT_ALL ((size_t)64 * 1024 * 1024)
#define SESSION_INPUT_ADDRESS (SESSION_INPUT_ALL / 4)
#define SESSION_PING_INTERVAL (20 * USEC_PER_SEC)
#define SESSION_SILENCE_MAX (45 * USEC_PER_SEC)
#define SESSION_JOIN_TIMEOUT (60 * USEC_PER_SEC)
#define SESSION_END_TIMEOUT (5 * USEC_PER_SEC)

#define CLOSE_TRY_AGAIN_LATER 1013 /* libwebsockets has no name for it */

/* Who is at the other end of a socket. */
struct session_peer {
    uint64_t address; /* budget_key_of() */
    bool is_local;    /* it comes from this machine */
};

/* The owner of the sockets. */
struct session_host {
    struct session_peer (*peer)(struct lws *wsi);
    void (*message)(struct session *session, const char *text, size_t length, usec_t now);
    void (*gone)(struct session *session, usec_t now); /* forget session->participant, which is not NULL */
    void *owner;
    struct text_account texts; /* what is queued in all of them, and kept */
    struct pace_addresses addresses;
    struct unfinished_input input;
    struct session *newest, *oldest;
    size_t count, held;
    uint64_t sends; /* messages that were queued, or will be: their cause is charged for them */
    bool is_stopping;
    struct session_counters {
        uint64_t too_fast, too_large; /* closed for it */
        uint64_t messages_held;       /* messages that had to wait for their sender's budget */
        uint64_t sockets_cut_off;     /* sockets that did not take what was queued */
        uint64_t unfinished_ended;    /* sockets closed, since too much of unfinished messages was held */
    } counters;
};

struct session {
    /* What `in` holds; the first field, so that a pointer to it is one to the session. */
    struct unfinished_message unfinished;
    struct session_host *host;
    struct lws *wsi;
    struct session *newer, *older;
    struct room_participant *participant; /* NULL: not joined */
    char label[96];                       /* for the log: room and participant */
    char *in;
    size_t in_length, in_capacity;
    struct outgoing *out_first, *out_last;
    size_t out_bytes;
    struct pace pace;
    bool is_local; /* it comes from this machine */
    usec_t opened_at, heard_at, pinged_at, ended_at;
    bool ping_due, is_ending, is_held;
    unsigned close_code;
};

/* The protocol's `user` is the host. */
int session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

void session_send(struct session *session, json_t *message); /* takes message */
void session_send_text(struct session *session, struct text *text);
void session_refuse(struct session *session, const struct refusal *refusal);
/* The way by which its participant is sent messages. */
struct reach session_reach(struct session *session);
/* Closes the socket after what is queued is sent. Its participant, if any, is `reconnecting` then. */
void session_end(struct session *session, unsigned close_code);
/* Sends pings, closes sockets that are dead or have not joined in time, and carries out messages that waited for their
 * budget. */
void session_check(struct session *session, usec_t now);

#endif
