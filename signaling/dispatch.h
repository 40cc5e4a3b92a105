/* Carries out what clients' messages ask for: the one place that knows sessions, rooms and the router. */
#ifndef HEDDLE_SIGNALING_DISPATCH_H
#define HEDDLE_SIGNALING_DISPATCH_H

#include <stddef.h>

#include "transport/base/time.h"

struct session;

/* A whole message of a session, which need not end with a NUL. What is wrong with it is told to the session, which may
 * be ended by it (session_end()). */
void dispatch_text(struct session *session, const char *text, size_t length, usec_t now);

#endif
