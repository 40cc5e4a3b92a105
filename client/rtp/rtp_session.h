/* The media of one connection in the clear: its tracks, which packet belongs to which, reports and feedback both ways.
 * Feed plain RTP, RTCP and coded frames; drain frames and packets. Pure. */
#ifndef HEDDLE_CLIENT_RTP_SESSION_H
#define HEDDLE_CLIENT_RTP_SESSION_H

#include "client/rtp/ended_tracks.h"
#include "client/rtp/negotiation.h"
#include "client/rtp/receive_track.h"
#include "client/rtp/rtp_session_stats.h"
#include "client/rtp/send_track.h"

struct rtp_session;

struct rtp_session *rtp_session_new(struct packet_pool *pool, const char *cname, uint64_t seed, usec_t now);
void rtp_session_free(struct rtp_session *session);
/* Follows what was agreed last: tracks that go on are kept. */
void rtp_session_configure(struct rtp_session *session, const struct negotiation *negotiation);
void rtp_session_set_publication(struct rtp_session *session, const char *mid, const char *publication);

/* One decrypted packet. 0, or an error that was counted. */
int rtp_session_rtp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now);
int rtp_session_rtcp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now, int64_t wall_us);

void rtp_session_video(struct rtp_session *session, const char *source, unsigned encoding,
                       const struct coded_frame *frame, usec_t now);
void rtp_session_audio(struct rtp_session *session, const char *source, const struct coded_audio *audio, usec_t now);
/* True once for each keyframe that the remote peer asked for; says of which source and encoding. A keyframe costs
 * everybody bandwidth who gets the same video, so each remote peer has a `budget` (keyframe_requester_limit), which
 * outlives its peer connections; requests beyond it wait. NULL for the router, which has a budget for each viewer. */
bool rtp_session_take_keyframe_request(struct rtp_session *session, char source[SOURCE_MAX + 1], unsigned *encoding,
                                       struct budget *budget, usec_t now);

/* The next frame that came in, and of what; false: none. The names are valid as long as the frame. */
struct session_frame {
    const char *mid, *publication;
    enum media_kind kind;
    enum codec codec;
    struct received_frame frame;
    struct receive_track_origin origin;
};
bool rtp_session_frame(struct rtp_session *session, struct session_frame *frame, usec_t now);
/* The decoder of this m-line is stuck. */
void rtp_session_request_keyframe(struct rtp_session *session, const char *mid);

/* Writes the next plain packet to send; returns its length or 0. */
size_t rtp_session_poll(struct rtp_session *session, uint8_t *out, size_t capacity, bool *is_rtcp, usec_t now,
                        int64_t wall_us);
usec_t rtp_session_next(const struct rtp_session *session);

/* The estimate of what can be sent to the remote peer, in bit/s; 0: not measured yet. And what there is to send. */
uint64_t rtp_session_estimate(const struct rtp_session *session);
void rtp_session_set_target(struct rtp_session *session, uint64_t bitrate_bps);

void rtp_session_get_stats(const struct rtp_session *session, struct rtp_session_stats *stats);
/* The statistics of what comes in for a publication, and came in by tracks that have ended, added
 * up; false: nothing. */
bool rtp_session_receive_stats(const struct rtp_session *session, const char *publication,
                               struct receive_track_stats *stats);
/* The statistics of a track that has ended, or whose m-line carries another publication now. Each is given out once. */
bool rtp_session_take_ended(struct rtp_session *session, struct ended_track *ended);
bool rtp_session_send_stats(const struct rtp_session *session, const char *source, struct send_track_stats *stats);

#endif
