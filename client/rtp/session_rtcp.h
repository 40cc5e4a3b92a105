/* The RTCP of an RTP session: reports and feedback, both ways. */
#ifndef HEDDLE_CLIENT_SESSION_RTCP_H
#define HEDDLE_CLIENT_SESSION_RTCP_H

#include "client/rtp/rtp_session_state.h"

/* One decrypted compound packet. 0, or an error that was counted. */
int session_take_rtcp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now, int64_t wall_us);
/* Writes what is due as one compound packet; returns its length or 0. */
size_t session_write_rtcp(struct rtp_session *session, uint8_t *out, size_t capacity, usec_t now, int64_t wall_us);

#endif
