/* Names of files that are made of what others chose. */
#ifndef HEDDLE_CLIENT_PATH_PART_H
#define HEDDLE_CLIENT_PATH_PART_H

#define PATH_PART_MAX 64

/* Appends `name` without what could mean something in a path: letters, digits, '-' and '_' of ASCII stay. `out` has
 * room for PATH_PART_MAX more. */
void path_part_append(char *out, const char *name);

#endif
