/* Any text as the page's address: what is taken has a host and a folder, and nothing in it breaks a header. */
#include <stdlib.h>
#include <string.h>

#include "client/net/url.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const char *part, char lowest)
{
    for (; *part != '\0'; part++)
        CHECK((unsigned char)*part >= (unsigned char)lowest && *part != 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct url url;
    char *text = pieces_text(data, size);
    if (url_parse(&url, text) == 0) {
        CHECK(url.host[0] != '\0' && url.port != 0);
        CHECK(url.path[0] == '/' && url.path[strlen(url.path) - 1] == '/');
        check_part(url.host, '!');
        check_part(url.path, '!');
        check_part(url.room, ' '); /* a space was "+": no room has one, which is said where rooms are read */
        check_part(url.token, ' ');
        check_part(url.key, ' ');
    }
    free(text);
    return 0;
}
