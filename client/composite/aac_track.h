/* The sound of a composite: Opus as it comes, at the times at which it was made, becomes AAC without gaps. Where none
 * came there is silence, and what comes too early is left out, so that the sound is never more than 10 ms away from
 * its time. After a second without any it begins anew. No I/O. */
#ifndef HEDDLE_CLIENT_AAC_TRACK_H
#define HEDDLE_CLIENT_AAC_TRACK_H

#include <libavcodec/avcodec.h>
#include <stddef.h>
#include <stdint.h>

#include "client/composite/packet_queue.h"

struct aac_track;

struct aac_track *aac_track_new(void); /* NULL: there is no encoder */
void aac_track_free(struct aac_track *track);
/* One packet of Opus, of `at_us` from time 0 on; of one from before only the rest counts. 0, or ERR_INVALID: the
 * encoder failed. What is not Opus counts as lost. */
int aac_track_put(struct aac_track *track, const uint8_t *data, size_t length, int64_t at_us, struct packet_queue *out);
int aac_track_finish(struct aac_track *track, struct packet_queue *out); /* what is left */
const AVCodecContext *aac_track_encoder(const struct aac_track *track);

#endif
