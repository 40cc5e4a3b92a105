#include "signaling/http/http_head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "transport/base/bytes.h"

#define EMPTY_LINES_MAX 2 /* before a request: some clients end a body with one (RFC 9112 section 2.2) */

/* A part of the head, not terminated. */
struct part {
    const char *at;
    size_t length;
};

static const struct http_fault none;

static struct http_fault bad(const char *text)
{
    return (struct http_fault){HTTP_BAD_REQUEST, "bad-request", text};
}

static bool is_token(struct part part)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < part.length; i++) {
        char c = part.at[i];
        bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return part.length > 0;
}

static bool is_name(struct part part, const char *name)
{
    return part.length == strlen(name) && strncasecmp(part.at, name, part.length) == 0;
}

static struct part trim(struct part part)
{
    while (part.length > 0 && (*part.at == ' ' || *part.at == '\t')) {
        part.at++;
        part.length--;
    }
    while (part.length > 0 && (part.at[part.length - 1] == ' ' || part.at[part.length - 1] == '\t'))
        part.length--;
    return part;
}

/* Takes the next line; a line may end with LF alone (RFC 9112 section 2.2). */
static bool next_line(struct part *rest, struct part *line)
{
    const char *end = rest->length > 0 ? memchr(rest->at, '\n', rest->length) : NULL;
    if (end == NULL)
        return false;
    size_t whole = (size_t)(end - rest->at) + 1;
    *line = (struct part){rest->at, whole - 1};
    if (line->length > 0 && line->at[line->length - 1] == '\r')
        line->length--;
    rest->at += whole;
    rest->length -= whole;
    return true;
}

size_t http_head_size(const char *data, size_t length, size_t seen)
{
    /* The empty lines before a request do not end it. */
    size_t begin = 0;
    while (begin < length && (data[begin] == '\r' || data[begin] == '\n') && begin < 2 * EMPTY_LINES_MAX)
        begin++;
    size_t at = seen > begin + 3 ? seen - 3 : begin;
    for (const char *end; at < length && (end = memchr(data + at, '\n', length - at)) != NULL;
         at = (size_t)(end - data) + 1) {
        size_t next = (size_t)(end - data) + 1;
        if (next < length && data[next] == '\n')
            return next + 1;
        if (next + 1 < length && data[next] == '\r' && data[next + 1] == '\n')
            return next + 2;
    }
    return 0;
}

/* Decodes %XX, and in a query `+`. -1: it is no text; else its length, which may be larger than what fits. */
static long decode(struct part part, bool is_query, char *out, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < part.length; i++) {
        char c = is_query && part.at[i] == '+' ? ' ' : part.at[i];
        if (c == '%') {
            int high = i + 2 < part.length ? hex_digit(part.at[i + 1]) : -1,
                low = high >= 0 ? hex_digit(part.at[i + 2]) : -1;
            if (low < 0)
                return -1;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return -1;
        if (length + 1 < size)
            out[length] = c;
        length++;
    }
    out[length < size ? length : size - 1] = '\0';
    return (long)length;
}

/* "/path?query", or the same behind "http://host" (RFC 9112 section 3.2.2). */
static struct http_fault read_target(struct http_head *head, struct part target)
{
    for (size_t i = 0; i < target.length; i++)
        if (target.at[i] <= ' ' || target.at[i] > '~')
            return bad("characters of the path are to be written as %XX");
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i]);
        if (target.length <= length || strncasecmp(target.at, schemes[i], length) != 0)
            continue;
        const char *path = memchr(target.at + length, '/', target.length - length);
        if (path == NULL)
            return bad("an address needs a path");
        target = (struct part){path, target.length - (size_t)(path - target.at)};
    }
    if (target.length == 0 || target.at[0] != '/')
        return bad("a path begins with a slash");
    const char *query = memchr(target.at, '?', target.length);
    size_t path_length = query != NULL ? (size_t)(query - target.at) : target.length;
    if (query != NULL) {
        head->query = query + 1;
        head->query_length = target.length - path_length - 1;
    }
    long length = decode((struct part){target.at, path_length}, false, head->path, sizeof head->path);
    if (length < 0)
        return bad("the path has a % that is no character");
    if (length > HTTP_PATH_MAX)
        return (struct http_fault){HTTP_URI_TOO_LONG, "path-too-long", "paths have 255 characters at most"};
    return none;
}

static struct http_fault read_request_line(struct http_head *head, struct part line)
{
    const char *first = memchr(line.at, ' ', line.length), *last = memrchr(line.at, ' ', line.length);
    if (first == NULL || first == last)
        return bad("a request begins with METHOD /path HTTP/1.1");
    struct part method = {line.at, (size_t)(first - line.at)};
    struct part version = {last + 1, line.length - (size_t)(last + 1 - line.at)};
    if (!is_token(method))
        return bad("a request begins with METHOD /path HTTP/1.1");
    if (method.length > HTTP_METHOD_MAX)
        return (struct http_fault){HTTP_NOT_IMPLEMENTED, "wrong-method", "no such method"};
    memcpy(head->method, method.at, method.length);
    if (version.length != 8 || strncmp(version.at, "HTTP/", 5) != 0)
        return bad("a request begins with METHOD /path HTTP/1.1");
    if (strncmp(version.at, "HTTP/1.", 7) != 0 || (version.at[7] != '0' && version.at[7] != '1'))
        return (struct http_fault){HTTP_WRONG_VERSION, "wrong-version", "the version is HTTP/1.1"};
    head->is_last = version.at[7] == '0';
    return read_target(head, (struct part){first + 1, (size_t)(last - first - 1)});
}

/* Decimal digits. False: something else. */
static bool read_length(struct part value, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        size_t digit = (size_t)(value.at[i] - '0');
        *out = *out > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *out * 10 + digit;
    }
    return value.length > 0;
}

/* Lengths that differ would let a proxy and us see different requests (RFC 9112 section 6.3). */
static struct http_fault take_length(struct http_head *head, struct part value)
{
    size_t length;
    if (!read_length(value, &length) || (head->has_length && length != head->length))
        return bad("Content-Length is to be one number");
    head->has_length = true;
    head->length = length;
    return none;
}

static struct http_fault read_field(struct http_head *head, struct part line)
{
    const char *colon = memchr(line.at, ':', line.length);
    struct part name = {line.at, colon != NULL ? (size_t)(colon - line.at) : 0};
    if (!is_token(name))
        return bad("a header line is no NAME: VALUE");
    struct part value = trim((struct part){colon + 1, line.length - name.length - 1});
    for (size_t i = 0; i < value.length; i++)
        if (((unsigned char)value.at[i] < ' ' && value.at[i] != '\t') || value.at[i] == 0x7f)
            return bad("a header has a control character");
    if (is_name(name, "content-length"))
        return take_length(head, value);
    head->host_count += is_name(name, "host");
    head->is_chunked = head->is_chunked || is_name(name, "transfer-encoding");
    return none;
}

struct http_fault http_head_parse(struct http_head *head, const char *data, size_t size)
{
    struct part rest = {data, size}, line = {data, 0};
    *head = (struct http_head){.query = ""};
    for (int i = 0; i <= EMPTY_LINES_MAX && line.length == 0; i++)
        if (!next_line(&rest, &line))
            return bad("a request begins with METHOD /path HTTP/1.1");
    struct http_fault fault = read_request_line(head, line);
    head->fields = rest.at;
    while (fault.status == 0 && next_line(&rest, &line) && line.length > 0) {
        fault = read_field(head, line);
        head->fields_length = (size_t)(rest.at - head->fields);
    }
    if (fault.status != 0)
        return fault;
    if (!head->is_last && head->host_count != 1)
        return bad("a request of HTTP/1.1 has one Host"); /* RFC 9112 section 3.2 */
    if (head->is_chunked && head->has_length)
        return bad("a body has a Content-Length or a Transfer-Encoding");
    head->is_last = http_head_lists(head, "connection", "close") ||
                    (head->is_last && !http_head_lists(head, "connection", "keep-alive"));
    head->awaits_go = http_head_lists(head, "expect", "100-continue");
    return none;
}

/* The next field of that name behind `rest`. */
static bool find_field(struct part *rest, const char *name, struct part *value)
{
    size_t length = strlen(name);
    for (struct part line; next_line(rest, &line);) {
        if (line.length <= length || line.at[length] != ':' || strncasecmp(line.at, name, length) != 0)
            continue;
        *value = trim((struct part){line.at + length + 1, line.length - length - 1});
        return true;
    }
    return false;
}

bool http_head_field(const struct http_head *head, const char *name, char *out, size_t size, bool *is_cut)
{
    struct part rest = {head->fields, head->fields_length}, value;
    size_t length = 0;
    bool is_there = false, does_fit = true;
    while (find_field(&rest, name, &value)) {
        size_t gap = is_there ? 2 : 0;
        does_fit = does_fit && length + gap + value.length < size;
        if (does_fit) {
            memcpy(out + length, ", ", gap);
            memcpy(out + length + gap, value.at, value.length);
            length += gap + value.length;
        }
        is_there = true;
    }
    out[length] = '\0';
    if (is_cut != NULL)
        *is_cut = !does_fit;
    return is_there;
}

bool http_head_lists(const struct http_head *head, const char *name, const char *token)
{
    struct part rest = {head->fields, head->fields_length}, value;
    while (find_field(&rest, name, &value)) {
        while (value.length > 0) {
            const char *comma = memchr(value.at, ',', value.length);
            size_t length = comma != NULL ? (size_t)(comma - value.at) : value.length;
            if (is_name(trim((struct part){value.at, length}), token))
                return true;
            size_t taken = comma != NULL ? length + 1 : length;
            value.at += taken;
            value.length -= taken;
        }
    }
    return false;
}

const char *http_head_bearer(const struct http_head *head, char *header, size_t size)
{
    static const char scheme[] = "Bearer ";
    bool is_cut, is_there = http_head_field(head, "authorization", header, size, &is_cut);
    bool is_bearer = is_there && !is_cut && strncasecmp(header, scheme, sizeof scheme - 1) == 0;
    return is_bearer ? header + sizeof scheme - 1 : NULL;
}

const char *http_head_argument(const struct http_head *head, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    struct part rest = {head->query, head->query_length};
    while (rest.length > 0) {
        const char *end = memchr(rest.at, '&', rest.length);
        struct part each = {rest.at, end != NULL ? (size_t)(end - rest.at) : rest.length};
        size_t taken = end != NULL ? each.length + 1 : each.length;
        rest.at += taken;
        rest.length -= taken;
        if (each.length <= length || each.at[length] != '=' || memcmp(each.at, name, length) != 0)
            continue;
        long decoded = decode((struct part){each.at + length + 1, each.length - length - 1}, true, out, size);
        return decoded >= 0 && (size_t)decoded < size ? out : NULL;
    }
    return NULL;
}
