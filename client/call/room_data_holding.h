/* Who lets the others wait, for room_data.h. When no more may wait that is for all, everybody waits for those who lack
 * the oldest of it. So long may one let the others wait, and a tenth of the time after; then it is given up. So is one
 * that acknowledges for so long nothing of what waits for it alone, and no more may wait: what goes on between the two
 * is over then. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_HOLDING_H
#define HEDDLE_CLIENT_ROOM_DATA_HOLDING_H

#include "client/call/room_data_types.h"

#define HOLD_LIMIT (15 * USEC_PER_SEC)
#define HOLD_INTERVAL (200 * USEC_PER_MSEC) /* between two looks at who they are */

/* At `hold_at`, which it sets anew. */
void room_data_look_who_holds_up(struct room_data *data, usec_t now);
/* At `give_up_at`. What is for all is not concerned. */
void room_data_give_up_alone(struct room_data *data, struct other *other);

#endif
