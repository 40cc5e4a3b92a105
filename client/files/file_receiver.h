/* Files that others offer: each is accepted and saved into one folder, or, without a folder, declined.
 * client/web/incoming_file.js does the same where a person decides. */
#ifndef HEDDLE_CLIENT_FILE_RECEIVER_H
#define HEDDLE_CLIENT_FILE_RECEIVER_H

#include "client/files/file_sender.h"
#include "transport/base/time.h"

#define FILE_SAVED_MAX 1000 /* files, of all together */

struct file_receiver;
/* `folder`: NULL to decline all; borrowed. `bytes_max`: of all files together. One participant gets half of that place,
 * and half of FILE_SAVED_MAX, at most; what does not fit is refused. */
struct file_receiver *file_receiver_new(const struct file_outlet *outlet, const char *folder, uint64_t bytes_max);
/* What has not come whole is removed. */
void file_receiver_free(struct file_receiver *receiver);
/* A message of who offers, to us alone or to all. Of one participant FILE_OFFERS_MAX offers are taken at once, then one
 * a second; the others are refused. */
void file_receiver_take(struct file_receiver *receiver, const char *from, bool is_private,
                        const struct file_message *message, usec_t now);
/* Ends what comes from those who are not here any more; `is_here` NULL: nobody is who was. */
void file_receiver_keep(struct file_receiver *receiver, bool (*is_here)(void *user, const char *participant),
                        void *user);
/* Some of what one said did not come: what comes from there is refused. */
void file_receiver_lost(struct file_receiver *receiver, const char *participant);
/* Sends the answers that are due. */
void file_receiver_pump(struct file_receiver *receiver);
/* We are about to end, once: tells which files have not come whole. */
void file_receiver_finish(const struct file_receiver *receiver);
/* The last that came: participant, path, size. New. */
json_t *file_receiver_summary(const struct file_receiver *receiver);

#endif
