/* How far back a lost packet can be repaired, in packets: one number for all who must remember them, sender's history,
 * router's numbers, receiver's NACKs and frame buffer. Where one remembers less than the others, what they ask for or
 * keep is in vain.
 *
 * 4096 packets are a keyframe of 1.8 MB, and half a second of 40 Mbit/s for its last packets to be asked for and to
 * come. Memory comes as it is needed, so that only streams that are so fast have so much. */
#ifndef HEDDLE_HOP_REPAIR_WINDOW_H
#define HEDDLE_HOP_REPAIR_WINDOW_H

#define REPAIR_WINDOW 4096 /* a power of two */
/* So much may be missing at once: more is not asked for, a keyframe is cheaper. */
#define REPAIR_GAP_MAX (REPAIR_WINDOW / 2)

#endif
