#include "client/net/url.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

static int copy(char *out, size_t capacity, const char *text, size_t length)
{
    if (length >= capacity)
        return ERR_INVALID;
    memcpy(out, text, length);
    out[length] = '\0';
    return 0;
}

static const char *parse_scheme(struct url *url, const char *text)
{
    static const struct {
        const char *prefix;
        bool is_secure;
    } schemes[] = {{"http://", false}, {"https://", true}, {"ws://", false}, {"wss://", true}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i].prefix);
        if (strncasecmp(text, schemes[i].prefix, length) == 0) {
            url->is_secure = schemes[i].is_secure;
            return text + length;
        }
    }
    return strstr(text, "://") == NULL ? text : NULL;
}

/* host, host:port, [v6] or [v6]:port, `length` characters. */
static int parse_authority(struct url *url, const char *text, size_t length)
{
    const char *end = text + length, *host_end, *port = NULL;
    if (length > 0 && text[0] == '[') {
        text++;
        host_end = memchr(text, ']', (size_t)(end - text));
        if (host_end == NULL)
            return ERR_INVALID;
        if (host_end + 1 < end && host_end[1] == ':')
            port = host_end + 2;
        else if (host_end + 1 != end)
            return ERR_INVALID;
    } else {
        host_end = memchr(text, ':', length);
        port = host_end != NULL ? host_end + 1 : NULL;
        host_end = host_end != NULL ? host_end : end;
    }
    url->port = url->is_secure ? 443 : 80;
    if (port != NULL) {
        unsigned long number = 0;
        if (port == end || end - port > 5)
            return ERR_INVALID;
        for (; port < end; port++) {
            if (!isdigit((unsigned char)*port))
                return ERR_INVALID;
            number = number * 10 + (unsigned long)(*port - '0');
        }
        if (number < 1 || number > 65535)
            return ERR_INVALID;
        url->port = (uint16_t)number;
    }
    if (host_end == text)
        return ERR_INVALID;
    return copy(url->host, sizeof url->host, text, (size_t)(host_end - text));
}

static int parse_query(struct url *url, const char *query)
{
    while (*query != '\0' && *query != '#') {
        size_t length = strcspn(query, "&#");
        if (strncmp(query, "room=", 5) == 0)
            return copy(url->room, sizeof url->room, query + 5, length - 5);
        query += length;
        query += *query == '&';
    }
    return 0;
}

/* As the page reads it: "%41" is "A" and "+" a space; what only looks like that stays as it is. */
static int copy_decoded(char *out, size_t capacity, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char next = text[i] == '+' ? ' ' : text[i];
        if (next == '%' && i + 2 < length && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            next = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
            i += 2;
        }
        if (used + 1 >= capacity || next == '\0')
            return ERR_INVALID;
        out[used++] = next;
    }
    out[used] = '\0';
    return 0;
}

static int parse_fragment(struct url *url, const char *fragment)
{
    while (*fragment != '\0') {
        size_t length = strcspn(fragment, "&");
        if (strncmp(fragment, "key=", 4) == 0)
            return copy_decoded(url->key, sizeof url->key, fragment + 4, length - 4);
        fragment += length;
        fragment += *fragment == '&';
    }
    return 0;
}

/* The folder of the page, with its last slash, which people leave out; index.html is a file in it. */
static int parse_path(struct url *url, const char *text, size_t length)
{
    static const char file[] = ".html";
    size_t ending = sizeof file - 1;
    if (length >= ending && strncmp(text + length - ending, file, ending) == 0)
        while (length > 0 && text[length - 1] != '/')
            length--;
    if (length + 1 >= sizeof url->path)
        return ERR_INVALID;
    memcpy(url->path, text, length);
    if (length == 0 || text[length - 1] != '/')
        url->path[length] = '/';
    return 0;
}

int url_parse(struct url *url, const char *text)
{
    memset(url, 0, sizeof *url);
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 127)
            return ERR_INVALID;
    text = parse_scheme(url, text);
    if (text == NULL)
        return ERR_INVALID;
    size_t authority = strcspn(text, "/?#");
    if (parse_authority(url, text, authority) != 0)
        return ERR_INVALID;
    text += authority;
    if (parse_path(url, text, strcspn(text, "?#")) != 0)
        return ERR_INVALID;
    text += strcspn(text, "?#");
    if (*text == '?' && parse_query(url, text + 1) != 0)
        return ERR_INVALID;
    text += strcspn(text, "#");
    return *text == '#' ? parse_fragment(url, text + 1) : 0;
}
