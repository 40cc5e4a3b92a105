/* The best quality of a publication that is worth showing in a slot's size. Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_SIZE_LIMIT_H
#define HEDDLE_ROUTER_CHOOSE_SIZE_LIMIT_H

#include "router/out/slot.h"

/* The slot shows something. */
struct quality size_limit_of(const struct slot *slot);

#endif
