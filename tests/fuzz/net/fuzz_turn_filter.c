/* What a TURN server sends: as a datagram, and as a stream. The first byte chooses how the stream is cut into reads.
 * Of a datagram that the filter lets pass libnice itself is asked which lifetime it finds in it. */
#include <stdint.h>
#include <string.h>

#include <stun/stunmessage.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/net/turn_filter.h"

#define SURELY_FEW (20 + 15 * 4 + 8) /* bytes: LIFETIME is among the first sixteen attributes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_sound_to_libnice(const uint8_t *message, StunMessage stun)
{
    uint32_t lifetime_s = 0;
    if (stun_message_find32(&stun, STUN_ATTRIBUTE_LIFETIME, &lifetime_s) != STUN_MESSAGE_RETURN_SUCCESS)
        return false;
    return (lifetime_s >= TURN_LIFETIME_MIN_S && lifetime_s <= TURN_LIFETIME_MAX_S) ||
           (lifetime_s == 0 && get_u16(message) == 0x0104);
}

/* The input as the attributes of a message, so that not each has to find the header anew. */
static void compare(const uint8_t *data, size_t size)
{
    static const uint8_t head[20] = {0x01, 0x03, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    uint8_t message[20 + 1024];
    size_t length = size < 1024 ? size & ~(size_t)3 : 1024;
    memcpy(message, head, sizeof head);
    if (length > 0)
        memcpy(message + 20, data, length);
    put_u16(message, size % 2 == 0 ? 0x0103 : 0x0104);
    put_u16(message + 2, (uint16_t)length);
    length += 20;
    if (stun_message_validate_buffer_length(message, length, true) != (int)length)
        return; /* libnice does not read it */
    const StunMessage stun = {.buffer = message, .buffer_len = length};
    bool passes = turn_filter_accepts(message, length), is_sound = is_sound_to_libnice(message, stun);
    CHECK(!passes || is_sound);
    CHECK(passes || !is_sound || length > SURELY_FEW || stun_message_has_attribute(&stun, STUN_ATTRIBUTE_DATA));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size > 0 ? 1u + data[0] : 1, passed = 0;
    struct turn_stream stream = {0};
    uint8_t out[256 + TURN_ANSWER_MAX];
    if (size > 0) {
        (void)turn_filter_accepts(data + 1, size - 1);
        compare(data + 1, size - 1);
    }
    for (size_t at = 1; at < size; at += step) {
        ssize_t more = turn_stream_take(&stream, data + at, size - at < step ? size - at : step, out);
        if (more < 0)
            break;
        passed += (size_t)more;
    }
    CHECK(passed < size || size == 0);
    return 0;
}
