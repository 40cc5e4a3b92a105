/* How a call makes its links, what it tells them, and what it passes on of what they tell. */
#ifndef HEDDLE_CLIENT_CALL_LINKS_H
#define HEDDLE_CLIENT_CALL_LINKS_H

#include "client/call_state.h"

struct link *call_make_link(struct call *call, const char *id);
/* Says to a link's connection what to send and receive. */
void call_configure(struct call *call, struct link *link);
void call_configure_all(struct call *call);
/* How many encodings a source has. */
unsigned call_encodings(const struct call *call, const char *source);

struct call_status call_current_status(const struct call *call);
/* Tells people and the server what has changed. */
void call_tell_status(struct call *call);
void call_tell_paths(struct call *call);
void call_tell_recovery(struct call *call, const struct call_recovery *recovery);
void call_send_report(struct call *call, json_t *event); /* takes it; what was measured */

#endif
