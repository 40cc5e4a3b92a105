/* The STUN path of an ICE-lite port. Integrity would stop nearly every mutation at the door, so each input is tried as
 * it is and once more signed with the right password. */
#include <stdint.h>
#include <string.h>

#include <stun/stunagent.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/net/lite_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ice_credentials local = {"aaaa", "passwordpasswordpassword"};

/* The attributes of the input behind a good header and username, closed by a good MESSAGE-INTEGRITY and FINGERPRINT. */
static size_t sign(const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    StunAgent agent;
    StunMessage message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    if (!stun_agent_init_request(&agent, &message, out, capacity, STUN_BINDING))
        return 0;
    stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, "aaaa:bbbb", 9);
    for (size_t at = 0; at + 4 <= size;) {
        size_t length = get_u16(data + at + 2) % 64;
        if (length > size - at - 4)
            length = size - at - 4;
        if (stun_message_append_bytes(&message, (StunAttribute)get_u16(data + at), data + at + 4, length) !=
            STUN_MESSAGE_RETURN_SUCCESS)
            break;
        at += 4 + length;
    }
    return stun_agent_finish_message(&agent, &message, (const uint8_t *)local.pwd, strlen(local.pwd));
}

static void try(struct lite_core *core, const uint8_t *data, size_t size)
{
    static const struct path from = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 7}, .port = 5000};
    uint8_t reply[LITE_REPLY_MAX];
    struct lite_result result = lite_core_check(core, &from, data, size, 1, reply);
    CHECK(result.reply_length <= sizeof reply);
    CHECK((result.outcome == LITE_VALID) == (result.session != NULL));
    CHECK(result.outcome != LITE_VALID || lite_core_datagram(core, &from, 2) == result.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t built[1400];
    struct lite_session *session;
    struct lite_core *core = lite_core_new(30 * USEC_PER_SEC, 1);
    CHECK(lite_session_new(&session, core, &local, NULL, 0) == 0);
    try(core, data, size);
    size_t length = sign(data, size < 1000 ? size : 1000, built, sizeof built);
    if (length > 0)
        try(core, built, length);
    lite_session_free(session);
    lite_core_free(core);
    return 0;
}
