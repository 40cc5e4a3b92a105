#include "client/call/ice_urls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"

#define PORT_PLAIN 3478
#define PORT_TLS 5349

static int parse_host(struct ice_server *server, const char *text, size_t length)
{
    const char *end = text + length, *host = text, *host_end, *port = NULL;
    if (length > 0 && *text == '[') {
        host = text + 1;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (host_end == NULL)
            return ERR_INVALID;
        port = host_end + 1 < end && host_end[1] == ':' ? host_end + 2 : NULL;
    } else {
        host_end = memchr(text, ':', length);
        port = host_end != NULL ? host_end + 1 : NULL;
        host_end = host_end != NULL ? host_end : end;
    }
    size_t host_length = (size_t)(host_end - host);
    if (host_length == 0 || host_length >= sizeof server->host)
        return ERR_INVALID;
    memcpy(server->host, host, host_length);
    if (port == NULL)
        return 0;
    char *rest;
    unsigned long number = strtoul(port, &rest, 10);
    if (rest != end || rest == port || number < 1 || number > 65535)
        return ERR_INVALID;
    server->port = (uint16_t)number;
    return 0;
}

int ice_url_parse(struct ice_server *server, const char *url)
{
    static const struct {
        const char *scheme;
        bool is_turn, is_tls;
    } schemes[] = {{"stun:", false, false}, {"turn:", true, false}, {"turns:", true, true}};
    memset(server, 0, sizeof *server);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i].scheme);
        if (strncmp(url, schemes[i].scheme, length) != 0)
            continue;
        url += length;
        server->is_turn = schemes[i].is_turn;
        server->port = schemes[i].is_tls ? PORT_TLS : PORT_PLAIN;
        const char *query = url + strcspn(url, "?");
        bool is_tcp = strcmp(query, "?transport=tcp") == 0;
        if (*query != '\0' && !is_tcp && strcmp(query, "?transport=udp") != 0)
            return ERR_INVALID;
        server->transport = schemes[i].is_tls ? ICE_SERVER_TLS : is_tcp ? ICE_SERVER_TCP : ICE_SERVER_UDP;
        return parse_host(server, url, (size_t)(query - url));
    }
    return ERR_INVALID;
}

static bool read_one(struct ice_server *server, const json_t *url, const json_t *entry)
{
    const char *text = json_string_value(url);
    const char *username = json_string_value(json_object_get(entry, "username"));
    const char *credential = json_string_value(json_object_get(entry, "credential"));
    if (text == NULL || ice_url_parse(server, text) != 0)
        return false;
    if (server->is_turn && (username == NULL || credential == NULL || strlen(username) >= sizeof server->username ||
                            strlen(credential) >= sizeof server->password))
        return false;
    if (server->is_turn) {
        snprintf(server->username, sizeof server->username, "%s", username);
        snprintf(server->password, sizeof server->password, "%s", credential);
    }
    return true;
}

size_t ice_servers_read(const json_t *array, struct ice_server *servers, size_t capacity)
{
    size_t count = 0, index, inner;
    json_t *entry, *url;
    json_array_foreach((json_t *)array, index, entry)
    {
        json_t *urls = json_object_get(entry, "urls");
        if (json_is_string(urls) && count < capacity)
            count += read_one(&servers[count], urls, entry);
        json_array_foreach(urls, inner, url) if (count < capacity) count += read_one(&servers[count], url, entry);
    }
    return count;
}
