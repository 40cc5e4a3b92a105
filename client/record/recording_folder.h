/* Where a recording is: a folder of its own, PARENT/ROOM-20261127T181500Z, and files in it,
 * which only their owner can read. Nothing that is there is
 * ever written over: what would have its name gets "-2" at the end, and so on. */
#ifndef HEDDLE_CLIENT_RECORDING_FOLDER_H
#define HEDDLE_CLIENT_RECORDING_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "client/record/webm_file.h"

/* PARENT is made if need be. ERR_IO, and errno. */
int recording_folder_make(char *out, size_t size, const char *parent, const char *room, int64_t wall_us);
/* Makes FOLDER/NAME.webm; arguments as of webm_file_new(). */
int recording_folder_file(struct webm_file **out, const char *folder, const char *name, const char *title,
                          int64_t began_us, uint64_t *left_out);

#endif
