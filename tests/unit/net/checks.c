#include "tests/unit/net/checks.h"

static void client_agent(StunAgent *agent)
{
    stun_agent_init(agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

size_t make_check(const struct check *check, StunAgent *agent, uint8_t *out, size_t capacity)
{
    StunMessage message;
    char username[600];
    const char *pwd = check->pwd != NULL ? check->pwd : check->to->pwd;
    snprintf(username, sizeof username, "%s:client", check->to->ufrag);
    const char *name = check->username != NULL ? check->username : username;
    client_agent(agent);
    assert_true(stun_agent_init_request(agent, &message, out, capacity, STUN_BINDING));
    if (check->use_candidate)
        stun_message_append_flag(&message, STUN_ATTRIBUTE_USE_CANDIDATE);
    stun_message_append32(&message, STUN_ATTRIBUTE_PRIORITY, 0x6e0001ff);
    stun_message_append64(
        &message, check->is_controlled ? STUN_ATTRIBUTE_ICE_CONTROLLED : STUN_ATTRIBUTE_ICE_CONTROLLING, 0x1234567890);
    if (check->unknown_attribute)
        stun_message_append32(&message, (StunAttribute)0x7abc, 1);
    if (!check->no_username)
        stun_message_append_bytes(&message, STUN_ATTRIBUTE_USERNAME, name, strlen(name));
    size_t length = stun_agent_finish_message(agent, &message, check->no_integrity ? NULL : (const uint8_t *)pwd,
                                              check->no_integrity ? 0 : strlen(pwd));
    assert_true(length > 0);
    return length;
}

bool reply_is_success(StunAgent *agent, const uint8_t *reply, size_t length, struct sockaddr_storage *mapped)
{
    StunMessage message;
    socklen_t size = sizeof *mapped;
    if (stun_agent_validate(agent, &message, reply, length, NULL, NULL) != STUN_VALIDATION_SUCCESS)
        return false;
    return stun_usage_ice_conncheck_process(&message, mapped, &size, STUN_USAGE_ICE_COMPATIBILITY_RFC5245) ==
           STUN_USAGE_ICE_RETURN_SUCCESS;
}

/* The password of whoever answers requests, for stun_agent_validate(). */
static bool answering_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t length,
                               uint8_t **password, size_t *password_length, void *user)
{
    const struct ice_credentials *own = user;
    size_t ufrag = strlen(own->ufrag);
    (void)agent;
    (void)message;
    if (length <= ufrag || memcmp(username, own->ufrag, ufrag) != 0 || username[ufrag] != ':')
        return false;
    *password = (uint8_t *)(uintptr_t)own->pwd;
    *password_length = strlen(own->pwd);
    return true;
}

size_t make_answer(const struct ice_credentials *own, const uint8_t *request, size_t length, uint8_t *out,
                   size_t capacity)
{
    StunAgent agent;
    StunMessage asked, message;
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(7000)};
    struct sockaddr_storage from = {0};
    bool is_controlling = true;
    client_agent(&agent);
    if (stun_agent_validate(&agent, &asked, request, length, answering_password, (void *)(uintptr_t)own) !=
        STUN_VALIDATION_SUCCESS)
        return 0;
    memcpy(&from, &source, sizeof source);
    StunUsageIceReturn result =
        stun_usage_ice_conncheck_create_reply(&agent, &asked, &message, out, &capacity, &from, sizeof source,
                                              &is_controlling, 0x1234567890, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    return result == STUN_USAGE_ICE_RETURN_SUCCESS ? capacity : 0;
}

bool is_request(const uint8_t *data, size_t length)
{
    return length >= 20 && data[0] == 0 && data[1] == 1;
}

int reply_error(const uint8_t *reply, size_t length)
{
    StunAgent agent;
    StunMessage message = {.buffer = (uint8_t *)(uintptr_t)reply, .buffer_len = length};
    int code = 0;
    client_agent(&agent);
    message.agent = &agent;
    return stun_message_find_error(&message, &code) == STUN_MESSAGE_RETURN_SUCCESS ? code : 0;
}
