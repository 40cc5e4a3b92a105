#include "client/net/netlink.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/net/address_set.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

#define SETTLE_MS 50 /* an address goes and another comes: that is one change */

struct netlink {
    int fd;
    uv_poll_t poll;
    uv_timer_t settle;
    int open_handles;
    struct address_set known;
    void (*changed)(void *user);
    void *user;
};

/* Of the interfaces that are up and have a carrier. */
static void read_addresses(struct address_set *set)
{
    struct ifaddrs *list;
    *set = (struct address_set){0};
    if (getifaddrs(&list) != 0)
        return;
    for (struct ifaddrs *at = list; at != NULL; at = at->ifa_next)
        if (at->ifa_addr != NULL && (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_RUNNING) != 0)
            address_set_add(set, at->ifa_addr, if_nametoindex(at->ifa_name));
    freeifaddrs(list);
}

static void on_settled(uv_timer_t *timer)
{
    struct netlink *netlink = timer->data;
    struct address_set now;
    read_addresses(&now);
    if (address_set_equal(&now, &netlink->known))
        return; /* a lease was renewed, a route's metric changed... */
    netlink->known = now;
    if (now.count == 0)
        return; /* without any address there is nothing to connect from */
    log_info("network", "the addresses of this machine changed");
    netlink->changed(netlink->user);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct netlink *netlink = poll->data;
    char messages[8192]; /* not looked at: addresses are read from the system, so dropped messages do no harm */
    (void)status;
    (void)events;
    while (recv(netlink->fd, messages, sizeof messages, MSG_DONTWAIT) > 0)
        ;
    uv_timer_start(&netlink->settle, on_settled, SETTLE_MS, 0);
}

static int open_socket(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct netlink *netlink_new(uv_loop_t *loop, void (*changed)(void *user), void *user)
{
    int fd = open_socket();
    if (fd < 0)
        return NULL;
    struct netlink *netlink = mem_alloc(sizeof *netlink);
    netlink->fd = fd;
    netlink->changed = changed;
    netlink->user = user;
    netlink->open_handles = 2;
    read_addresses(&netlink->known);
    if (uv_poll_init(loop, &netlink->poll, fd) != 0) {
        close(fd);
        free(netlink);
        return NULL;
    }
    uv_timer_init(loop, &netlink->settle);
    netlink->poll.data = netlink->settle.data = netlink;
    uv_poll_start(&netlink->poll, UV_READABLE, on_readable);
    return netlink;
}

static void on_closed(uv_handle_t *handle)
{
    struct netlink *netlink = handle->data;
    if (--netlink->open_handles > 0)
        return;
    close(netlink->fd);
    free(netlink);
}

void netlink_free(struct netlink *netlink)
{
    if (netlink == NULL)
        return;
    uv_close((uv_handle_t *)&netlink->poll, on_closed);
    uv_close((uv_handle_t *)&netlink->settle, on_closed);
}
