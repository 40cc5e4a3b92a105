/* How far back a lost packet can be repaired, in packets: one number for all that have to keep them: the sender's
 * history, the router's sequence map, the receiver's NACKs and frame buffer. If one of them kept less, what the others
 * ask for or keep would be useless.
 *
 * 4096 packets are a keyframe of 1.8 MB, and half a second of 40 Mbit/s for its last packets to be asked for and to
 * come. Memory is allocated as needed, so that only fast streams use so much. */
#ifndef HEDDLE_HOP_REPAIR_WINDOW_H
#define HEDDLE_HOP_REPAIR_WINDOW_H

#define REPAIR_WINDOW 4096 /* a power of two */
/* So many packets may be missing at once; for more, a keyframe is requested, which is cheaper. */
#define REPAIR_GAP_MAX (REPAIR_WINDOW / 2)

#endif
