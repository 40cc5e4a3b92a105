/* The HTTP port's listening socket. Accepts as long as its owner has places and the process has descriptors. Else it
 * pauses: connections wait in the kernel's queue, and do not wake the loop again and again. */
#ifndef HEDDLE_SIGNALING_LISTENER_H
#define HEDDLE_SIGNALING_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

struct listener {
    int fd; /* -1: not open */
    uint16_t port;
    uv_poll_t poll;
    uv_timer_t pause;
    uint64_t pauses; /* because no descriptor was left */
    /* Takes `fd`, or closes it. */
    void (*accepted)(void *user, int fd, const struct sockaddr *peer);
    void *user;
};

/* `host` is an address, or "" for every interface, IPv4 and IPv6. Port 0: any that is free. ERR_IO or ERR_INVALID,
 * logged with what to do. */
int listener_open(struct listener *listener, uv_loop_t *loop, const char *host, uint16_t port,
                  void (*accepted)(void *user, int fd, const struct sockaddr *peer), void *user);
/* The loop has to run once more. A listener that was never opened (zeroed, fd -1) is fine. */
void listener_close(struct listener *listener);
/* The host for the address that is printed: one that can be opened on this machine, also when `host`
 * is every address. */
const char *listener_shown_host(const char *host);

#endif
