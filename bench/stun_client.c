#include "bench/stun_client.h"

#include <stdio.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#define RETRY_FIRST (50 * USEC_PER_MSEC)
#define RETRY_LAST (1600 * USEC_PER_MSEC)
#define CONSENT_INTERVAL (5 * USEC_PER_SEC)

void stun_client_init(struct stun_client *client, const char *local_ufrag, const char *local_pwd,
                      const char *remote_ufrag, const char *remote_pwd, struct rng *rng, usec_t now)
{
    *client = (struct stun_client){.tie_breaker = rng_next(rng), .next = now, .retry = RETRY_FIRST};
    snprintf(client->username, sizeof client->username, "%s:%s", remote_ufrag, local_ufrag);
    snprintf(client->password, sizeof client->password, "%s", remote_pwd);
    snprintf(client->local_ufrag, sizeof client->local_ufrag, "%s", local_ufrag);
    snprintf(client->local_password, sizeof client->local_password, "%s", local_pwd);
}

size_t stun_client_poll(struct stun_client *client, uint8_t *out, size_t capacity, usec_t now)
{
    static const uint16_t known[] = {0};
    StunAgent agent; /* for one message only: an agent remembers 200 requests at most, and we have thousands */
    StunMessage message;
    if (client->next > now)
        return 0;
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    size_t length = stun_usage_ice_conncheck_create(&agent, &message, out, capacity, (const uint8_t *)client->username,
                                                    strlen(client->username), (const uint8_t *)client->password,
                                                    strlen(client->password), true, true, 0x6e0001ff,
                                                    client->tie_breaker, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    if (length >= 20)
        memcpy(client->transaction, out + 8, sizeof client->transaction);
    if (client->is_connected) {
        client->next = now + CONSENT_INTERVAL;
    } else {
        client->next = now + client->retry;
        client->retry = usec_min(client->retry * 2, RETRY_LAST);
    }
    return length;
}

bool stun_client_input(struct stun_client *client, const uint8_t *data, size_t length, usec_t now)
{
    enum { BINDING_SUCCESS = 0x0101 };
    if (length < 20 || (data[0] << 8 | data[1]) != BINDING_SUCCESS ||
        memcmp(data + 8, client->transaction, sizeof client->transaction) != 0)
        return false;
    if (!client->is_connected)
        client->next = now + CONSENT_INTERVAL;
    client->is_connected = true;
    return true;
}

/* For stun_agent_validate(), which does not check the integrity if we return true without a key. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t length,
                          uint8_t **password, size_t *password_length, void *user)
{
    struct stun_client *client = user;
    size_t ufrag = strlen(client->local_ufrag);
    (void)agent;
    (void)message;
    if (length <= ufrag || memcmp(username, client->local_ufrag, ufrag) != 0 || username[ufrag] != ':')
        return false;
    *password = (uint8_t *)client->local_password;
    *password_length = strlen(client->local_password);
    return true;
}

size_t stun_client_answer(const struct stun_client *client, const uint8_t *data, size_t length,
                          const struct sockaddr_in *from, uint8_t *out, size_t capacity)
{
    enum { BINDING_REQUEST = 0x0001 };
    static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME,        STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                     STUN_ATTRIBUTE_PRIORITY,        STUN_ATTRIBUTE_USE_CANDIDATE,
                                     STUN_ATTRIBUTE_ICE_CONTROLLING, STUN_ATTRIBUTE_ICE_CONTROLLED,
                                     STUN_ATTRIBUTE_FINGERPRINT,     0};
    struct stun_client copy = *client;
    struct sockaddr_storage source = {0};
    StunAgent agent;
    StunMessage request, reply;
    bool is_controlling = true;
    if (length < 20 || (data[0] << 8 | data[1]) != BINDING_REQUEST)
        return 0;
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    if (stun_agent_validate(&agent, &request, data, length, find_password, &copy) != STUN_VALIDATION_SUCCESS)
        return 0;
    memcpy(&source, from, sizeof *from);
    (void)stun_usage_ice_conncheck_create_reply(&agent, &request, &reply, out, &capacity, &source, sizeof *from,
                                                &is_controlling, client->tie_breaker,
                                                STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    return capacity;
}
