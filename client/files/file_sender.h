/* Files that we offer to everybody, also to those who come later: each that accepts one gets it at its own pace, a few
 * chunks ahead of what it has written. client/web/outgoing_file.js is the same. */
#ifndef HEDDLE_CLIENT_FILE_SENDER_H
#define HEDDLE_CLIENT_FILE_SENDER_H

#include <jansson.h>
#include <stdbool.h>

#include "client/files/file_message.h"

#define FILE_OFFERS_MAX 16 /* that one participant has open at once */

/* A transfer is over. */
struct file_end {
    const char *participant; /* the other one's id; NULL: it concerns nobody alone */
    const char *file;        /* its name; of one that was saved, the path */
    const char *why;         /* NULL: all of it came */
    bool is_ours;            /* we offered it */
    /* What we accepted did not come whole or was not saved, though its sender did not take it back; what we offer
     * cannot be read, nobody has it, or somebody who takes it has only a part when we end. */
    bool is_failure;
};

struct file_outlet {
    /* To one, or "" for all. 0; a positive number: later, a pump follows; a negative one: it cannot be sent. */
    int (*send)(void *user, const char *to, const uint8_t *message, size_t length);
    void (*ended)(void *user, const struct file_end *end); /* from inside a call; borrowed */
    void *user;
};

struct file_sender;
struct file_sender *file_sender_new(const struct file_outlet *outlet);
void file_sender_free(struct file_sender *sender);
/* Opens it; it is offered by the next file_sender_pump(). ERR_IO: errno has the reason; ERR_INVALID: it is no regular
 * file; ERR_LIMIT: there are FILE_OFFERS_MAX already. */
int file_sender_add(struct file_sender *sender, const char *path);
/* Somebody came: it is offered once more, and who has heard of it ignores that. */
void file_sender_offer_again(struct file_sender *sender);
/* An answer of one that is there. */
void file_sender_take(struct file_sender *sender, const char *from, const struct file_message *message);
/* Ends what goes to those who are not here any more; `is_here` NULL: nobody is who was, since all have other ids. */
void file_sender_keep(struct file_sender *sender, bool (*is_here)(void *user, const char *participant), void *user);
/* Some of what one said did not come: what goes there is stopped. */
void file_sender_lost(struct file_sender *sender, const char *participant);
/* Sends what is due. */
void file_sender_pump(struct file_sender *sender);
/* We are about to end, once: tells which files nobody has, or somebody has only a part of. */
void file_sender_finish(const struct file_sender *sender);
/* Of each file: name, size, and how many got it, get it, refused it. New. */
json_t *file_sender_summary(const struct file_sender *sender);

#endif
