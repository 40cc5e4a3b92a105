/* Allocation that cannot fail: control-path structures are small, and a server out of memory must stop at once, with an
 * error and status 1, rather than go on with errors everywhere. The packet path allocates nothing (see
 * transport/wire/packet.h). */
#ifndef HEDDLE_BASE_MEMORY_H
#define HEDDLE_BASE_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t size);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed, overflow-checked */
void *mem_resize(void *old, size_t count, size_t size);
char *mem_text(const char *text); /* a copy; NULL stays NULL */

#endif
