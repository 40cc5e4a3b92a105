/* Notices that this machine's addresses changed: the kernel tells by rtnetlink that something did, and what is then
 * there is compared with what was. A shell around address_set.h, in the loop's thread. */
#ifndef HEDDLE_CLIENT_NETLINK_H
#define HEDDLE_CLIENT_NETLINK_H

#include <uv.h>

struct netlink;

/* NULL: the kernel does not tell (no such socket here); changes are then noticed by what they break. */
struct netlink *netlink_new(uv_loop_t *loop, void (*changed)(void *user), void *user);
/* No call after it; the memory goes when the loop has run once more. NULL is fine. */
void netlink_free(struct netlink *netlink);

#endif
