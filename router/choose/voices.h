/* Which voices a link carries that has no room for all of them, though it is sent no picture: the loudest that fit, and
 * one at least. More than fits would cost each of them. One that is heard gives way only to a clearly louder one.
 * Pure. */
#ifndef HEDDLE_ROUTER_CHOOSE_VOICES_H
#define HEDDLE_ROUTER_CHOOSE_VOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOICES_MAX 64 /* of one viewer; more go on as they are */

struct voice {
    /* given */
    uint64_t bps;
    double loudness; /* struct speaker */
    bool is_paused;  /* now */
    /* found */
    bool is_sent;
};

/* At most VOICES_MAX. `may_pause` false: those that are sent now go on. Returns the bitrate of those that are sent. */
uint64_t voices_choose(struct voice *voices, size_t count, uint64_t estimate_bps, bool may_pause);

#endif
