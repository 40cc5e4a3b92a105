/* The forwarding core of one worker: rooms, participants, publications, slots. Pure: RTP and RTCP plaintext and `now`
 * go in; packets to send, events and the next timeout come out. It opens no socket, reads no clock, calls nobody back.
 *
 *   router -> room -> participant -> publication -> layer (one received SSRC)
 *                                 -> slot                (one sent SSRC)
 *
 * A participant owns the publications it sends and the slots it receives on. A slot refers to a publication by its
 * subscription; when either goes, both sides let go. */
#ifndef HEDDLE_ROUTER_ROUTER_H
#define HEDDLE_ROUTER_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/bytes.h"
#include "transport/base/time.h"
#include "transport/wire/media.h"
#include "transport/wire/packet.h"

#define ROOM_NAME_MAX 64
#define PARTICIPANT_ID_MAX 32
#define SOURCE_MAX 16 /* "camera", "microphone", "screen" */
#define PACKET_PARTS_MAX 5
#define PUBLICATION_ID_MAX (PARTICIPANT_ID_MAX + 1 + SOURCE_MAX) /* "p7/camera" */
#define ROUTER_WORKERS_MAX 64                                    /* cores that one room may be spread over (mirror.h) */

struct router_config {
    size_t packet_limit;  /* pool size; 0: 65536 */
    usec_t history_age;   /* how long packets are kept for retransmission; 0: 600 ms */
    usec_t twcc_interval; /* 0: 50 ms */
    uint64_t start_bps;   /* what a subscriber's link is taken for until it is measured; 0: 600 kbit/s */
};

struct router;
struct participant;

struct router *router_new(const struct router_config *config, uint64_t seed);
void router_free(struct router *router); /* frees whatever is still in it; NULL is fine */

/* `handle` is the caller's number for the participant; it comes back in outputs, and in events also after it has left,
 * so it must not be a pointer to what may be gone by then. 0 is none. The room comes and goes with its participants.
 * ERR_DUPLICATE: the id is in the room already. */
int router_join(struct router *router, struct participant **out, const char *room, const char *id, uint64_t handle,
                usec_t now);
void router_leave(struct router *router, struct participant *participant, usec_t now);

/* What the participant sends on which m-line, and what it wants to see on which. */
struct router_send {
    char mid[MEDIA_MID_MAX + 1];
    char source[SOURCE_MAX + 1]; /* the publication is "<participant>/<source>" */
    bool muted;
};
struct router_receive {
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1]; /* need not exist yet: the slot shows it when it comes */
};

/* What the viewer wants to see on an m-line. */
struct router_want {
    char mid[MEDIA_MID_MAX + 1];
    char
        show[PUBLICATION_ID_MAX + 1]; /* for shared slots: a publication, "speaker" (whoever speaks), or "" (nothing) */
    uint16_t width, height;           /* pixels it is shown at; 0: not at all, and it costs nothing */
    uint8_t priority;                 /* the higher ones grow first */
};

/* After each negotiation: the whole truth, not a difference. M-lines that stayed keep their streams; publications and
 * slots that are no longer named end. */
void participant_configure(struct participant *participant, const struct media *media, size_t media_count,
                           const struct router_send *sends, size_t send_count, const struct router_receive *receives,
                           size_t receive_count, usec_t now);
/* A slot whose m-line `receives` does not name is shared: it shows what is wanted here. M-lines that are not named keep
 * what they had; of several for one m-line the last counts. Taken up at once, or within 50 ms of the last time. */
void participant_receive(struct participant *participant, const struct router_want *wants, size_t count, usec_t now);
/* Path and keys are up (or gone): nothing is queued for a participant that is not ready. */
void participant_set_ready(struct participant *participant, bool ready, usec_t now);
/* A muted publication is not forwarded; unmuting asks for a keyframe. */
int participant_mute(struct participant *participant, const char *source, bool muted, usec_t now);

/* Plaintext in. Bad input is counted and dropped; the error says why. */
int participant_rtp(struct participant *participant, const uint8_t *data, size_t length, usec_t now);
int participant_rtcp(struct participant *participant, const uint8_t *data, size_t length, usec_t now, int64_t wall_us);

usec_t router_next(const struct router *router);
void router_timeout(struct router *router, usec_t now, int64_t wall_us);

/* One packet on its way to one participant: shared bytes, and how this receiver's copy differs. */
struct rewrite {
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t sequence;
    uint8_t payload_type;
    bool marker;
    bool is_retransmission; /* RTX: `original_sequence` goes before the payload */
    uint16_t original_sequence;
    uint8_t patch_length; /* the payload's first bytes are replaced by `patch` (payload descriptors)... */
    uint8_t patch_covers; /* ...which stand for this many bytes of the original */
    uint8_t patch[24];
    bool has_frame_number; /* of the dependency descriptor, which is copied otherwise */
    uint16_t frame_number;
    uint8_t padding; /* RTP padding to add: 0..255 bytes, the count byte included */
};
struct egress {
    struct packet *packet; /* NULL: padding only */
    struct slot *slot;
    struct rewrite rewrite;
    int probe_cluster; /* 0: none */
};

/* One receiver's copy of a packet, not in one piece yet: header and pieces of payload. Borrows the item and its packet.
 */
struct packet_image {
    uint8_t header[384]; /* with CSRCs and extensions */
    size_t header_length;
    struct span parts[PACKET_PARTS_MAX];
    size_t part_count;
    size_t length; /* of all */
    uint8_t original_sequence[2];
    uint8_t padding; /* 0: none */
};
/* Adds RTP padding, which is the last part; once. The image must not move afterwards. */
void packet_image_pad(struct packet_image *image, uint8_t padding);

bool router_has_output(const struct router *router);

/* Draining: for each participant with output, its RTCP and its packets. */
struct participant *router_poll(struct router *router); /* NULL: nothing more to send */
uint64_t participant_handle(const struct participant *participant);
const char *participant_id(const struct participant *participant);
/* The next compound RTCP packet; 0: none. */
size_t participant_poll_rtcp(struct participant *participant, uint8_t *out, size_t capacity);
/* The packets that may go out now, in order. They stay valid until participant_sent(), which must follow; what has to
 * wait for its time comes with a later router_poll(). */
size_t participant_egress(struct participant *participant, const struct egress **items, usec_t now);
/* An item's packet. It takes a transport-wide sequence number, so call it once an item and send the result.
 * ERR_NO_SPACE: too large, counted. */
int participant_image(struct participant *participant, const struct egress *item, struct packet_image *image,
                      usec_t now);
/* The same in one piece. Returns the length, 0 for none; `out` needs PACKET_CAPACITY. */
size_t participant_write(struct participant *participant, const struct egress *item, uint8_t *out, usec_t now);
void participant_sent(struct participant *participant, usec_t now);

/* What signaling must hear. */
enum router_event_type {
    ROUTER_EVENT_SPEAKERS, /* room, and the speaking participants' ids in `text`, space-separated, loudest first */
    ROUTER_EVENT_SLOTS,    /* a shared slot changed: participant handle, mid, publication ("" : empty), state */
    ROUTER_EVENT_LAYERS,   /* ask a publisher: participant handle, source, active layers as bits (lowest = 1) */
};
struct router_event {
    enum router_event_type type;
    char room[ROOM_NAME_MAX + 1];
    uint64_t handle;
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1];
    char text[512];
    unsigned active_layers;
};
bool router_poll_event(struct router *router, struct router_event *event);

/* Accounting. Counters since the participant joined. */
struct direction_stats {
    uint64_t packets, bytes, retransmissions, lost;
};
struct participant_stats {
    struct direction_stats in, out; /* media, as plaintext RTP */
    uint64_t nacks_in, nacks_out, plis_in, plis_out;
    uint64_t unknown_ssrc, unknown_payload, bad_packets, egress_drops;
    uint64_t report_timeouts; /* so often video was stopped because the receiver sent no RTCP */
    usec_t rtt;
    uint64_t estimate_bps;
};
void participant_get_stats(const struct participant *participant, struct participant_stats *stats);

struct publication_stats {
    char id[PUBLICATION_ID_MAX + 1];
    enum media_kind kind;
    enum codec codec;
    bool muted;
    uint64_t packets, bytes, lost, keyframes, keyframe_requests;
    double jitter_ms;
    unsigned subscribers; /* on all workers */
    size_t layer_count;
    uint64_t layer_bps[MEDIA_ENCODINGS_MAX]; /* as they come in; as last heard while the layer is paused */
    unsigned asked_layers;                   /* bits: those that are watched, lowest first */
};
struct slot_stats {
    char mid[MEDIA_MID_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1];
    uint64_t packets, bytes, retransmissions;
    double loss; /* 0..1, the receiver's last report */
    usec_t rtt;
    const char *state;      /* "live", "paused", "muted" */
    const char *reason;     /* why it is paused: "hidden", "bandwidth", "no-reports" (from the receiver); else "" */
    int layer;              /* forwarded now; -1: none yet */
    int spatial, temporal;  /* 7: all */
    uint16_t width, height; /* as the viewer shows it; 0: as large as there is */
};
/* Each fills at most `capacity` and returns how many. */
size_t participant_publications(const struct participant *participant, struct publication_stats *stats,
                                size_t capacity);
size_t participant_slots(const struct participant *participant, struct slot_stats *stats, size_t capacity);

struct router_stats {
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    size_t rooms, participants, mirrors, publications, slots, packets_held; /* publications: not those of mirrors */
    size_t packet_memory_bytes; /* of packets, held or ready to be used again */
    /* At the packet limit: how often who held most let old packets go, and packets that found no place all the same. */
    uint64_t memory_evictions, memory_drops;
};
void router_get_stats(const struct router *router, struct router_stats *stats);

#endif
