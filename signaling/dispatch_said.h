/* What participants write to each other, and show each other by a sign. */
#ifndef HEDDLE_SIGNALING_DISPATCH_SAID_H
#define HEDDLE_SIGNALING_DISPATCH_SAID_H

#include "signaling/request.h"

void dispatch_said(const struct request *request);

#endif
