/* Carries out what clients' messages ask for: the one place that knows sessions, rooms and the router. */
#ifndef HEDDLE_SIGNALING_DISPATCH_H
#define HEDDLE_SIGNALING_DISPATCH_H

#include <stddef.h>

#include "transport/base/time.h"

struct session;

void dispatch_text(struct session *session, const char *text, size_t length, usec_t now);

#endif
