/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) and RFC 8888:
 * formats only. What to report is transport/hop/twcc_recorder.h, what to make of it transport/hop/bwe. */
#ifndef HEDDLE_WIRE_TWCC_H
#define HEDDLE_WIRE_TWCC_H

#include "transport/base/time.h"
#include "transport/wire/rtcp.h"

#define TWCC_MAX_PACKETS 2048 /* statuses read from one feedback packet at most */

struct twcc_status {
    uint16_t sequence;
    bool received;
    usec_t arrival; /* on the reporter's clock, 250 us steps (wraps after 12 days); 0 when not received */
};

struct twcc_feedback {
    uint32_t sender_ssrc, media_ssrc;
    uint8_t feedback_count;
    usec_t reference; /* 64 ms units, as microseconds */
    size_t count;
    struct twcc_status status[TWCC_MAX_PACKETS];
};

/* How many statuses it says it has: what twcc_read() costs, as one chunk of two bytes may stand for thousands. 0: it is
 * too short. */
size_t twcc_announced(const struct rtcp_packet *packet);
/* 0, ERR_INVALID, ERR_TRUNCATED, ERR_UNSUPPORTED (not such a packet), ERR_LIMIT (too many statuses). */
int twcc_read(struct twcc_feedback *feedback, const struct rtcp_packet *packet);
/* Writes statuses with consecutive sequence numbers; `arrival` ascending is not required. May take only the first
 * part when a delta does not fit or space ends: returns how many statuses were written, or ERR_NO_SPACE. */
int twcc_write(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t feedback_count,
               const struct twcc_status *status, size_t count);

/* RFC 8888: one call per SSRC block. `arrival` is relative to the report's time: report_ntp_middle minus the offset. */
struct ccfb_status {
    uint32_t ssrc;
    uint16_t sequence;
    bool received;
    uint8_t ecn;
    usec_t arrival_before_report; /* 0..8 s */
};
/* Returns how many statuses were read (at most `capacity`), or an error. */
int ccfb_read(const struct rtcp_packet *packet, struct ccfb_status *status, size_t capacity,
              uint32_t *report_ntp_middle);

#endif
