/* The process's file descriptors: how many there may be, and are. */
#ifndef HEDDLE_NET_DESCRIPTORS_H
#define HEDDLE_NET_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#define DESCRIPTORS_MAX ((size_t)65536) /* more than we ever need; libraries make tables as long as the limit */
#define DESCRIPTORS_OF_LOOP 13          /* without them libuv ends the program when it makes its first loop */

/* Raises the soft limit as far as the hard one allows. Returns how many there may be (at most DESCRIPTORS_MAX). */
size_t descriptors_raise(void);
/* Whether so many more can be opened now. Some libraries end the program when they get none at their start, so ask
 * before. */
bool descriptors_are_free(size_t count);

#endif
