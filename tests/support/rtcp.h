/* What tests look for in the RTCP that comes out of what they test. */
#ifndef HEDDLE_TESTS_RTCP_H
#define HEDDLE_TESTS_RTCP_H

#include "transport/wire/rtcp.h"

/* A request for a keyframe (RFC 4585 section 6.3.1). */
bool rtcp_is_pli(const struct rtcp_packet *packet);
/* How many of them are in a compound packet. */
unsigned rtcp_count_plis(const uint8_t *data, size_t length);

#endif
