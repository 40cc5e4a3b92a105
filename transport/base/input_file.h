/* A file that an option names, to be read whole. */
#ifndef HEDDLE_BASE_INPUT_FILE_H
#define HEDDLE_BASE_INPUT_FILE_H

#include <stdio.h>

/* NULL: `*reason` says why, until the next strerror(). Never waits: a pipe that nobody writes to would hold the server
 * up before it can be ended. */
FILE *input_file_open(const char *path, const char **reason);

#endif
