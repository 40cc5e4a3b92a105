/* Written messages between two threads, in order: a linked list under a mutex. For the control path only; media never
 * crosses it. */
#ifndef HEDDLE_ROUTER_WORKER_MAILBOX_H
#define HEDDLE_ROUTER_WORKER_MAILBOX_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct mail {
    struct mail *next;
    size_t length; /* bytes of data */
    uint8_t data[];
};

struct mailbox {
    pthread_mutex_t lock;
    struct mail *first;
    struct mail **last;
};

/* With `capacity` bytes of data; its length is that at first. Freed by free(). */
struct mail *mail_new(size_t capacity);

void mailbox_init(struct mailbox *mailbox);
void mailbox_fini(struct mailbox *mailbox);                    /* frees mail that was not taken */
void mailbox_push(struct mailbox *mailbox, struct mail *mail); /* takes mail */
struct mail *mailbox_pop(struct mailbox *mailbox);             /* NULL: empty; the caller owns it */

#endif
