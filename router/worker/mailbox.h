/* Messages between two threads, in order: a linked list under a mutex. For the control path
 * only; media never crosses it. */
#ifndef HEDDLE_ROUTER_WORKER_MAILBOX_H
#define HEDDLE_ROUTER_WORKER_MAILBOX_H

#include <pthread.h>

struct mail { /* first in each message */
    struct mail *next;
};

struct mailbox {
    pthread_mutex_t lock;
    struct mail *first;
    struct mail **last;
};

void mailbox_init(struct mailbox *mailbox);
void mailbox_fini(struct mailbox *mailbox);                    /* must be empty */
void mailbox_push(struct mailbox *mailbox, struct mail *mail); /* takes mail */
struct mail *mailbox_pop(struct mailbox *mailbox);             /* NULL: empty; the caller owns it */

#endif
