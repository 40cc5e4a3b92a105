#include "router/worker/data_turns.h"

#include "router/worker/ring.h"
#include "transport/net/clock.h"

#define WAITING_MAX (1u << 20)                  /* bytes; SCTP takes what is lost for a full link */
#define TURN_NS (USEC_PER_MSEC * INT64_C(1000)) /* each way */

void data_turns_init(struct data_turns *turns, struct connection_host *host)
{
    *turns = (struct data_turns){.host = host};
    host->dtls_waiting = ring_new(WAITING_MAX);
}

void data_turns_fini(struct data_turns *turns)
{
    ring_free(turns->host->dtls_waiting);
    turns->host->dtls_waiting = NULL;
}

void data_turns_receive(struct data_turns *turns, usec_t now)
{
    struct connection_host *host = turns->host;
    int64_t end = clock_now_ns() + TURN_NS;
    const uint8_t *record;
    size_t length;
    while ((record = ring_front(host->dtls_waiting, &length)) != NULL && clock_now_ns() < end) {
        connection_serve(host, record, length, now);
        ring_take(host->dtls_waiting);
    }
}

void data_turns_send(struct data_turns *turns, usec_t now)
{
    struct connection_host *host = turns->host;
    int64_t end = clock_now_ns() + TURN_NS;
    if (turns->sent_at + turns->wait > now)
        return;
    while (host->due.first != NULL && clock_now_ns() < end)
        connection_send_data(host->due.first);
    if (host->due.first == NULL) /* else the rest goes at the next turn */
        turns->sent_at = now;
}

usec_t data_turns_next(const struct data_turns *turns)
{
    size_t length;
    if (ring_front(turns->host->dtls_waiting, &length) != NULL)
        return 0;
    return turns->host->due.first != NULL ? turns->sent_at + turns->wait : USEC_NEVER;
}
