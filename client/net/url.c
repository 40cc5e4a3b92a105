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

/* As the page reads it: "%41" is "A" and "+" a space; what only looks like that stays as it is. Control characters are
 * part of no name, token or key. */
static int copy_decoded(char *out, size_t capacity, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char next = text[i] == '+' ? ' ' : text[i];
        if (next == '%' && i + 2 < length && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            next = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
            i += 2;
        }
        if (used + 1 >= capacity || (unsigned char)next < ' ' || next == 127)
            return ERR_INVALID;
        out[used++] = next;
    }
    out[used] = '\0';
    return 0;
}

/* The first value of `name` ("room=") in a query or a fragment; without one *out stays as it is. */
static int parse_value(char *out, size_t capacity, const char *name, const char *list, size_t length)
{
    size_t name_length = strlen(name);
    for (const char *end = list + length, *next; list < end; list = next + 1) {
        next = memchr(list, '&', (size_t)(end - list));
        next = next != NULL ? next : end;
        if ((size_t)(next - list) >= name_length && strncmp(list, name, name_length) == 0)
            return copy_decoded(out, capacity, list + name_length, (size_t)(next - list) - name_length);
    }
    return 0;
}

/* A token in the fragment goes before one in the query, as on the page; a key is in the fragment only, since a query
 * is sent to the server. */
static int parse_values(struct url *url, const char *query, size_t query_length, const char *fragment)
{
    size_t length = strlen(fragment);
    bool is_right = parse_value(url->room, sizeof url->room, "room=", query, query_length) == 0 &&
                    parse_value(url->token, sizeof url->token, "token=", query, query_length) == 0 &&
                    parse_value(url->token, sizeof url->token, "token=", fragment, length) == 0 &&
                    parse_value(url->key, sizeof url->key, "key=", fragment, length) == 0;
    return is_right ? 0 : ERR_INVALID;
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
    const char *query = text + strcspn(text, "?#"), *fragment = query + strcspn(query, "#");
    size_t mark = *query == '?';
    return parse_values(url, query + mark, (size_t)(fragment - query) - mark, fragment + (*fragment == '#'));
}
