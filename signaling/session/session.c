#include "signaling/session/session.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "signaling/proto/message.h"
#include "signaling/session/unread_leave.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define DRAIN_TIME (250 * USEC_PER_MSEC)
#define IN_KEPT 1024

_Static_assert(TEXT_HEADROOM >= LWS_PRE, "libwebsockets writes the frame's header before the text");

struct outgoing {
    struct outgoing *next;
    struct text *text;
};

static void drop_queue(struct session *session)
{
    for (struct outgoing *item; (item = session->out_first) != NULL;) {
        session->out_first = item->next;
        text_release(item->text);
        free(item);
    }
    session->out_last = NULL;
    session->out_bytes = 0;
}

/* At once and without a close frame: the remote peer does not read. lws tells us by LWS_CALLBACK_CLOSED, later. */
static void kill_socket(struct session *session)
{
    session->is_ending = true;
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    /* It looks at its timers only after one of its sockets has woken it. */
    lws_cancel_service(lws_get_context(session->wsi));
}

static void cut_off(struct session *session)
{
    log_warning(session->label, "a socket reads too slowly: closed");
    session->host->counters.sockets_cut_off++;
    drop_queue(session);
    kill_socket(session);
}

void session_send_text(struct session *session, struct text *text)
{
    if (session->is_ending)
        return;
    bool is_fair = session->host->texts.bytes <= SESSION_PENDING_ALL || session->out_bytes <= SESSION_PENDING_FAIR;
    if (session->out_bytes + text->length > SESSION_PENDING_MAX || !is_fair) {
        cut_off(session);
        return;
    }
    struct outgoing *item = mem_alloc(sizeof *item);
    item->text = text_hold(text);
    if (session->out_last != NULL)
        session->out_last->next = item;
    else
        session->out_first = item;
    session->out_last = item;
    session->out_bytes += text->length;
    session->host->sends++;
    lws_callback_on_writable(session->wsi);
}

void session_send(struct session *session, json_t *message)
{
    struct text *text = text_of_json(&session->host->texts, message);
    session_send_text(session, text);
    text_release(text);
}

void session_refuse(struct session *session, const struct refusal *refusal)
{
    log_debug(session->label, "error %s: %s %s", refusal->code, refusal->text, refusal->field);
    session_send(session, refusal_message(refusal));
}

static void let_go(struct session *session)
{
    if (session->participant != NULL)
        session->host->gone(session, clock_now());
    session->participant = NULL;
}

static void hold(struct session *session)
{
    session->is_held = true;
    session->host->held++;
    session->host->counters.messages_held++;
    lws_rx_flow_control(session->wsi, 0);
}

static void release(struct session *session)
{
    session->is_held = false;
    session->host->held--;
}

void session_end(struct session *session, unsigned close_code)
{
    if (session->is_ending)
        return;
    session->is_ending = true;
    session->ended_at = clock_now();
    session->close_code = close_code;
    if (session->is_held) { /* its last message is not carried out any more, but its close frame must be read */
        release(session);
        lws_rx_flow_control(session->wsi, 1);
    }
    lws_callback_on_writable(session->wsi);
    let_go(session);
}

static void refuse(struct session *session, const char *code, const char *text, unsigned close_code)
{
    struct refusal refusal = {.code = NULL};
    refusal_set(&refusal, code, "%s", text);
    session_refuse(session, &refusal);
    session_end(session, close_code);
}

static void free_input(struct session *session)
{
    free(session->in);
    session->in = NULL;
    session->in_length = session->in_capacity = 0;
    (void)unfinished_input_set(&session->host->input, &session->unfinished, 0);
}

/* Makes room for more of a message. False: the session ends, since unfinished messages take too much memory and this
 * one takes most of it. */
static bool grow_input(struct session *session, size_t capacity)
{
    session->in_capacity = capacity;
    session->in = mem_resize(session->in, capacity, 1);
    struct session *largest =
        (struct session *)unfinished_input_set(&session->host->input, &session->unfinished, capacity);
    if (largest == NULL)
        return true;
    log_info(largest->label, "closed: unfinished messages take too much memory");
    session->host->counters.unfinished_ended++;
    refuse(largest, "too-much-unfinished", "too many unfinished messages: try again", CLOSE_TRY_AGAIN_LATER);
    free_input(largest);
    return largest != session;
}

static void carry_out(struct session *session, usec_t now)
{
    struct session_host *host = session->host;
    size_t length = session->in_length;
    int64_t started = clock_thread_cpu_ns();
    uint64_t sent = host->sends;
    session->in_length = 0;
    host->message(session, length > 0 ? session->in : "", length, now);
    pace_charge(&session->pace, &host->addresses,
                (clock_thread_cpu_ns() - started) / 1000 + (usec_t)(host->sends - sent) * PACE_SEND, now);
    session->pace.has_joined = session->participant != NULL;
    if (session->in_capacity > IN_KEPT) /* large messages are rare: their memory is not kept */
        free_input(session);
}

static void whole_message(struct session *session, usec_t now)
{
    struct session_host *host = session->host;
    switch (pace_message(&session->pace, &host->addresses, session->in_length, now)) {
    case PACE_GO:
        carry_out(session, now);
        break;
    case PACE_HOLD:
        hold(session);
        break;
    case PACE_TOO_FAST:
        host->counters.too_fast++;
        session->in_length = 0;
        refuse(session, "too-fast", "more than 50 messages a second over 10 s", LWS_CLOSE_STATUS_POLICY_VIOLATION);
        break;
    }
}

static void receive(struct session *session, const void *data, size_t length)
{
    usec_t now = clock_now();
    session->heard_at = now;
    if (session->is_held && !session->is_ending) { /* libwebsockets had read this before it was told to stop */
        release(session);
        carry_out(session, now);
        lws_rx_flow_control(session->wsi, 1);
    }
    if (session->is_ending)
        return;
    size_t most = session->participant != NULL ? MESSAGE_SIZE_MAX : MESSAGE_SIZE_MAX_UNJOINED;
    if (session->in_length + length > most) {
        session->host->counters.too_large++;
        refuse(session, "too-large", "a message is at most 256 KiB, and 32 KiB before joining",
               LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
        return;
    }
    if (session->in_length + length > session->in_capacity &&
        !grow_input(session, (session->in_length + length) * 3 / 2))
        return;
    if (length > 0) /* `data` of an empty message may be NULL, which memcpy() must not get */
        memcpy(session->in + session->in_length, data, length);
    session->in_length += length;
    if (lws_is_final_fragment(session->wsi) && lws_remaining_packet_payload(session->wsi) == 0)
        whole_message(session, now);
}

/* All messages are sent: close, with our code. Returning -1 from this writeable callback would not do: libwebsockets
 * 4.1 takes that for a broken socket and sends no close frame. A client that broke a rule may still be sending: its
 * input is read and dropped for a moment, because closing a socket with unread input resets the connection, and our
 * last messages would be lost. */
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
        session->out_bytes -= item->text->length;
        int written = lws_write(session->wsi, item->text->data + TEXT_HEADROOM, item->text->length, LWS_WRITE_TEXT);
        text_release(item->text);
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
    struct session_host *host = lws_get_protocol(wsi)->user;
    struct session_peer peer = host->peer(wsi);
    *session = (struct session){.unfinished = {.address = peer.address},
                                .wsi = wsi,
                                .host = host,
                                .pace = {.address = peer.address},
                                .is_local = peer.is_local,
                                .label = "signaling",
                                .opened_at = now,
                                .heard_at = now,
                                .pinged_at = now};
    session->older = host->newest;
    if (session->older != NULL)
        session->older->newer = session;
    else
        host->oldest = session;
    host->newest = session;
    host->count++;
}

static void read_what_is_left(struct session *session)
{
    static const char leave[] = "{\"type\":\"leave\"}";
    session->is_ending = true; /* nothing is sent any more */
    if (unread_leave_read(session->wsi))
        session->host->message(session, leave, sizeof leave - 1, clock_now());
}

static void closed(struct session *session)
{
    struct session_host *host = session->host;
    if (host == NULL)
        return;
    if (session->participant != NULL)
        read_what_is_left(session);
    if (session->newer != NULL)
        session->newer->older = session->older;
    else
        host->newest = session->older;
    if (session->older != NULL)
        session->older->newer = session->newer;
    else
        host->oldest = session->newer;
    host->count--;
    if (session->is_held)
        release(session);
    let_go(session);
    drop_queue(session);
    free_input(session);
    session->host = NULL;
}

static bool has_hung_up(const struct session *session)
{
    struct pollfd fd = {.fd = lws_get_socket_fd(session->wsi), .events = POLLRDHUP};
    return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* A message was held back; it is carried out as soon as the budget allows. A client that closed before it could join
 * does not join any more. */
static void check_held(struct session *session, usec_t now)
{
    session->heard_at = now; /* nothing is read from it, so it counts as alive */
    if (!pace_is_ready(&session->pace, &session->host->addresses, now))
        return;
    release(session);
    if (session->participant == NULL && has_hung_up(session)) {
        kill_socket(session);
        return;
    }
    carry_out(session, now);
    lws_rx_flow_control(session->wsi, 1);
}

void session_check(struct session *session, usec_t now)
{
    if (session->is_ending) {
        if (session->out_first != NULL && now - session->ended_at > SESSION_END_TIMEOUT)
            cut_off(session);
        return;
    }
    if (session->is_held)
        check_held(session, now);
    else if (now - session->heard_at > SESSION_SILENCE_MAX) {
        log_info(session->label, "its socket is dead");
        let_go(session);
        kill_socket(session);
    } else if (session->participant == NULL && now - session->opened_at > SESSION_JOIN_TIMEOUT) {
        session_end(session, LWS_CLOSE_STATUS_POLICY_VIOLATION);
    } else if (now - session->pinged_at >= SESSION_PING_INTERVAL) {
        session->pinged_at = now;
        session->ping_due = true;
        lws_callback_on_writable(session->wsi);
    }
}

int session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct session *session = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        opened(session, wsi);
        return session->host->is_stopping ? -1 : 0;
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
