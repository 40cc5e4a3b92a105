/* Where this program lies. */
#ifndef HEDDLE_SIGNALING_PROGRAM_FOLDER_H
#define HEDDLE_SIGNALING_PROGRAM_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* The path of what is `below` the running program's folder ("": the folder, with the slash at its end). False: the
 * system does not say, or it does not fit. */
bool program_folder(char *out, size_t size, const char *below);

#endif
