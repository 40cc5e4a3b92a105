#include "signaling/config/ice_servers.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "transport/base/error.h"

#define DAY_S 86400

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

static bool is_address(int family, const char *text, size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    if (length >= sizeof address)
        return false;
    snprintf(address, sizeof address, "%.*s", (int)length, text);
    return inet_pton(family, address, &binary) == 1;
}

/* Labels of letters, digits and hyphens, each with a dot behind it but for the last, which may have one. */
static bool is_name(const char *text, size_t length)
{
    size_t label = 0; /* characters of it so far */
    for (size_t i = 0; i < length; i++) {
        bool is_end = i + 1 == length || text[i + 1] == '.';
        if ((text[i] == '.' || text[i] == '-') && label == 0)
            return false;
        if ((text[i] == '-' && is_end) || label > LABEL_MAX)
            return false;
        label = text[i] == '.' ? 0 : label + 1;
    }
    return length > 0 && label <= LABEL_MAX;
}

/* ":PORT", or nothing. */
static bool is_port(const char *text, size_t length)
{
    unsigned port = 0;
    if (length == 0)
        return true;
    for (size_t i = 1; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || port > UINT16_MAX)
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return text[0] == ':' && port >= 1 && port <= UINT16_MAX;
}

/* A browser that is told of something else makes no connection at all. */
static bool is_host_and_port(const char *text, size_t length)
{
    if (length > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', length);
        return end != NULL && is_address(AF_INET6, text + 1, (size_t)(end - text - 1)) &&
               is_port(end + 1, (size_t)(text + length - end - 1));
    }
    size_t host = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
    if (host > length || !is_port(text + host, length - host))
        return false;
    return strspn(text, "0123456789.") == host ? is_address(AF_INET, text, host) : is_name(text, host);
}

/* "USER:PASSWORD@" before the host, copied and skipped. */
static const char *take_credentials(struct ice_server_entry *entry, const char *text)
{
    const char *at = strrchr(text, '@');
    if (at == NULL)
        return text;
    const char *colon = memchr(text, ':', (size_t)(at - text));
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof entry->username ||
        (size_t)(at - colon - 1) >= sizeof entry->password || at == colon + 1)
        return NULL;
    memcpy(entry->username, text, (size_t)(colon - text));
    memcpy(entry->password, colon + 1, (size_t)(at - colon - 1));
    return at + 1;
}

int ice_servers_add(struct ice_servers *servers, const char *text)
{
    static const char *const schemes[] = {"stun:", "turn:", "turns:"};
    struct ice_server_entry entry = {.url = ""};
    if (servers->count == ICE_SERVERS_TOLD_MAX)
        return ERR_LIMIT;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t skip = strlen(schemes[i]);
        if (strncmp(text, schemes[i], skip) != 0)
            continue;
        const char *host = i > 0 ? take_credentials(&entry, text + skip) : text + skip;
        if (host == NULL)
            return ERR_INVALID;
        size_t length = strcspn(host, "?");
        const char *query = host + length;
        bool query_fits =
            *query == '\0' || (i > 0 && (strcmp(query, "?transport=udp") == 0 || strcmp(query, "?transport=tcp") == 0));
        if (!query_fits || !is_host_and_port(host, length) || strlen(host) > 240)
            return ERR_INVALID;
        snprintf(entry.url, sizeof entry.url, "%s%s", schemes[i], host);
        servers->entries[servers->count++] = entry;
        return 0;
    }
    return ERR_INVALID;
}

static int64_t lifetime(const struct ice_servers *servers)
{
    return servers->lifetime_s > 0 ? servers->lifetime_s : DAY_S;
}

static bool is_turn(const struct ice_server_entry *entry)
{
    return strncmp(entry->url, "turn", 4) == 0;
}

bool ice_servers_have_turn(const struct ice_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        if (is_turn(&servers->entries[i]))
            return true;
    return false;
}

bool ice_servers_lack_credentials(const struct ice_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        if (is_turn(&servers->entries[i]) && servers->entries[i].username[0] == '\0' && servers->secret[0] == '\0')
            return true;
    return false;
}

static bool is_made(const struct ice_servers *servers, const struct ice_server_entry *entry)
{
    return entry->username[0] == '\0' && servers->secret[0] != '\0' && is_turn(entry);
}

int64_t ice_servers_life_s(const struct ice_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        if (is_made(servers, &servers->entries[i]))
            return lifetime(servers);
    return 0;
}

/* username "EXPIRES:participant", password base64(HMAC-SHA1(secret, username)): draft-uberti-behave-turn-rest-00. */
static void make_credentials(const struct ice_servers *servers, const char *participant, int64_t wall_s, char *username,
                             size_t username_size, char *password)
{
    unsigned char tag[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    long long expires = wall_s + lifetime(servers);
    snprintf(username, username_size, "%lld:%s", expires, participant);
    HMAC(EVP_sha1(), servers->secret, (int)strlen(servers->secret), (const unsigned char *)username, strlen(username),
         tag, &size);
    EVP_EncodeBlock((unsigned char *)password, tag, (int)size);
}

json_t *ice_servers_json(const struct ice_servers *servers, const char *participant, int64_t wall_s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < servers->count; i++) {
        const struct ice_server_entry *entry = &servers->entries[i];
        json_t *server = json_pack("{s:[s]}", "urls", entry->url);
        char username[128], password[128];
        snprintf(username, sizeof username, "%s", entry->username);
        snprintf(password, sizeof password, "%s", entry->password);
        if (is_made(servers, entry))
            make_credentials(servers, participant, wall_s, username, sizeof username, password);
        if (username[0] != '\0') {
            json_object_set_new(server, "username", json_string(username));
            json_object_set_new(server, "credential", json_string(password));
        }
        json_array_append_new(list, server);
    }
    return list;
}
