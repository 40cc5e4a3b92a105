#include "transport/net/stun_messages.h"

#include <stdio.h>
#include <string.h>
#include <stun/usages/ice.h>

#include "transport/base/bytes.h"

#define USERNAME_MAX 513 /* RFC 8489 section 14.3 */
#define HEADER 20
#define COOKIE 0x2112a442u
#define TYPE_REQUEST 0x0001
#define TYPE_INDICATION 0x0011
#define TYPE_SUCCESS 0x0101
#define TYPE_ERROR 0x0111
#define PRIORITY_PEER_REFLEXIVE (110u << 24 | 65535u << 8 | 255u) /* RFC 8445 section 7.1.1 */

void stun_messages_init(struct stun_messages *stun)
{
    stun_agent_init(&stun->checks, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init(&stun->requests, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    stun_agent_init(&stun->answers, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS);
}

bool stun_is_message(const uint8_t *data, size_t length)
{
    return length >= HEADER && data[0] < 4 && get_u32(data + 4) == COOKIE;
}

enum stun_kind stun_kind_of(const uint8_t *data, size_t length)
{
    if (!stun_is_message(data, length))
        return STUN_KIND_NONE;
    switch (get_u16(data)) {
    case TYPE_REQUEST:
        return STUN_KIND_CHECK;
    case TYPE_INDICATION:
        return STUN_KIND_INDICATION;
    case TYPE_SUCCESS:
    case TYPE_ERROR:
        return STUN_KIND_ANSWER;
    default:
        return STUN_KIND_NONE;
    }
}

const uint8_t *stun_transaction(const uint8_t *data)
{
    return data + 8;
}

struct lookup {
    const char *(*find)(void *user, const uint8_t *ufrag, size_t length);
    void *user;
    bool is_found;
};

/* For stun_agent_validate(). It only returns true with a key: without one, libnice would skip the integrity check. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t length,
                          uint8_t **password, size_t *password_length, void *user)
{
    struct lookup *lookup = user;
    (void)agent;
    (void)message;
    if (length > USERNAME_MAX)
        return false;
    const uint8_t *colon = memchr(username, ':', length);
    const char *pwd = colon != NULL ? lookup->find(lookup->user, username, (size_t)(colon - username)) : NULL;
    if (pwd == NULL)
        return false;
    lookup->is_found = true;
    *password = (uint8_t *)(uintptr_t)pwd;
    *password_length = strlen(pwd);
    return true;
}

/* As libnice's own, but without the USERNAME, for which a response has no use (RFC 8489 section 9.1.4): what is sent to
 * a path that is not proven yet is little, and the first flight of DTLS has to go with it. */
static enum stun_verdict write_reply(struct stun_messages *stun, const StunMessage *request,
                                     const struct sockaddr_storage *source, socklen_t source_length,
                                     uint8_t reply[STUN_REPLY_MAX], size_t *reply_length)
{
    StunMessage message;
    if (!stun_agent_init_response(&stun->checks, &message, reply, STUN_REPLY_MAX, request) ||
        stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, source, source_length) !=
            STUN_MESSAGE_RETURN_SUCCESS)
        return STUN_REFUSED;
    *reply_length = stun_agent_finish_message(&stun->checks, &message, NULL, 0);
    return *reply_length > 0 ? STUN_GENUINE : STUN_REFUSED;
}

static enum stun_verdict answer_check(struct stun_messages *stun, StunMessage *request, const struct path *from,
                                      uint8_t reply[STUN_REPLY_MAX], size_t *reply_length)
{
    StunMessage message;
    struct sockaddr_storage source = {0};
    socklen_t source_length = path_to_plain_sockaddr(from, &source); /* a reply must not have a mapped address */
    bool is_controlling = false;
    *reply_length = STUN_REPLY_MAX;
    StunUsageIceReturn code =
        stun_usage_ice_conncheck_create_reply(&stun->checks, request, &message, reply, reply_length, &source,
                                              source_length, &is_controlling, 0, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    if (code != STUN_USAGE_ICE_RETURN_SUCCESS)
        return STUN_REFUSED;
    return write_reply(stun, request, &source, source_length, reply, reply_length);
}

enum stun_verdict stun_judge_check(struct stun_messages *stun, const struct path *from, const uint8_t *data,
                                   size_t length, const char *(*find)(void *user, const uint8_t *ufrag, size_t length),
                                   void *user, bool *use_candidate, uint8_t reply[STUN_REPLY_MAX], size_t *reply_length)
{
    struct lookup lookup = {.find = find, .user = user};
    StunMessage request, message;
    *reply_length = 0;
    switch (stun_agent_validate(&stun->checks, &request, data, length, find_password, &lookup)) {
    case STUN_VALIDATION_SUCCESS:
        if (!lookup.is_found)
            return STUN_FORGED;
        *use_candidate = stun_usage_ice_conncheck_use_candidate(&request);
        return answer_check(stun, &request, from, reply, reply_length);
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE: /* this is found only after a successful integrity check */
        if (lookup.is_found)
            *reply_length =
                stun_agent_build_unknown_attributes_error(&stun->checks, &message, reply, STUN_REPLY_MAX, &request);
        return STUN_REFUSED;
    case STUN_VALIDATION_NOT_STUN:
    case STUN_VALIDATION_INCOMPLETE_STUN:
        return STUN_MALFORMED;
    default:
        return STUN_FORGED;
    }
}

size_t stun_make_request(struct stun_messages *stun, const struct ice_credentials *local,
                         const struct ice_credentials *remote, const uint8_t transaction[STUN_TRANSACTION],
                         uint64_t tie_breaker, uint8_t out[STUN_REQUEST_MAX])
{
    StunMessage message;
    StunTransactionId id;
    char username[2 * ICE_UFRAG_MAX + 2];
    int username_length = snprintf(username, sizeof username, "%s:%s", remote->ufrag, local->ufrag);
    if (!stun_agent_init_request(&stun->requests, &message, out, STUN_REQUEST_MAX, STUN_BINDING))
        return 0;
    memcpy(out + 8, transaction, STUN_TRANSACTION);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, PRIORITY_PEER_REFLEXIVE);
    stun_message_append64(&message, STUN_ATTRIBUTE_ICE_CONTROLLED, tie_breaker);
    stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, username, (size_t)username_length);
    size_t length =
        stun_agent_finish_message(&stun->requests, &message, (const uint8_t *)remote->pwd, strlen(remote->pwd));
    stun_message_id(&message, id);
    (void)stun_agent_forget_transaction(&stun->requests, id); /* it has room for only 200, and paths store their own */
    return length;
}

bool stun_judge_answer(struct stun_messages *stun, const uint8_t *data, size_t length,
                       const uint8_t transaction[STUN_TRANSACTION], const char *pwd)
{
    StunMessage answer;
    StunAgentSavedIds *asked = &stun->answers.sent_ids[0];
    if (stun_kind_of(data, length) != STUN_KIND_ANSWER || get_u16(data) != TYPE_SUCCESS)
        return false;
    memset(asked, 0, sizeof *asked);
    memcpy(asked->id, data + 4, 4);
    memcpy(asked->id + 4, transaction, STUN_TRANSACTION);
    asked->method = STUN_BINDING;
    asked->key = (uint8_t *)(uintptr_t)pwd;
    asked->key_len = strlen(pwd);
    asked->valid = true;
    bool is_genuine =
        stun_agent_validate(&stun->answers, &answer, data, length, NULL, NULL) == STUN_VALIDATION_SUCCESS &&
        stun_message_has_attribute(&answer, STUN_ATTRIBUTE_MESSAGE_INTEGRITY);
    asked->valid = false;
    return is_genuine;
}
