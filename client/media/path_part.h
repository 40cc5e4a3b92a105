/* Names of files that are made of what others chose. */
#ifndef HEDDLE_CLIENT_PATH_PART_H
#define HEDDLE_CLIENT_PATH_PART_H

#define PATH_PART_MAX 64

/* Appends `name` without what could mean something in a path, or deceive who reads it: of ASCII letters, digits, '-'
 * and '_' stay, of the rest what is UTF-8 and shows itself, in whole characters. `out` has room for PATH_PART_MAX
 * bytes more. */
void path_part_append(char *out, const char *name);

#endif
