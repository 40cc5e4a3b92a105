#include "signaling/server_statistics.h"

#include "signaling/room/room.h"
#include "signaling/signaling.h"
#include "transport/net/clock.h"

void server_numbers_read(struct server_numbers *numbers, const struct signaling *signaling, usec_t now)
{
    const struct session_counters *sockets = &signaling->sockets.counters;
    const struct http_counters *http = &signaling->http.counters;
    const struct rooms_counters *rooms = rooms_get_counters(signaling->rooms);
    *numbers = (struct server_numbers){
        .uptime = now - signaling->started_at,
        .cpu_ns = clock_thread_cpu_ns(),
        .sockets = signaling->sockets.count,
        .http_sessions = signaling->whip.sessions.by_id.count,
        .connections = signaling->front.admission.total,
        .connections_max = signaling->front.admission.limits.total,
        .queued_bytes = signaling->sockets.texts.bytes,
        .kept_bytes = rooms_kept_bytes(signaling->rooms),
        .limits =
            {
                .connections_refused = signaling->front.admission.refused,
                .connections_evicted = signaling->front.admission.evicted,
                .handshakes_refused = signaling->front.handshakes_refused,
                .accept_pauses = signaling->front.listener.pauses,
                .upgrades_refused = http->upgrades_refused,
                .foreign_origins = http->foreign_origins,
                .answers_refused = http->answers_refused,
                .answers_dropped = http->answers_dropped,
                .headers_unfinished = http->headers_unfinished,
                .headers_refused = http->headers_refused,
                .messages_held = sockets->messages_held,
                .too_fast = sockets->too_fast,
                .too_large = sockets->too_large,
                .sockets_cut_off = sockets->sockets_cut_off,
                .unfinished_ended = sockets->unfinished_ended,
                .target_busy = rooms->target_busy,
                .kept_refused = rooms->kept_refused,
                .chat_dropped = rooms->chat_dropped,
                .events_refused = rooms->events_refused,
                .places_given_up = rooms->places_given_up,
                .rooms_reserved = rooms->rooms_reserved,
                .places_reserved = rooms->places_reserved,
                .mixers_refused = rooms->mixers_refused,
                .recorders_refused = rooms->recorders_refused,
                .resumes_refused = rooms->resumes_refused,
                .pins_refused = rooms->pins_refused,
            },
    };
}

#define GAUGE(name, field, divisor, unit, help)                                                                        \
    STATISTIC(GAUGE, name, struct server_numbers, field, divisor, unit, help)
#define COUNTER(name, field, divisor, unit, help)                                                                      \
    STATISTIC(COUNTER, name, struct server_numbers, field, divisor, unit, help)
static const struct statistic server_rows[] = {
    GAUGE("uptime_s", uptime, 1000000, "s", "time since the start"),
    GAUGE("sockets", sockets, 0, "connections", "open WebSockets"),
    GAUGE("http_sessions", http_sessions, 0, "sessions", "participants by WHIP and WHEP"),
    GAUGE("connections", connections, 0, "connections", "open connections, HTTP and WebSockets"),
    GAUGE("connections_max", connections_max, 0, "connections", "most connections that may be open"),
    GAUGE("queued_bytes", queued_bytes, 0, "bytes", "messages that wait to be sent"),
    GAUGE("kept_bytes", kept_bytes, 0, "bytes", "messages kept for participants that are away"),
    COUNTER("signaling_cpu_ms", cpu_ns, 1000000, "ms", "CPU time of the signaling thread"),
};
const struct statistic_table server_statistics = STATISTIC_TABLE(server_rows);

#define LIMIT(name, unit, help) STATISTIC(COUNTER, #name, struct limit_counters, name, 0, unit, help)
static const struct statistic limit_rows[] = {
    LIMIT(connections_refused, "connections", "connections for which there was no place"),
    LIMIT(connections_evicted, "connections", "idle connections that made room for others"),
    LIMIT(handshakes_refused, "connections", "TLS of addresses that keep signaling too busy"),
    LIMIT(accept_pauses, "times", "no file descriptor was left for another connection"),
    LIMIT(upgrades_refused, "requests", "WebSockets that were refused"),
    LIMIT(foreign_origins, "requests", "requests of pages of another origin"),
    LIMIT(answers_refused, "requests", "answered 503: too many answers wait already"),
    LIMIT(answers_dropped, "connections", "closed: they did not read, and others wanted answers"),
    LIMIT(headers_unfinished, "requests", "answered 408: their headers or their body were not complete"),
    LIMIT(headers_refused, "requests", "answered 431: their headers were too large"),
    LIMIT(messages_held, "messages", "delayed until their sender's budget allowed them"),
    LIMIT(too_fast, "sockets", "closed, since they sent too much"),
    LIMIT(too_large, "sockets", "closed for too large a message"),
    LIMIT(sockets_cut_off, "sockets", "closed, since they read too slowly"),
    LIMIT(unfinished_ended, "sockets", "closed: unfinished messages took too much memory"),
    LIMIT(target_busy, "messages", "to a participant that reads too slowly"),
    LIMIT(kept_refused, "messages", "not kept for a participant that is away"),
    LIMIT(chat_dropped, "messages", "copies of chat messages that were not sent"),
    LIMIT(events_refused, "events", "reported events too long to be stored"),
    LIMIT(places_given_up, "participants", "participants that were away and made room for others"),
    LIMIT(rooms_reserved, "rooms", "refused to an address that made more than half"),
    LIMIT(places_reserved, "participants", "refused to an address that has more than half of a room"),
    LIMIT(mixers_refused, "rooms", "got no mixer: too many run, or their address started too many"),
    LIMIT(recorders_refused, "rooms", "got no recorder: too many run, or their address started too many"),
    LIMIT(resumes_refused, "sockets", "closed: their participant was resumed too often"),
    LIMIT(pins_refused, "messages", "of participants that change the topology: too many just now"),
};
const struct statistic_table limit_statistics = STATISTIC_TABLE(limit_rows);
