/* The tracks of an RTP session: which ones were negotiated, and which track a packet belongs to. */
#ifndef HEDDLE_CLIENT_SESSION_TRACKS_H
#define HEDDLE_CLIENT_SESSION_TRACKS_H

#include "client/rtp/rtp_session_state.h"

void session_configure(struct rtp_session *session, const struct negotiation *negotiation);
void session_set_publication(struct rtp_session *session, const char *mid, const char *publication);
/* NULL: none. */
struct stream_in *session_find_in(struct rtp_session *session, const char *mid);
const struct stream_out *session_find_out(const struct rtp_session *session, const char *source);
/* The track of an SSRC that was not seen before, by the MID extension of its first packets; NULL: they have none. */
struct stream_in *session_learn_ssrc(struct rtp_session *session, const struct packet *packet);

#endif
