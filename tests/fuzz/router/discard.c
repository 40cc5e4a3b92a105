#include "tests/fuzz/router/discard.h"

#include "tests/support/outgoing.h"

void discard_output(struct router *router, usec_t now)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, router, now))
        ;
    while (router_poll_event(router, &event))
        ;
}
