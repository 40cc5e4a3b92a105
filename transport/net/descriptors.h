/* The process's file descriptors: raises their limit, and fills the first three. */
#ifndef HEDDLE_NET_DESCRIPTORS_H
#define HEDDLE_NET_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#define DESCRIPTORS_MAX ((size_t)65536) /* more than we ever need; libraries make tables as long as the limit */

/* If the program was started with one of 0, 1, 2 closed, its first socket would get that number, and the log would be
 * written into it. So /dev/null is opened there. */
void descriptors_fill_standard(void);
/* Raises the soft limit as far as the hard one allows. Returns how many there may be (at most DESCRIPTORS_MAX). */
size_t descriptors_raise(void);
/* Whether so many more can be opened now. Some libraries end the program when they get none at their start, so ask
 * before. */
bool descriptors_are_free(size_t count);

#endif
