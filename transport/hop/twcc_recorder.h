/* Receiver's side of transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): records arrivals of
 * one connection and writes the feedback packets. Pure. */
#ifndef HEDDLE_HOP_TWCC_RECORDER_H
#define HEDDLE_HOP_TWCC_RECORDER_H

#include "transport/wire/twcc.h"

struct twcc_recorder;

struct twcc_recorder *twcc_recorder_new(usec_t interval); /* e.g. 50 ms */
void twcc_recorder_free(struct twcc_recorder *recorder);
/* Only packets that passed SRTP (no duplicates). `media_ssrc`: any live one, for the feedback's header. */
void twcc_recorder_packet(struct twcc_recorder *recorder, uint16_t transport_sequence, uint32_t media_ssrc, usec_t now);
/* Appends a feedback packet when one is due; true when it wrote something (call again: more may be due). */
bool twcc_recorder_write(struct twcc_recorder *recorder, struct rtcp_writer *writer, uint32_t sender_ssrc, usec_t now);
usec_t twcc_recorder_next(const struct twcc_recorder *recorder);

#endif
