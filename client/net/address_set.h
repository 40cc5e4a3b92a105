/* The addresses that a machine can be reached at, as a set to be compared. Pure. */
#ifndef HEDDLE_CLIENT_ADDRESS_SET_H
#define HEDDLE_CLIENT_ADDRESS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_SET_MAX 32 /* more are left out: a machine with so many does not change networks */

struct address_set {
    size_t count;
    struct address_set_entry {
        unsigned char family, bytes[16]; /* AF_INET: the first four */
        unsigned scope;                  /* which interface */
    } at[ADDRESS_SET_MAX];
};

/* Leaves out what says nothing about the network: loopback, link-local, other families. */
void address_set_add(struct address_set *set, const struct sockaddr *address, unsigned interface);
/* The order does not count. */
bool address_set_equal(const struct address_set *a, const struct address_set *b);

#endif
