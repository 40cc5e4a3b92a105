/* One sent SSRC of a subscriber: what it shows, and the state for sending that as one continuous stream. Private to the
 * core.
 *
 *   idle         no publication            -> waiting      publication comes
 *   waiting      `encoding` is none        -> forwarding   a keyframe of the target (audio: any packet)
 *   forwarding   `encoding` is forwarded   -> forwarding   a keyframe of another target: switch
 *                                          -> waiting      muted, too large a gap
 *   any                                    -> idle         publication goes
 *
 * What viewers are told (slot_state()) is another thing: why nothing can come, or SLOT_LIVE.
 *
 * Its parts: slot_forward.c (the way of a packet), slot_clock.c (timestamps), slot_resend.c (what goes out on RTX),
 * slot_keyframes.c (when one is requested), slot_state.c (what viewers are told). */
#ifndef HEDDLE_ROUTER_OUT_SLOT_H
#define HEDDLE_ROUTER_OUT_SLOT_H

#include "router/in/encoding.h"
#include "router/out/frame_choice.h"
#include "router/out/rewriter.h"
#include "router/out/subscriber.h"
#include "router/out/unrepaired_loss.h"
#include "transport/hop/send_stream.h"

#define NACKED_MAX 64
#define FILLED_MAX 32

struct slot {
    struct slot *next;                      /* of the subscriber */
    char requested[PUBLICATION_ID_MAX + 1]; /* by name; "": nothing, or the speaker */
    struct {
        bool is_waiting; /* the viewer's last request is not applied yet */
        bool has_show;
        char show[PUBLICATION_ID_MAX + 1];
        uint16_t width, height;
        uint8_t priority;
    } request;
    bool is_shared;       /* the viewer chooses by `receive` what it shows, and is told its state */
    bool follows_speaker; /* then it shows the active speaker */
    bool is_double;       /* another slot already shows what was requested */
    bool is_named;        /* an m-line has it */
    bool report_due;
    struct {
        uint32_t encoding, occasion; /* the encoding's id and its gate's count; 0: none */
    } keyframe_request;              /* the keyframe that it requested last; the gate repeats requests */
    usec_t keyframe_sent;            /* when the last keyframe began to be sent */
    struct {
        uint16_t sequences[NACKED_MAX];
        unsigned count;
        usec_t at;
        uint16_t filled[FILLED_MAX]; /* the latest ones; a ring */
        unsigned fills;
    } nacked;                          /* the last NACK; these may still be missing */
    struct unrepaired_loss unrepaired; /* what the receiver has lost */
    /* What the viewer asked for... */
    bool is_hidden;
    uint16_t width, height; /* pixels; 0: as large as there is */
    uint8_t priority;
    /* ...and what its link allows. */
    struct quality limit;
    bool is_paused;      /* hidden, or nothing fits */
    bool is_unsupported; /* the receiver did not negotiate what it would be sent; as told last */
    /* Where the timestamps of the rewriter come from. */
    int aligned_encoding;
    uint8_t aligned_generation;
    uint16_t rtx_sequence;
    uint64_t retransmissions, unmatched;
    /* From the end of `media` on it is read for each packet, and so kept together. */
    struct media media;
    bool mid_is_known; /* the receiver has reported on our SSRC */
    struct subscriber *subscriber;
    struct egress_queue *egress;                    /* the subscriber's: where its packets go */
    struct publication *publication;                /* NULL: idle */
    const struct media_codec *source_codec, *codec; /* the publisher's, and the receiver's one for it */
    const struct media_codec *inside_codec; /* of a wrapper (RED): the receiver's one for what is inside; or NULL */
    int encoding, target;                   /* indices; ENCODING_NONE: none */
    struct frame_choice choice;             /* of the encoding's frames */
    struct rewriter rewriter;
    uint64_t packets, bytes;
    struct send_stream stream;
};

struct slot *slot_new(struct subscriber *subscriber, const struct media *media);
/* Its publication has been taken from it before. */
void slot_free(struct slot *slot);
void slot_set_media(struct slot *slot, const struct media *media);
/* Another publication, or none: the slot starts again. For choose/subscription.c only. */
void slot_set_publication(struct slot *slot, struct publication *publication);
/* Stops until a keyframe (audio: the next packet). */
void slot_await_keyframe(struct slot *slot);
/* The rank of the encoding that it shows; ENCODING_NONE: it shows none. */
int slot_rank(const struct slot *slot);
/* Whether the receiver can decode the encoding, if it gets a keyframe. */
bool slot_can_decode(struct slot *slot, const struct encoding *encoding);
/* What may be forwarded of an encoding. */
struct quality slot_limit_of(const struct slot *slot, const struct encoding *encoding);
/* Checks again whether the receiver can decode the publication's codec (before any packet: the negotiated ones), and
 * tells the viewer if that has changed. */
void slot_review_support(struct slot *slot);
/* What the viewer is told of it, and an event that tells it. */
enum slot_state slot_state(const struct slot *slot);
void slot_announce(const struct slot *slot);
/* Begins to show the encoding with its last keyframe and all that followed, if the slot has shown nothing yet, and
 * these are at hand (encoding_recent_keyframe()). False: it has to wait for a keyframe. */
bool slot_begin(struct slot *slot, const struct encoding *encoding, usec_t now);
/* Whether the viewer is sent what a wrapper (RED) carries, without the wrapper: its link loses nothing. (Only behind a
 * gap it gets the whole packet, which has what was lost on the way to the router.) */
bool slot_unwraps(const struct slot *slot, usec_t now);
/* A packet of its publication. False: too much is missing before it, and the slot must choose again. */
bool slot_forward(struct slot *slot, const struct encoding *encoding, struct packet *packet,
                  const struct ingested *ingested, usec_t now);
/* A packet of its publication that is forwarded to nobody: no gap is left for it. */
void slot_skip(struct slot *slot, const struct encoding *encoding, const struct packet *packet, int64_t in, usec_t now);
/* The receiver misses these: sends again what it has and may. Returns how many of these numbers had been sent at all;
 * the others are gaps that the slot left, and no loss of the link. */
unsigned slot_nacked(struct slot *slot, const uint16_t *sequences, size_t count, usec_t now);
/* Requests a keyframe of an encoding of its publication. Each keyframe that it waits for is charged once to the
 * viewer's budget. */
void slot_request_keyframe(struct slot *slot, struct encoding *encoding, usec_t now);
/* The receiver asks for one. */
void slot_keyframe_requested(struct slot *slot, usec_t now);
/* A receiver report on it came: if the receiver has lost packets for good and sends no PLI, it gets a keyframe. */
void slot_reported(struct slot *slot, usec_t now);
/* Whether padding for probes may be sent on its RTX stream; sends one packet of it and returns its size on the wire. */
bool slot_can_pad(const struct slot *slot);
size_t slot_send_padding(struct slot *slot, int cluster);
/* A sender report for `now`, which is `wall_us`; false while the publisher's clock is not known, or when what the
 * publisher says of it contradicts when its media came. */
bool slot_sender_info(const struct slot *slot, struct rtcp_sender_info *info, usec_t now, int64_t wall_us);

#endif
