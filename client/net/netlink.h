/* Notices that this machine's addresses changed: when rtnetlink tells of any change, the addresses are read and
 * compared with the last ones. A shell around address_set.h, in the loop's thread. */
#ifndef HEDDLE_CLIENT_NETLINK_H
#define HEDDLE_CLIENT_NETLINK_H

#include <uv.h>

struct netlink;

/* NULL: the kernel has no such socket; a change is then noticed only when a connection fails. */
struct netlink *netlink_new(uv_loop_t *loop, void (*changed)(void *user), void *user);
/* No call after it; the memory is freed when the loop has run once more. NULL is fine. */
void netlink_free(struct netlink *netlink);

#endif
