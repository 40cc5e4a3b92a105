#include "client/printable.h"

#include <string.h>

#include "transport/base/utf8.h"

void printable_clean(char *text)
{
    char *at = text, *out = text;
    while (*at != '\0') {
        size_t length = utf8_length(at);
        if (length == 0 || utf8_is_control(at) || utf8_is_misleading(at)) {
            *out++ = '?';
            at += length > 0 ? length : 1;
            continue;
        }
        memmove(out, at, length);
        out += length;
        at += length;
    }
    *out = '\0';
}
