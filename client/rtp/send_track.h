/* What goes out on one m-line of one connection: coded frames become RTP packets (each encoding with an SSRC of its
 * own), kept for retransmission, counted for SR. Feed frames and feedback, then drain send_track_poll(). Pure. */
#ifndef HEDDLE_CLIENT_SEND_TRACK_H
#define HEDDLE_CLIENT_SEND_TRACK_H

#include "client/media/vpx_encoder.h"
#include "transport/base/budget.h"
#include "transport/base/random.h"
#include "transport/hop/report_control.h"
#include "transport/hop/send_stream.h"
#include "transport/wire/media.h"
#include "transport/wire/packet.h"

struct send_track_config {
    const struct media *media; /* as negotiated; copied */
    enum codec codec;          /* of it; CODEC_NONE: what the library makes itself (VP8, Opus) */
    /* Simulcast: one rid per encoding, smallest first; none: a single encoding with the SSRCs of `media`. */
    size_t rid_count;
    char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1];
};

struct coded_audio {
    const uint8_t *data;
    size_t length;
    uint32_t timestamp; /* RTP, 48 kHz */
    int level_dbov;     /* -127..0 */
};

struct send_track;

/* NULL: the codec was not agreed. */
struct send_track *send_track_new(const struct send_track_config *config, struct packet_pool *pool, struct rng *rng);
void send_track_free(struct send_track *track);
enum media_kind send_track_kind(const struct send_track *track);
size_t send_track_encodings(const struct send_track *track);

void send_track_video(struct send_track *track, unsigned encoding, const struct coded_frame *frame, usec_t now);
void send_track_audio(struct send_track *track, const struct coded_audio *audio, usec_t now);
/* The next packet to go out, in plain text; the caller owns a reference and must not change it, as it may be sent
 * again. Where `packet->extensions` has a transport sequence number, it is to be filled in on the way
 * out. NULL: none. */
struct packet *send_track_poll(struct send_track *track);

/* A packet of `bytes` of padding, for a probe of bandwidth: on the RTX stream of what was sent last (RFC 4588 lets it
 * be empty). NULL: there is none, or nothing was sent yet. The caller owns a reference. */
struct packet *send_track_padding(struct send_track *track, uint8_t bytes);

bool send_track_can_pad(const struct send_track *track);

/* Feedback. Each returns false when the SSRC is none of ours. */
bool send_track_nack(struct send_track *track, uint32_t ssrc, const uint16_t *lost, size_t count, usec_t now);
bool send_track_request_keyframe(struct send_track *track, uint32_t ssrc);
void send_track_request_keyframes(struct send_track *track); /* of every encoding */
/* Whether the up-link has room for audio with redundancy (RED). */
void send_track_allow_redundancy(struct send_track *track, bool is_allowed);
/* What it says is added to `sum`. Audio that loses packets is sent as RED, where that was agreed and is allowed. */
bool send_track_report(struct send_track *track, const struct rtcp_report_block *block, struct report_sum *sum,
                       usec_t now, int64_t wall_us);
/* True once after a keyframe of this encoding was asked for, as soon as the budget of the one who asks
 * (keyframe_requester_limit) allows; NULL: no budget. */
bool send_track_take_keyframe_request(struct send_track *track, unsigned encoding, struct budget *budget, usec_t now);
/* The SR of one encoding; false: nothing was sent yet. */
bool send_track_sr(const struct send_track *track, unsigned encoding, struct rtcp_sender_info *info, usec_t now,
                   int64_t wall_us);

struct send_track_stats {
    uint64_t frames, packets, bytes; /* bytes of payload */
    uint64_t retransmissions, nacks, keyframe_requests, dropped;
    uint8_t fraction_lost; /* of 256; as last reported, of the worst encoding */
    int64_t packets_lost;  /* as reported */
    usec_t rtt;            /* 0: not known */
};
void send_track_get_stats(const struct send_track *track, struct send_track_stats *stats);

#endif
