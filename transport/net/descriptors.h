/* The process's file descriptors: enough of them, and none of the first three by accident. */
#ifndef HEDDLE_NET_DESCRIPTORS_H
#define HEDDLE_NET_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#define DESCRIPTORS_MAX ((size_t)65536) /* more than we ever need; libraries make tables as long as the limit */

/* A program that was started with one of 0, 1, 2 closed would get its first socket there, and write its log into it:
 * /dev/null takes their places. */
void descriptors_fill_standard(void);
/* Raises the soft limit as far as the hard one allows. Returns how many there may be (at most DESCRIPTORS_MAX). */
size_t descriptors_raise(void);
/* Whether so many more can be opened now. Some libraries end the program when they get none at their start: ask before.
 */
bool descriptors_are_free(size_t count);

#endif
