/* What signaling counts and measures: two structs, and a table of each. */
#ifndef HEDDLE_SIGNALING_SERVER_STATISTICS_H
#define HEDDLE_SIGNALING_SERVER_STATISTICS_H

#include "transport/base/statistic.h"
#include "transport/base/time.h"

struct signaling;

/* Everything that was refused, dropped or delayed by a limit. */
struct limit_counters {
    uint64_t connections_refused, connections_evicted, handshakes_refused, accept_pauses; /* admission.h, listener.h */
    uint64_t upgrades_refused, foreign_origins, answers_refused, answers_dropped, headers_unfinished,
        headers_refused;                                                            /* http_request.h */
    uint64_t messages_held, too_fast, too_large, sockets_cut_off, unfinished_ended; /* session.h */
    uint64_t target_busy, kept_refused, chat_dropped, events_refused, places_given_up, rooms_reserved, places_reserved,
        mixers_refused, recorders_refused, resumes_refused, pins_refused; /* room_types.h */
};

struct server_numbers {
    usec_t uptime;
    int64_t cpu_ns; /* of the calling thread, which is signaling's */
    size_t sockets, http_sessions, connections, connections_max, queued_bytes, kept_bytes;
    struct limit_counters limits;
};

/* On signaling's thread. */
void server_numbers_read(struct server_numbers *numbers, const struct signaling *signaling, usec_t now);

extern const struct statistic_table server_statistics; /* of struct server_numbers, without its limits */
extern const struct statistic_table limit_statistics;  /* of struct limit_counters */

#endif
