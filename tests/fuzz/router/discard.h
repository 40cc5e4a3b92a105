/* What comes out of a router is written, so that its writers run, and thrown away. */
#ifndef HEDDLE_FUZZ_DISCARD_H
#define HEDDLE_FUZZ_DISCARD_H

#include "router/router.h"

void discard_output(struct router *router, usec_t now);

#endif
