/* The tracks of an RTP session: which there are, as it was negotiated, and which packets are whose. */
#ifndef HEDDLE_CLIENT_SESSION_TRACKS_H
#define HEDDLE_CLIENT_SESSION_TRACKS_H

#include "client/rtp_session_state.h"

void session_configure(struct rtp_session *session, const struct negotiation *negotiation);
void session_set_publication(struct rtp_session *session, const char *mid, const char *publication);
/* NULL: none. */
struct stream_in *session_find_in(struct rtp_session *session, const char *mid);
const struct stream_out *session_find_out(const struct rtp_session *session, const char *source);
/* An SSRC not seen before says in its first packets which m-line it is on; NULL: it does not. */
struct stream_in *session_learn_ssrc(struct rtp_session *session, const struct packet *packet);

#endif
