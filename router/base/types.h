/* Input and output of the core besides packets: names, results of negotiation, events, statistics. */
#ifndef HEDDLE_ROUTER_BASE_TYPES_H
#define HEDDLE_ROUTER_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/names.h"
#include "transport/base/time.h"
#include "transport/wire/media.h"

#define ROOM_NAME_MAX 64
#define RELAY_ENDPOINTS_MAX 64 /* where one participant may be relayed to (router/relay.h) */

struct router_config {
    size_t packet_limit;  /* pool size; 0: 65536 */
    usec_t history_age;   /* how long packets are kept for retransmission; 0: 600 ms */
    usec_t twcc_interval; /* 0: 50 ms */
    uint64_t start_bps;   /* assumed of a subscriber's link until it is measured; 0: 600 kbit/s */
};

/* What the participant sends on which m-line, and what it asked to see on which. */
struct router_send {
    char mid[MEDIA_MID_MAX + 1];
    char source[SOURCE_MAX + 1]; /* the publication is "<participant>/<source>" */
    bool muted;
};
struct router_receive {
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1]; /* need not exist yet: the slot shows it as soon as it does */
};

/* Where a participant is relayed to: different numbers, whose meaning is the caller's. */
struct relay_endpoints {
    size_t count;
    uint16_t numbers[RELAY_ENDPOINTS_MAX];
};

#define SHOW_SPEAKER "speaker" /* who speaks */
#define SHOW_MIX "mix"         /* what the room's mixer makes of all, whichever mixer that is */

/* What the viewer asks to see on an m-line. */
struct router_request {
    char mid[MEDIA_MID_MAX + 1];
    /* For shared slots: a publication, SHOW_SPEAKER, SHOW_MIX, or "" (nothing). */
    char show[PUBLICATION_ID_MAX + 1];
    uint16_t width, height; /* pixels that it is shown with; 0: it is hidden and nothing is sent */
    uint8_t priority;       /* higher ones get bandwidth first */
    bool keeps_show;        /* `show` is not given: it stays as requested before */
};

/* Whether a slot can show its publication, and why not. Messages between threads and processes carry these numbers: a
 * new state gets a new one, and none is used again. */
enum slot_state {
    SLOT_LIVE = 0, /* also while it waits for a keyframe */
    SLOT_MUTED = 1,
    SLOT_PAUSED_HIDDEN = 2,
    SLOT_PAUSED_BANDWIDTH = 3,
    SLOT_PAUSED_NO_REPORTS = 4,   /* from the receiver */
    SLOT_UNSUPPORTED_CODEC = 5,   /* the receiver did not negotiate what is sent... */
    SLOT_UNSUPPORTED_PROFILE = 6, /* ...but other profiles of that codec */
};

static inline bool slot_state_is_unsupported(enum slot_state state)
{
    return state == SLOT_UNSUPPORTED_CODEC || state == SLOT_UNSUPPORTED_PROFILE;
}

/* From a message. False: there is no such state. */
static inline bool slot_state_from_number(unsigned number, enum slot_state *state)
{
    bool is_known = number <= SLOT_UNSUPPORTED_PROFILE;
    *state = is_known ? (enum slot_state)number : SLOT_LIVE;
    return is_known;
}

/* Events for signaling. */
enum router_event_type {
    ROUTER_EVENT_SPEAKERS,  /* room, and the speaking participants' ids in `text`, space-separated, loudest first */
    ROUTER_EVENT_SLOTS,     /* a shared slot changed: connection, mid, publication ("": empty), state, codec */
    ROUTER_EVENT_ENCODINGS, /* the publisher should send these: connection, source, encodings as bits (first = 1) */
};
struct router_event {
    enum router_event_type type;
    char room[ROOM_NAME_MAX + 1];
    uint64_t connection;
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1];
    char text[512];
    enum slot_state slot_state;
    enum codec codec;     /* of what the slot receives; CODEC_NONE: nothing yet */
    uint8_t payload_type; /* the publisher's, MEDIA_PAYLOAD_TYPE_NONE without a codec */
    unsigned asked_encodings;
};

/* Accounting. Counters since the participant joined. */
struct direction_stats {
    uint64_t packets, bytes, retransmissions, lost;
};
struct participant_stats {
    struct direction_stats in, out; /* media, as plaintext RTP */
    uint64_t nacks_in, nacks_out, plis_in, plis_out;
    uint64_t nacks_held;        /* how often NACKs were delayed, so that an overload does not get worse */
    uint64_t keyframes_refused; /* keyframe requests over one viewer's budget for a publisher */
    uint64_t unknown_ssrc, unknown_payload, bad_packets, egress_drops;
    /* Dropped: audio packets and frames, because an encoding has more than any encoder makes; feedback on more packets
     * than any link carries. */
    uint64_t over_budget;
    uint64_t reports_withheld; /* sender reports not written to it: they contradict when the media came */
    uint64_t report_timeouts;  /* how often video was stopped because the receiver sent no RTCP */
    /* Messages of data channels: from it, refused (their sender was told), to it, and not queued for it, since it reads
     * too slowly. */
    uint64_t data_in, data_refused, data_out, data_drops;
    usec_t rtt;
    uint64_t estimate_bps;
};

struct publication_stats {
    char id[PUBLICATION_ID_MAX + 1];
    enum media_kind kind;
    enum codec codec;
    bool muted;
    uint64_t packets, bytes, lost, keyframes, keyframe_requests;
    double jitter_ms;
    unsigned subscribers; /* on all workers */
    size_t encoding_count;
    uint64_t encoding_bps[MEDIA_ENCODINGS_MAX]; /* as received; while the encoding is paused, as received last */
    unsigned asked_encodings;                   /* bits, in the order of the offer: what the publisher was asked for */
};
struct slot_stats {
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1];
    uint64_t packets, bytes, retransmissions;
    double loss; /* 0..1, the receiver's last report */
    usec_t rtt;
    enum slot_state state;
    enum codec codec;       /* of what it receives; CODEC_NONE: nothing yet */
    int encoding;           /* forwarded now; -1: none yet */
    int spatial, temporal;  /* 7: all */
    uint16_t width, height; /* as the viewer shows it; 0: not limited */
};

struct router_stats {
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    /* Participants and publications without those relayed to this core. */
    size_t rooms, participants, relayed_publishers, publications, slots, packets_held;
    uint64_t relayed_in, relayed_out; /* messages from other cores, and to them */
    uint64_t relay_bad;  /* messages from other cores that were malformed, or about a participant that is not theirs */
    uint64_t relay_lost; /* media that an endpoint did not take */
    size_t packet_memory_bytes; /* of packets in use, or free for reuse */
    /* At the packet limit: how often the publisher that held most packets had to free old ones, and how many packets
     * were dropped all the same. */
    uint64_t memory_evictions, memory_drops;
};

#endif
