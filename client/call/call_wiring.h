/* How a call makes its connections, what it tells them, and what it passes on of what they tell. */
#ifndef HEDDLE_CLIENT_CALL_WIRING_H
#define HEDDLE_CLIENT_CALL_WIRING_H

#include "client/call/call_state.h"

struct call_connection *call_make_connection(struct call *call, const char *id);
/* Tells a connection what to send and receive. */
void call_configure(struct call *call, struct call_connection *connection);
/* Follows the view (mixed_view.h): asks for what it needs now. */
void call_follow_view(struct call *call, usec_t now);
/* Tells the router how large the others' video is shown, where client_room_set_size() said so: when it is time
 * (telling_sizes) and something differs from what it was told last. */
void call_tell_sizes(struct call *call, usec_t now);
/* What it was told is of another connection, or may be lost. */
void call_forget_sizes(struct call *call);
void call_configure_all(struct call *call);
/* How many encodings a source has. */
unsigned call_encodings(const struct call *call, const char *source);

struct call_status call_current_status(const struct call *call);
/* Tells people and the server what has changed. */
void call_tell_status(struct call *call);
void call_tell_paths(struct call *call);
void call_tell_recovery(struct call *call, const struct call_recovery *recovery);
void call_send_event(struct call *call, json_t *event); /* takes it; what was measured */

#endif
