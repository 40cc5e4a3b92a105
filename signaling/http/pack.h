/* What browsers get compressed. */
#ifndef HEDDLE_SIGNALING_PACK_H
#define HEDDLE_SIGNALING_PACK_H

#include <stddef.h>

/* By gzip, as small as it can; the caller frees it. */
char *pack(const char *data, size_t length, size_t *packed_length);

#endif
