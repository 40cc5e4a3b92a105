#include "router/worker/statistic_tables.h"

#include "router/worker/worker_types.h"

#define COUNTER(name, field, unit, help) STATISTIC(COUNTER, name, struct STRUCT, field, 0, unit, help)
#define GAUGE(name, field, unit, help) STATISTIC(GAUGE, name, struct STRUCT, field, 0, unit, help)
#define GAUGE_MS(name, field, help) STATISTIC(GAUGE, name, struct STRUCT, field, 1000, "ms", help)
#define CPU_MS(name, field, help) STATISTIC(COUNTER, name, struct STRUCT, field, 1000000, "ms", help)

#define STRUCT worker_stats
static const struct statistic worker_rows[] = {
    CPU_MS("cpu_ms", cpu_ns, "CPU time of the worker's thread"),
    GAUGE("connections", connection_count, "connections", "connections of participants"),
    GAUGE("rooms", router.rooms, "rooms", "rooms with participants on this worker"),
    GAUGE("relayed_publishers", router.relayed_publishers, "participants",
          "publishers that are relayed from other workers"),
    GAUGE("publications", router.publications, "publications", "what participants of this worker publish"),
    GAUGE("slots", router.slots, "slots", "m-lines on which something is forwarded"),
    COUNTER("packets_in", router.packets_in, "packets", "media packets received"),
    COUNTER("packets_out", router.packets_out, "packets", "media packets sent"),
    COUNTER("bytes_in", router.bytes_in, "bytes", "media received"),
    COUNTER("bytes_out", router.bytes_out, "bytes", "media sent"),
    GAUGE("packets_held", router.packets_held, "packets", "packets kept for retransmission, or being sent"),
    GAUGE("packet_memory_bytes", router.packet_memory_bytes, "bytes", "memory of packets, in use or free for reuse"),
    COUNTER("memory_evictions", router.memory_evictions, "times", "older packets made room for new ones"),
    COUNTER("memory_drops", router.memory_drops, "packets", "there was no room for them"),
    COUNTER("datagrams_in", datagrams_in, "datagrams", "datagrams received"),
    COUNTER("datagrams_out", datagrams_out, "datagrams", "datagrams sent"),
    COUNTER("messages_out", messages_out, "messages", "datagrams of one participant handed to the system together"),
    COUNTER("receive_calls", receive_calls, "calls", "system calls that received datagrams"),
    COUNTER("send_calls", send_calls, "calls", "system calls that sent datagrams"),
    COUNTER("relayed_in", router.relayed_in, "messages", "messages from other workers"),
    COUNTER("relayed_out", router.relayed_out, "messages", "messages to other workers"),
    COUNTER("relay_bad", router.relay_bad, "messages", "malformed messages from other workers"),
    COUNTER("relay_lost", router.relay_lost, "messages", "lost since the other worker was too slow"),
    COUNTER("malformed", malformed, "datagrams", "malformed, or of no known address"),
    COUNTER("bad_checks", bad_checks, "datagrams", "ICE checks without the right password"),
    COUNTER("path_proofs", path_proofs, "datagrams", "answers to the router's own ICE checks"),
    COUNTER("bad_answers", bad_answers, "datagrams", "such answers not asked for, or without the right password"),
    COUNTER("withheld", withheld, "datagrams", "not sent, since their path was not proven"),
    COUNTER("checks_over_budget", checks_over_budget, "datagrams", "ICE checks that came too fast"),
    COUNTER("datagrams_over_budget", datagrams_over_budget, "datagrams", "datagrams that came too fast"),
    COUNTER("rtcp_over_budget", rtcp_over_budget, "datagrams", "RTCP of one participant that came too fast"),
    COUNTER("data_errors", data_errors, "frames", "of data channels, malformed"),
    COUNTER("dtls_dropped", dtls_dropped, "datagrams", "dropped: too many of data channels waited"),
    COUNTER("socket_drops", socket_drops, "datagrams", "dropped by the kernel, since the worker was too slow"),
    COUNTER("tcp_accepted", tcp_accepted, "streams", "TCP streams that were accepted"),
    COUNTER("tcp_bad_frames", tcp_bad_frames, "streams", "closed, since a frame was malformed"),
    COUNTER("tcp_unproven", tcp_unproven, "streams", "closed or refused without a valid ICE check"),
    COUNTER("tcp_pauses", tcp_pauses, "times", "no file descriptor was left for another stream"),
    COUNTER("srtp_errors", srtp_errors, "packets", "packets with a wrong key, or replayed"),
    COUNTER("dtls_errors", dtls_errors, "errors", "DTLS that failed"),
};
const struct statistic_table worker_statistics = STATISTIC_TABLE(worker_rows);
#undef STRUCT

#define STRUCT connection_stats
static const struct statistic connection_rows[] = {
    CPU_MS("cpu_ms", cpu_ns, "CPU time spent for this participant"),
    GAUGE_MS("rtt_ms", totals.rtt, "round trip time"),
    GAUGE("estimate_bps", totals.estimate_bps, "bit/s", "estimated rate of the link to it; 0: not measured"),
    COUNTER("nacks_in", totals.nacks_in, "packets", "requests for lost packets that came"),
    COUNTER("nacks_out", totals.nacks_out, "packets", "requests for lost packets that were sent"),
    COUNTER("plis_in", totals.plis_in, "requests", "requests for keyframes that came"),
    GAUGE("plis_out", totals.plis_out, "requests", "requests for keyframes of its present publications"),
    COUNTER("unknown_ssrc", totals.unknown_ssrc, "packets", "dropped, of a stream that was not announced"),
    COUNTER("unknown_payload", totals.unknown_payload, "packets", "dropped, of a payload type that was not agreed on"),
    COUNTER("bad_packets", totals.bad_packets, "packets", "dropped, since they are malformed"),
    COUNTER("egress_drops", totals.egress_drops, "packets", "not sent, since its link was too slow for them"),
    COUNTER("report_timeouts", totals.report_timeouts, "times", "video stopped, since the receiver sent no RTCP"),
    COUNTER("reports_withheld", totals.reports_withheld, "reports",
            "sender reports not passed on to it: they contradict when the media came"),
    COUNTER("keyframes_refused", totals.keyframes_refused, "requests", "keyframe requests over the viewer's budget"),
    COUNTER("over_budget", totals.over_budget, "packets", "more audio, frames or feedback than anybody needs"),
    COUNTER("data_in", totals.data_in, "messages", "of its data channel"),
    COUNTER("data_refused", totals.data_refused, "messages", "of its data channel, which it was told"),
    COUNTER("data_out", totals.data_out, "messages", "queued for its data channel"),
    COUNTER("data_drops", totals.data_drops, "messages",
            "not queued, since it reads too slowly; reliable ones come again"),
    GAUGE("nacks_held", totals.nacks_held, "times", "requests for lost packets that were delayed"),
};
const struct statistic_table connection_statistics = STATISTIC_TABLE(connection_rows);
#undef STRUCT

#define STRUCT direction_stats
static const struct statistic direction_rows[] = {
    COUNTER("packets", packets, "packets", "media packets"),
    COUNTER("bytes", bytes, "bytes", "media, as RTP before encryption"),
    COUNTER("retransmissions", retransmissions, "packets", "sent again after a loss"),
    GAUGE("lost", lost, "packets", "lost on present streams; falls when a late packet comes"),
};
const struct statistic_table direction_statistics = STATISTIC_TABLE(direction_rows);
#undef STRUCT

#define STRUCT publication_stats
static const struct statistic publication_rows[] = {
    COUNTER("packets", packets, "packets", "packets that came"),
    COUNTER("bytes", bytes, "bytes", "media that came"),
    GAUGE("lost", lost, "packets", "missing; falls when a late packet comes"),
    COUNTER("keyframes", keyframes, "frames", "keyframes that came"),
    COUNTER("keyframe_requests", keyframe_requests, "requests", "keyframes that the publisher was asked for"),
    GAUGE("jitter_ms", jitter_ms, "ms", "interarrival jitter (RFC 3550)"),
    GAUGE("subscribers", subscribers, "slots", "slots that show it, on all workers"),
};
const struct statistic_table publication_statistics = STATISTIC_TABLE(publication_rows);
#undef STRUCT

static const struct statistic encoding_rows[] = {
    {"bps", "received rate; while it is paused, the last one", "bit/s", STATISTIC_GAUGE, STATISTIC_U64, 0, 0},
};
const struct statistic_table encoding_statistics = STATISTIC_TABLE(encoding_rows);

#define STRUCT slot_stats
static const struct statistic slot_rows[] = {
    GAUGE("encoding", encoding, "", "encoding that is forwarded; -1: none yet"),
    GAUGE("spatial", spatial, "", "highest spatial layer that is forwarded; 7: all"),
    GAUGE("temporal", temporal, "", "highest temporal layer that is forwarded; 7: all"),
    GAUGE("width", width, "pixels", "as the viewer shows it; 0: not limited"),
    GAUGE("height", height, "pixels", "as the viewer shows it; 0: not limited"),
    COUNTER("packets", packets, "packets", "packets sent"),
    COUNTER("bytes", bytes, "bytes", "media sent"),
    COUNTER("retransmissions", retransmissions, "packets", "sent again after a loss"),
    GAUGE("loss", loss, "fraction", "lost, by the receiver's last report"),
    GAUGE_MS("rtt_ms", rtt, "round trip time, by the receiver's last report"),
};
const struct statistic_table slot_statistics = STATISTIC_TABLE(slot_rows);
