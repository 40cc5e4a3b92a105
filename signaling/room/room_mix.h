/* Who is sent the room's mix alone while the others see each other by the router: who wishes it, or is too weak for
 * more and has left that to the server. Weak is who says so (PROTOCOL.md, "The mix for one alone"): then it has the mix
 * for five minutes, after that everybody again, and when that is too much once more, twice as long each time, to an
 * hour. Whose link does not carry the mix either has everybody again, and no mix for as long. */
#ifndef HEDDLE_SIGNALING_ROOM_MIX_H
#define HEDDLE_SIGNALING_ROOM_MIX_H

#include "signaling/room/room_types.h"

#define ROOM_MIX_FIRST (300 * USEC_PER_SEC)
#define ROOM_MIX_LONGEST (3600 * USEC_PER_SEC)
#define ROOM_MIX_OTHERS 2 /* with fewer, the mix is no less than what they send */

/* False: it is no wish. */
bool mix_wish_parse(enum mix_wish *out, const char *text);
const char *mix_wish_name(enum mix_wish wish);

/* Whether there is a mixer whose video and audio can be shown. */
bool room_has_mix(const struct room *room);
/* Whether one participant alone is to be sent the mix, when there is one: in a room whose topology does not say what
 * everybody gets. */
bool room_mix_is_wanted(const struct room_participant *participant);
/* Whether it is sent the mix now, by the room's topology or alone. */
bool room_mix_is_sent(const struct room_participant *participant);
/* What the participant is told of its topology, and why it is that. */
enum topology room_mix_topology(const struct room_participant *participant);
enum topology_reason room_mix_reason(const struct room_participant *participant);

/* It said that its link or its device is too weak for what it is sent; whether that changes something. */
bool room_mix_weak(struct room_participant *participant, enum topology_reason reason, usec_t now);
/* When somebody that was weak is to try again. */
usec_t room_mix_next(const struct room *room);
void room_mix_timeout(struct room *room, usec_t now);
/* Whether the participant is to be told anew what it is sent; it counts as told then. */
bool room_mix_is_news(struct room_participant *participant);

#endif
