/* The head of an HTTP/1.1 request (RFC 9112): its request line and header fields. Pure: it reads bytes that are
 * complete, and refuses what could be read in two ways. */
#ifndef HEDDLE_SIGNALING_HTTP_HEAD_H
#define HEDDLE_SIGNALING_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX ((size_t)32768) /* bytes: cookies, tokens, what a chain of proxies adds */
#define HTTP_METHOD_MAX 16
#define HTTP_PATH_MAX 255

enum http_code {
    HTTP_OK = 200,
    HTTP_CREATED = 201,
    HTTP_NO_CONTENT = 204,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_NOT_ACCEPTABLE = 406,
    HTTP_REQUEST_TIMEOUT = 408,
    HTTP_CONFLICT = 409,
    HTTP_LENGTH_REQUIRED = 411,
    HTTP_PRECONDITION_FAILED = 412,
    HTTP_CONTENT_TOO_LARGE = 413,
    HTTP_URI_TOO_LONG = 414,
    HTTP_UNSUPPORTED_MEDIA_TYPE = 415,
    HTTP_UPGRADE_REQUIRED = 426,
    HTTP_PRECONDITION_REQUIRED = 428,
    HTTP_TOO_MANY_REQUESTS = 429,
    HTTP_HEADERS_TOO_LARGE = 431,
    HTTP_INTERNAL_ERROR = 500,
    HTTP_NOT_IMPLEMENTED = 501,
    HTTP_UNAVAILABLE = 503,
    HTTP_WRONG_VERSION = 505,
};

/* Why a request is not answered otherwise. */
struct http_fault {
    unsigned status; /* an http_code; 0: none */
    const char *code, *text;
};

struct http_head {
    char method[HTTP_METHOD_MAX + 1];
    char path[HTTP_PATH_MAX + 1]; /* decoded; "/" at the beginning */
    const char *query;            /* as it came, not terminated */
    size_t query_length;
    const char *fields; /* all lines of header fields */
    size_t fields_length;
    unsigned host_count;
    bool has_length; /* Content-Length is there */
    size_t length;   /* what it says; SIZE_MAX: that or more */
    bool is_chunked; /* or another transfer coding: the body's length is not known before */
    bool is_last;    /* the connection closes after the answer */
    bool awaits_go;  /* the client waits for "100 Continue" before it sends the body */
};

/* Bytes of the head at the beginning of `data`, its empty line included; 0: it is not complete. `seen` bytes were
 * looked at before. */
size_t http_head_size(const char *data, size_t length, size_t seen);

/* Reads a complete head. `head` points into `data`. */
struct http_fault http_head_parse(struct http_head *head, const char *data, size_t size);

/* The value of a header field, without spaces around it; `name` is in lower case. Fields of the same name are one list,
 * joined by ", " (RFC 9110 section 5.2). False: there is none, *out is "". What does not fit is `is_cut`. */
bool http_head_field(const struct http_head *head, const char *name, char *out, size_t size, bool *is_cut);
/* Whether the list of a field names `token`, whatever its case. */
bool http_head_lists(const struct http_head *head, const char *name, const char *token);

/* The token of "Authorization: Bearer TOKEN" (RFC 6750), in `header`; NULL: there is none, or it does not fit. */
const char *http_head_bearer(const struct http_head *head, char *header, size_t size);

/* The value of an argument of the query, decoded. NULL: there is none, or it does not fit, or is no text. */
const char *http_head_argument(const struct http_head *head, const char *name, char *out, size_t size);

#endif
