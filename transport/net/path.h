/* Where a datagram came from or goes to: the remote address, and on machines with several addresses the local one, so
 * that an answer comes from where it is expected; or one accepted TCP stream. IPv4 is kept as ::ffff:a.b.c.d, so that
 * one table serves both families. Pure. */
#ifndef HEDDLE_NET_PATH_H
#define HEDDLE_NET_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct path {
    uint8_t ip[16];
    uint8_t local[16]; /* zero: the system chooses */
    uint64_t stream;   /* 0: UDP; else the number of an accepted TCP connection */
    uint32_t scope;    /* link-local IPv6 only */
    uint16_t port;     /* host byte order */
    uint16_t zero;     /* no padding: paths are compared and hashed as bytes */
};

/* False: neither IPv4 nor IPv6. */
bool path_from_sockaddr(struct path *path, const struct sockaddr *address);
/* For a socket of `family` (AF_INET6 takes mapped IPv4 too). Returns the length. */
socklen_t path_to_sockaddr(const struct path *path, int family, struct sockaddr_storage *out);
/* The same with IPv4 as AF_INET, not mapped. */
socklen_t path_to_plain_sockaddr(const struct path *path, struct sockaddr_storage *out);
/* "192.0.2.7" or "2001:db8::1", and a port, as an address to bind: mapped for AF_INET6. NULL: any. ERR_INVALID. */
int path_bind_address(struct sockaddr_storage *out, socklen_t *length, int family, const char *ip, uint16_t port);
/* Whether opening an IPv6 socket failed with `number` (errno) because the system has no IPv6 (not in the kernel, or
 * switched off), so that IPv4 alone should be tried. */
bool path_lacks_ipv6(const char *bind_address, int number);
bool path_equal(const struct path *a, const struct path *b);

/* Paths to pointers: open addressing, linear probing. The seed keeps remote hosts from choosing collisions. */
struct path_slot {
    struct path path;
    void *value; /* NULL: free */
};
struct path_table {
    struct path_slot *slots;
    size_t capacity, count;
    uint64_t seed;
};
void path_table_init(struct path_table *table, uint64_t seed);
void path_table_fini(struct path_table *table);
void *path_table_get(const struct path_table *table, const struct path *path); /* NULL: absent */
void path_table_put(struct path_table *table, const struct path *path, void *value);
void path_table_remove(struct path_table *table, const struct path *path);

#endif
