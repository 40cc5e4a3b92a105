/* --send-file and --receive-files of heddle-client, on the library's public interface. */
#ifndef HEDDLE_CLIENT_PROGRAM_FILES_H
#define HEDDLE_CLIENT_PROGRAM_FILES_H

#include "client/files/file_sender.h"
#include "client/include/heddle_client.h"

struct program_files;
/* `folder`: NULL to decline what is offered; borrowed. `bytes_max`: as of file_receiver_new(). `ended`: as in struct
 * file_outlet. */
struct program_files *program_files_new(const char *folder, uint64_t bytes_max,
                                        void (*ended)(void *user, const struct file_end *end), void *user);
void program_files_free(struct program_files *files);
/* As file_sender_add(). */
int program_files_add(struct program_files *files, const char *path);
/* Messages go by it from now on; NULL: none does. Borrowed. */
void program_files_use(struct program_files *files, struct heddle_client *client);
void program_files_event(struct program_files *files, const struct heddle_client_event *event);
/* Whether it was a message about a file. */
bool program_files_data(struct program_files *files, const struct heddle_client_data *data);
/* The call is over: `ended` is told what is not complete. Once. */
void program_files_finish(struct program_files *files);
/* {"sent", "received"}. New. */
json_t *program_files_summary(const struct program_files *files);

#endif
