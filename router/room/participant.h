/* One participant in a room: what it publishes, the slots it receives on, and its queue of output. Private to the core.
 */
#ifndef HEDDLE_ROUTER_ROOM_PARTICIPANT_H
#define HEDDLE_ROUTER_ROOM_PARTICIPANT_H

#include "router/base/core.h"
#include "router/choose/breaker.h"
#include "router/choose/downlink.h"
#include "router/in/publisher_clock.h"
#include "router/out/pacer.h"
#include "transport/base/map.h"
#include "transport/hop/history.h"
#include "transport/hop/twcc_recorder.h"

#define BYES_MAX 32
#define EGRESS_MAX 8192

struct publication;

struct participant {
    struct participant *next; /* in the room */
    struct room *room;
    struct router *router;
    uint64_t handle;
    char id[PARTICIPANT_ID_MAX + 1];
    bool is_ready;
    bool is_mirror;
    uint64_t elsewhere; /* workers as bits: where its mirrors are; of a mirror: its home */
    bool rtcp_reduced_size;
    struct publication *publications;
    struct history_account held; /* by the histories of its layers */
    struct slot *slots;
    struct map layers;     /* received media SSRC -> struct layer */
    struct map rtx_layers; /* received RTX SSRC -> struct layer */
    struct map slot_ssrcs; /* sent SSRC -> struct slot */
    struct map slot_mids;  /* key of the mid -> struct slot, of the slots that an m-line has */
    bool has_requests;     /* some slots have one that waits... */
    usec_t requests_at;    /* ...until then */
    struct timer timer;
    struct publisher_clock clock;
    struct twcc_recorder *twcc;
    struct downlink downlink;
    struct breaker breaker;
    uint32_t local_ssrc; /* of feedback */
    usec_t next_report, next_review;
    bool reports_due;
    /* Without media for a while it has no reports to write and nothing to look at, so its timer rests. */
    bool is_resting;
    uint64_t packets_before;
    usec_t busy_at;
    uint32_t byes[BYES_MAX];
    size_t bye_count;
    /* output */
    bool is_dirty;
    struct participant *dirty_next;
    struct egress *egress;
    size_t egress_count, egress_capacity;
    size_t egress_handed; /* the first ones: between participant_egress() and participant_sent() */
    struct pacer pacer;
    uint16_t transport_sequence;
    usec_t rtt; /* 0: not known */
    struct participant_stats stats;
};

struct participant *participant_new(struct room *room, const char *id, uint64_t handle, usec_t now);
void participant_free(struct participant *participant, usec_t now);
/* It has something to send: router_poll() will name it. */
void participant_mark(struct participant *participant);
void participant_wake_by(struct participant *participant, usec_t at);
/* Media moves, or something changed that may make it move. */
void participant_stir(struct participant *participant);
/* Sets the timer to the next thing to do. */
void participant_schedule(struct participant *participant);
void participant_timeout(struct participant *participant, usec_t now);
/* Its histories let go what is too old. */
void participant_expire(struct participant *participant, usec_t now);
/* Its histories let their older halves go. */
void participant_shrink(struct participant *participant);
/* A place at the end of the egress list; NULL when it is full (counted). */
struct egress *participant_add_egress(struct participant *participant);
/* The slot goes: what waits for it is let go. */
void participant_drop_egress(struct participant *participant, const struct slot *slot);
void participant_say_bye(struct participant *participant, uint32_t ssrc);
/* How long to wait between two resends of a packet to this participant: a NACK that comes earlier can't know of the
 * last one yet. */
usec_t participant_resend_spacing(const struct participant *participant);

#endif
