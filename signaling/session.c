#include "signaling/session.h"

#include <stdlib.h>
#include <string.h>

#include "signaling/dispatch.h"
#include "signaling/proto/message.h"
#include "signaling/room.h"
#include "signaling/server.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define DRAIN_TIME (250 * USEC_PER_MSEC)
#define IN_KEPT 1024

struct outgoing {
    struct outgoing *next;
    size_t length;
    unsigned char data[]; /* LWS_PRE bytes, then the text */
};

static void drop_queue(struct session *session)
{
    for (struct outgoing *item; (item = session->out_first) != NULL;) {
        session->out_first = item->next;
        free(item);
    }
    session->out_last = NULL;
    session->out_bytes = 0;
}

/* At once and without a close frame: the other end does not read. lws tells us by LWS_CALLBACK_CLOSED, later. */
static void kill_socket(struct session *session)
{
    session->is_ending = true;
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

void session_send_text(struct session *session, const char *text, size_t length)
{
    if (session->is_ending)
        return;
    if (session->out_bytes + length > SESSION_PENDING_MAX) {
        log_warning("signaling", "a socket does not take its messages: cut off");
        drop_queue(session);
        kill_socket(session);
        return;
    }
    struct outgoing *item = mem_alloc(sizeof *item + LWS_PRE + length);
    item->length = length;
    memcpy(item->data + LWS_PRE, text, length);
    if (session->out_last != NULL)
        session->out_last->next = item;
    else
        session->out_first = item;
    session->out_last = item;
    session->out_bytes += length;
    lws_callback_on_writable(session->wsi);
}

void session_send(struct session *session, json_t *message)
{
    CHECK(message != NULL);
    char *text = json_dumps(message, JSON_COMPACT);
    CHECK(text != NULL);
    session_send_text(session, text, strlen(text));
    free(text);
    json_decref(message);
}

void session_error(struct session *session, const struct session_error *error)
{
    json_t *message = json_pack("{s:s,s:s,s:s}", "type", "error", "code", error->code, "message", error->message);
    const char *const names[] = {"request", "field", "expected"};
    const char *const values[] = {error->request, error->field, error->expected};
    for (size_t i = 0; i < 3; i++)
        if (values[i] != NULL && values[i][0] != '\0')
            json_object_set_new(message, names[i], json_string(values[i]));
    log_debug(session->member != NULL ? session->member->room->name : "signaling", "error %s: %s %s", error->code,
              error->message, error->field != NULL ? error->field : "");
    session_send(session, message);
}

static void let_go(struct session *session)
{
    struct member *member = session->member;
    session->member = NULL;
    if (member != NULL)
        member_disconnected(member, clock_now());
}

void session_end(struct session *session, unsigned close_code)
{
    if (session->is_ending)
        return;
    session->is_ending = true;
    session->close_code = close_code;
    lws_callback_on_writable(session->wsi);
    let_go(session);
}

/* A bucket of SESSION_RATE x SESSION_RATE_WINDOW messages that fills at SESSION_RATE. */
static bool within_rate(struct session *session, usec_t now)
{
    const int64_t cost = USEC_PER_SEC / SESSION_RATE;
    session->allowance_us += now - session->allowance_at;
    session->allowance_at = now;
    if (session->allowance_us > SESSION_RATE_WINDOW * USEC_PER_SEC)
        session->allowance_us = SESSION_RATE_WINDOW * USEC_PER_SEC;
    if (session->allowance_us < cost)
        return false;
    session->allowance_us -= cost;
    return true;
}

static void refuse(struct session *session, const char *code, const char *text, unsigned close_code)
{
    session_error(session, &(struct session_error){.code = code, .message = text});
    session_end(session, close_code);
}

static void whole_message(struct session *session, usec_t now)
{
    size_t length = session->in_length;
    session->in_length = 0;
    if (!within_rate(session, now)) {
        refuse(session, "too-fast", "more than 50 messages a second over 10 s", LWS_CLOSE_STATUS_POLICY_VIOLATION);
        return;
    }
    dispatch_text(session, session->in, length, now);
    if (session->in_capacity > IN_KEPT) { /* offers are rare; don't hold their size for an idle socket */
        free(session->in);
        session->in = NULL;
        session->in_capacity = 0;
    }
}

static void receive(struct session *session, const void *data, size_t length)
{
    usec_t now = clock_now();
    session->heard_at = now;
    if (session->is_ending)
        return;
    if (session->in_length + length > MESSAGE_SIZE_MAX) {
        refuse(session, "too-large", "a message is at most 256 KiB", LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
        return;
    }
    if (session->in_length + length > session->in_capacity) {
        session->in_capacity = (session->in_length + length) * 3 / 2;
        session->in = mem_resize(session->in, session->in_capacity, 1);
    }
    memcpy(session->in + session->in_length, data, length);
    session->in_length += length;
    if (lws_is_final_fragment(session->wsi) && lws_remaining_packet_payload(session->wsi) == 0)
        whole_message(session, now);
}

/* Everything is out: close, with our code. Not by returning -1 from the writeable callback that we are in:
 * libwebsockets 4.1 takes that for a broken socket and sends no close frame. One that broke a rule may still be
 * sending: its input is drained for a moment, because closing over unread input would destroy our last messages on
 * their way. */
static void close_soon(struct session *session)
{
    bool broke_rule = session->close_code == LWS_CLOSE_STATUS_POLICY_VIOLATION ||
                      session->close_code == LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE;
    lws_close_reason(session->wsi, (enum lws_close_status)session->close_code, NULL, 0);
    lws_set_timer_usecs(session->wsi, broke_rule ? DRAIN_TIME : 1);
}

static int write_next(struct session *session)
{
    struct outgoing *item = session->out_first;
    if (session->ping_due && !session->is_ending) {
        unsigned char ping[LWS_PRE + 1] = {0}; /* not empty: for empty pongs there is no callback */
        session->ping_due = false;
        if (lws_write(session->wsi, ping + LWS_PRE, 1, LWS_WRITE_PING) < 0)
            return -1;
    } else if (item != NULL) {
        session->out_first = item->next;
        if (item->next == NULL)
            session->out_last = NULL;
        session->out_bytes -= item->length;
        int written = lws_write(session->wsi, item->data + LWS_PRE, item->length, LWS_WRITE_TEXT);
        free(item);
        if (written < 0)
            return -1;
    } else if (session->is_ending) {
        close_soon(session);
        return 0;
    }
    if (session->out_first != NULL || session->is_ending)
        lws_callback_on_writable(session->wsi);
    return 0;
}

static void opened(struct session *session, struct lws *wsi)
{
    usec_t now = clock_now();
    *session = (struct session){.wsi = wsi,
                                .server = lws_context_user(lws_get_context(wsi)),
                                .allowance_us = SESSION_RATE_WINDOW * USEC_PER_SEC,
                                .allowance_at = now,
                                .opened_at = now,
                                .heard_at = now,
                                .pinged_at = now};
    session->next = session->server->sessions;
    if (session->next != NULL)
        session->next->previous = session;
    session->server->sessions = session;
    session->server->session_count++;
}

static void closed(struct session *session)
{
    if (session->server == NULL)
        return;
    if (session->previous != NULL)
        session->previous->next = session->next;
    else
        session->server->sessions = session->next;
    if (session->next != NULL)
        session->next->previous = session->previous;
    session->server->session_count--;
    let_go(session);
    drop_queue(session);
    free(session->in);
    session->server = NULL;
}

void session_check(struct session *session, usec_t now)
{
    if (session->is_ending)
        return;
    if (now - session->heard_at > SESSION_SILENCE_MAX) {
        log_info(session->member != NULL ? session->member->room->name : "signaling", "%s: its socket is dead",
                 session->member != NULL ? session->member->id : "a stranger");
        let_go(session);
        kill_socket(session);
    } else if (session->member == NULL && now - session->opened_at > SESSION_JOIN_TIMEOUT) {
        session_end(session, LWS_CLOSE_STATUS_POLICY_VIOLATION);
    } else if (now - session->pinged_at >= SESSION_PING_INTERVAL) {
        session->pinged_at = now;
        session->ping_due = true;
        lws_callback_on_writable(session->wsi);
    }
}

/* Only /ws becomes a WebSocket. */
static int filter_path(struct lws *wsi)
{
    char path[16];
    return lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) > 0 && strcmp(path, "/ws") == 0 ? 0 : -1;
}

int session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct session *session = user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return filter_path(wsi);
    case LWS_CALLBACK_ESTABLISHED:
        opened(session, wsi);
        return session->server->is_stopping ? -1 : 0;
    case LWS_CALLBACK_RECEIVE:
        receive(session, in, length);
        break;
    case LWS_CALLBACK_RECEIVE_PONG:
        session->heard_at = clock_now();
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_next(session);
    case LWS_CALLBACK_TIMER: /* close_soon() */
        return -1;
    case LWS_CALLBACK_CLOSED:
        closed(session);
        break;
    default:
        break;
    }
    return 0;
}
