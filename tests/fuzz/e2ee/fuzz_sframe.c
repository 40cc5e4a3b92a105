/* Any bytes as an encrypted frame of any codec: nothing that was not encrypted with the key is opened. */
#include <stdlib.h>
#include <string.h>

#include "client/e2ee/frame_decryptor.h"
#include "client/e2ee/frame_format.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t room_key[ROOM_KEY_SIZE] = {1};

static void check_header(const uint8_t *data, size_t size)
{
    struct sframe_header header;
    uint8_t out[SFRAME_HEADER_MAX];
    if (sframe_parse_header(&header, data, size) != 0)
        return;
    CHECK(header.length >= 1 && header.length <= size && header.length <= SFRAME_HEADER_MAX);
    CHECK(sframe_write_header(out, header.key_id, header.counter) <= header.length); /* ours is the shortest */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum codec codecs[] = {CODEC_OPUS, CODEC_VP8, CODEC_VP9, CODEC_AV1};
    struct frame_decryptor decryptor = {.failures = 0};
    check_header(data, size);
    uint8_t *out = malloc(size > 0 ? size : 1); /* so that the sanitizer sees one byte too many */
    CHECK(out != NULL);
    const struct span frame = {data, size};
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        CHECK(frame_decryptor_decrypt(&decryptor, room_key, "p1", codecs[i], frame, out, 0) < 0);
        CHECK(frame_decryptor_read_tag(codecs[i], frame) <= UINT16_MAX);
    }
    free(out);
    return 0;
}
