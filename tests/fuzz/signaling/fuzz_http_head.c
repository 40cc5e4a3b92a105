/* The head of a request, as it comes in pieces: its end is found wherever the pieces end; what is read lies inside of
 * it, and what libwebsockets gets of it is the handshake and nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/upgrade.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The end is the same when it is looked for again and again. */
static size_t find_end(const char *text, size_t length, size_t step)
{
    size_t end = 0;
    for (size_t have = step, seen = 0; end == 0; have += step) {
        size_t here = have < length ? have : length;
        end = http_head_size(text, here, seen);
        seen = here;
        if (here == length)
            break;
    }
    return end;
}

static void read_all(const struct http_head *head, const char *text, size_t end)
{
    static const char *const names[] = {"host", "connection", "cookie", "sec-websocket-key", ""};
    char out[64];
    bool is_cut;
    CHECK(head->path[0] == '/' && strlen(head->path) <= HTTP_PATH_MAX && head->method[0] != '\0');
    CHECK(head->query_length == 0 || (head->query >= text && head->query + head->query_length <= text + end));
    CHECK(head->fields >= text && head->fields + head->fields_length <= text + end);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)http_head_field(head, names[i], out, sizeof out, &is_cut);
        CHECK(strlen(out) < sizeof out && strpbrk(out, "\r\n") == NULL);
        (void)http_head_lists(head, names[i], "close");
        const char *argument = http_head_argument(head, names[i], out, sizeof out);
        CHECK(argument == NULL || strlen(argument) < sizeof out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_head head;
    char *text = calloc(1, size + 1); /* exactly as large: what is read behind it is seen */
    CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    size_t end = http_head_size(text, size, 0);
    CHECK(end <= size && find_end(text, size, 1) == end && find_end(text, size, 7) == end);
    if (end > 0 && http_head_parse(&head, text, end).status == 0) {
        read_all(&head, text, end);
        if (upgrade_is_wanted(&head) && upgrade_check(&head).status == 0) {
            char handshake[UPGRADE_TEXT_MAX];
            size_t length = upgrade_text(&head, handshake);
            CHECK(length < sizeof handshake && http_head_size(handshake, length, 0) == length);
            CHECK(http_head_parse(&head, handshake, length).status == 0 && upgrade_check(&head).status == 0);
        }
    }
    free(text);
    return 0;
}
