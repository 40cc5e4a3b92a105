/* TUN devices and network namespaces, as far as the laboratory needs them. Linux, with CAP_NET_ADMIN. */
#ifndef HEDDLE_LAB_TUN_H
#define HEDDLE_LAB_TUN_H

/* The calling thread enters the namespace ("NAME" of `ip netns`, or a path with a slash). -1: errno. */
int netns_enter(const char *name);
/* A TUN device `device` in the namespace, up, with an IPv4 address ("10.0.0.1/24") and, unless NULL, an IPv6 one. The
 * caller stays where it is. A descriptor that reads and writes IP packets, or -1 (errno). */
int tun_open(const char *netns, const char *device, const char *ipv4, const char *ipv6, int mtu);

#endif
