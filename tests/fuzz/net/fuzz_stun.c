/* The STUN path of an ICE-lite port: checks, and answers to its own. Nearly every mutation fails the check of its
 * integrity, so each input is tried as it is and once more signed with the right password. */
#include <stdint.h>
#include <string.h>

#include <stun/stunagent.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/net/lite_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ice_credentials local = {"aaaa", "passwordpasswordpassword"};
static const struct ice_credentials remote = {"bbbb", "passwordpasswordpassword"};

/* The attributes of the input behind a good header and username, closed by a good MESSAGE-INTEGRITY and FINGERPRINT.
 * `transaction`: cookie and id of an answer; NULL: a new one. */
static size_t sign(StunClass class, const uint8_t *transaction, const uint8_t *data, size_t size, uint8_t *out,
                   size_t capacity)
{
    StunAgent agent;
    StunMessage message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    if (!stun_agent_init_request(&agent, &message, out, capacity, STUN_BINDING))
        return 0;
    if (class == STUN_RESPONSE)
        put_u16(out, 0x0101);
    if (transaction != NULL)
        memcpy(out + 4, transaction, 16);
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
    uint8_t reply[STUN_REPLY_MAX];
    bool is_over_budget;
    struct lite_result result = lite_core_stun(core, &from, data, size, 1, reply);
    CHECK(result.reply_length <= sizeof reply);
    CHECK((result.outcome == LITE_VALID) == (result.session != NULL));
    CHECK(result.outcome != LITE_VALID || lite_core_datagram(core, &from, 1, 2, &is_over_budget) == result.session);
}

/* The input as the answer to a request of ours: once with its transaction only, once signed. */
static void try_answer(struct lite_core *core, struct lite_session *session, const uint8_t *data, size_t size)
{
    static const struct path from = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 8}, .port = 5000};
    uint8_t check[1400], reply[STUN_REPLY_MAX], built[1400];
    struct lite_output request;
    size_t length = sign(STUN_REQUEST, NULL, data, 0, check, sizeof check);
    CHECK(lite_core_stun(core, &from, check, length, 3, reply).outcome == LITE_VALID);
    CHECK(lite_core_poll(core, 3, &request) && request.type == LITE_SEND);
    if (size >= 20 && size <= sizeof built) {
        memcpy(built, data, size);
        put_u16(built, 0x0101);
        memcpy(built + 4, request.data + 4, 16);
        (void)lite_core_stun(core, &from, built, size, 4, reply);
        CHECK(lite_session_route(session, 1200, false) == NULL); /* no answer without the password proves a path */
    }
    length = sign(STUN_RESPONSE, request.data + 4, data, size < 1000 ? size : 1000, built, sizeof built);
    if (length == 0)
        return;
    bool is_proven = lite_core_stun(core, &from, built, length, 5, reply).outcome == LITE_PROVEN;
    CHECK(is_proven == (lite_session_route(session, 1200, false) != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t built[1400];
    struct lite_session *session;
    const struct lite_core_config config = {.consent_timeout = 30 * USEC_PER_SEC, .seed = 1};
    struct lite_core *core = lite_core_new(&config);
    CHECK(lite_session_new(&session, core, &local, NULL, 0) == 0);
    CHECK(lite_session_set_remote(session, &remote, 0) == 0);
    try(core, data, size);
    size_t length = sign(STUN_REQUEST, NULL, data, size < 1000 ? size : 1000, built, sizeof built);
    if (length > 0)
        try(core, built, length);
    try_answer(core, session, data, size);
    lite_session_free(session);
    lite_core_free(core);
    return 0;
}
