#include "tests/lab/tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* <linux/ipv6.h> has it, but does not go together with <netinet/in.h>. */
struct in6_request {
    struct in6_addr address;
    uint32_t prefix_length;
    int index;
};

int netns_enter(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, strchr(name, '/') != NULL ? "%s" : "/var/run/netns/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = setns(fd, CLONE_NEWNET);
    close(fd);
    return result;
}

/* "ADDRESS/BITS" into its parts. */
static int split_prefix(const char *text, char *address, size_t size, unsigned *bits)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= size) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    *bits = (unsigned)atoi(slash + 1);
    return 0;
}

static int set_ipv4(int fd, const char *device, const char *prefix)
{
    struct ifreq request = {0};
    struct sockaddr_in address = {.sin_family = AF_INET};
    char text[64];
    unsigned bits;
    if (split_prefix(prefix, text, sizeof text, &bits) != 0)
        return -1;
    if (bits < 1 || bits > 32 || inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    memcpy(&request.ifr_addr, &address, sizeof address);
    if (ioctl(fd, SIOCSIFADDR, &request) != 0)
        return -1;
    address.sin_addr.s_addr = htonl(UINT32_MAX << (32 - bits));
    memcpy(&request.ifr_netmask, &address, sizeof address);
    return ioctl(fd, SIOCSIFNETMASK, &request);
}

static int set_ipv6(const char *device, const char *prefix)
{
    struct in6_request request = {.index = (int)if_nametoindex(device)};
    char text[64];
    unsigned bits;
    if (split_prefix(prefix, text, sizeof text, &bits) != 0)
        return -1;
    request.prefix_length = bits;
    if (bits > 128 || inet_pton(AF_INET6, text, &request.address) != 1) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -1 : ioctl(fd, SIOCSIFADDR, &request);
    if (fd >= 0)
        close(fd);
    return result;
}

static int configure(const char *device, const char *ipv4, const char *ipv6, int mtu)
{
    struct ifreq request = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    request.ifr_mtu = mtu;
    int result = ioctl(fd, SIOCSIFMTU, &request);
    request.ifr_mtu = 0;
    /* The emulator's queue is the only one that may hold or drop. */
    request.ifr_qlen = 10000;
    if (result == 0)
        result = ioctl(fd, SIOCSIFTXQLEN, &request);
    if (result == 0)
        result = set_ipv4(fd, device, ipv4);
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_NOARP | IFF_POINTOPOINT;
    if (result == 0)
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    if (result == 0 && ipv6 != NULL)
        result = set_ipv6(device, ipv6);
    close(fd);
    return result;
}

static int open_here(const char *device, const char *ipv4, const char *ipv6, int mtu)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    if (ioctl(fd, TUNSETIFF, &request) != 0 || configure(device, ipv4, ipv6, mtu) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int tun_open(const char *netns, const char *device, const char *ipv4, const char *ipv6, int mtu)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        return -1;
    int fd = netns_enter(netns) == 0 ? open_here(device, ipv4, ipv6, mtu) : -1;
    int saved = errno;
    if (setns(home, CLONE_NEWNET) != 0)
        abort(); /* in the wrong network: nothing sensible can follow */
    close(home);
    errno = saved;
    return fd;
}
