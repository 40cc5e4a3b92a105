#include "router/worker/mailbox.h"

#include <stdlib.h>

#include "transport/base/memory.h"

struct mail *mail_new(size_t capacity)
{
    struct mail *mail = mem_alloc(sizeof *mail + capacity);
    mail->length = capacity;
    return mail;
}

void mailbox_init(struct mailbox *mailbox)
{
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
}

void mailbox_fini(struct mailbox *mailbox)
{
    struct mail *mail;
    while ((mail = mailbox_pop(mailbox)) != NULL)
        free(mail);
    pthread_mutex_destroy(&mailbox->lock);
}

void mailbox_push(struct mailbox *mailbox, struct mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&mailbox->lock);
    *mailbox->last = mail;
    mailbox->last = &mail->next;
    pthread_mutex_unlock(&mailbox->lock);
}

struct mail *mailbox_pop(struct mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    struct mail *mail = mailbox->first;
    if (mail != NULL) {
        mailbox->first = mail->next;
        if (mailbox->first == NULL)
            mailbox->last = &mailbox->first;
    }
    pthread_mutex_unlock(&mailbox->lock);
    return mail;
}
