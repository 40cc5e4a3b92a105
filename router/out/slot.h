/* One sent SSRC of a subscriber: what it shows, and the state that makes that one continuous stream. Private to the
 * core.
 *
 *   idle      no publication                        -> waiting   publication comes
 *   waiting   `layer` is none                       -> live      a keyframe of the target (audio: any packet)
 *   live      `layer` is forwarded                  -> live      a keyframe of another target: switch
 *                                                   -> waiting   muted, too large a gap
 *   any                                             -> idle      publication goes */
#ifndef HEDDLE_ROUTER_OUT_SLOT_H
#define HEDDLE_ROUTER_OUT_SLOT_H

#include "router/in/publication.h"
#include "router/out/frame_choice.h"
#include "router/out/rewriter.h"
#include "transport/hop/send_stream.h"

struct slot {
    struct slot *next; /* of the participant */
    struct participant *participant;
    struct media media;
    char wanted[PUBLICATION_ID_MAX + 1];
    struct {
        bool is_waiting; /* what the viewer asked for last, not looked at yet */
        char show[PUBLICATION_ID_MAX + 1];
        uint16_t width, height;
        uint8_t priority;
    } request;
    bool is_shared;                                 /* the viewer says by `receive` what it shows, and is told */
    bool follows_speaker;                           /* then it shows whoever speaks */
    bool is_double;                                 /* another slot shows what it was asked to */
    struct publication *publication;                /* NULL: idle */
    uint8_t source;                                 /* tag of the publication in the sequence map */
    const struct media_codec *source_codec, *codec; /* the publisher's, and what this receiver calls it */
    int layer, target;                              /* LAYER_NONE: none */
    /* What the viewer wants... */
    bool is_hidden;
    uint16_t width, height; /* pixels; 0: as large as there is */
    uint8_t priority;
    /* ...and what its link allows. */
    struct quality limit;
    bool is_paused;             /* hidden, or nothing fits */
    struct frame_choice choice; /* of the layer's frames */
    /* Where the timestamps of the rewriter come from. */
    int aligned_layer;
    uint8_t aligned_generation;
    struct rewriter rewriter;
    struct send_stream stream;
    uint16_t rtx_sequence;
    bool mid_is_known; /* the receiver has reported on our SSRC */
    bool is_named;     /* an m-line has it */
    bool report_due;
    uint64_t packets, bytes, retransmissions, unmatched;
};

struct slot *slot_new(struct participant *participant, const struct media *media);
void slot_free(struct slot *slot);
void slot_set_media(struct slot *slot, const struct media *media);
void slot_show(struct slot *slot, struct publication *publication, usec_t now); /* NULL: idle */
/* How large the viewer shows it; 0: not at all. */
void slot_set_view(struct slot *slot, uint16_t width, uint16_t height, uint8_t priority, usec_t now);
/* Stops until a keyframe (audio: the next packet). */
void slot_pause(struct slot *slot);
/* The best quality of the publication that is worth showing in the slot's size. */
struct quality slot_size_limit(const struct slot *slot);
/* Sets what it may show at most, and ends a pause. */
void slot_set_limit(struct slot *slot, struct quality limit, usec_t now);
/* Shows nothing until slot_set_limit(). */
void slot_hold(struct slot *slot, usec_t now);
/* Bits of the layers that must come for it. */
unsigned slot_layers_wanted(const struct slot *slot);
/* Why it is paused, as struct slot_stats has it. */
const char *slot_reason(const struct slot *slot);
/* "live", "paused" or "muted"; and an event that tells the viewer. */
const char *slot_state(const struct slot *slot);
void slot_announce(const struct slot *slot);
/* Chooses the layer again and asks for a keyframe where one is needed. */
void slot_review(struct slot *slot, usec_t now);
void slot_forward(struct slot *slot, struct layer *layer, struct packet *packet, int64_t in, usec_t now);
/* The receiver misses `sequence`. */
void slot_nacked(struct slot *slot, uint16_t sequence, usec_t now);
void slot_keyframe_wanted(struct slot *slot, usec_t now);
/* A sender report for `now`; false while the publisher's clock is not known. */
bool slot_sender_info(const struct slot *slot, struct rtcp_sender_info *info, int64_t wall_us);

#endif
