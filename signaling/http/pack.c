#include "signaling/http/pack.h"

#include <stdlib.h>
#include <zlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

#define GZIP 31 /* zlib's windowBits: the largest window, and gzip's header */

static void *allocate(void *user, unsigned count, unsigned size)
{
    (void)user;
    return mem_array(count, size);
}

static void release(void *user, void *memory)
{
    (void)user;
    free(memory);
}

char *pack(const char *data, size_t length, size_t *packed_length)
{
    z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)length, .zalloc = allocate, .zfree = release};
    CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    uLong most = deflateBound(&stream, length);
    char *packed = mem_array(most, 1);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)most;
    CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    *packed_length = stream.total_out;
    (void)deflateEnd(&stream);
    return packed;
}
