/* What hosts ask for. Each is refused to everybody else. */
#ifndef HEDDLE_SIGNALING_DISPATCH_HOST_H
#define HEDDLE_SIGNALING_DISPATCH_HOST_H

#include "signaling/request.h"

void dispatch_host_act(const struct request *request);

#endif
