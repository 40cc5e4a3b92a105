/* What each message of a client does: the one place where sessions, rooms and the router meet. */
#ifndef HEDDLE_SIGNALING_DISPATCH_H
#define HEDDLE_SIGNALING_DISPATCH_H

#include <stddef.h>

#include "transport/base/time.h"

struct session;

void dispatch_text(struct session *session, const char *text, size_t length, usec_t now);

#endif
