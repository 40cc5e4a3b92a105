#include "client/printable.h"

#include <stddef.h>
#include <string.h>

/* How long the UTF-8 sequence is that begins here; 0: none does. Overlong forms of control characters begin with 0xc0,
 * 0xc1, 0xe0 or 0xf0. */
static size_t sequence_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] < 0xe0 ? 0 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] > 0xf4 || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80) /* the end of the text, too */
            return 0;
    return length;
}

static int is_control(const unsigned char *at)
{
    return at[0] < ' ' || at[0] == 127 || (at[0] == 0xc2 && at[1] < 0xa0);
}

void printable_clean(char *text)
{
    unsigned char *at = (unsigned char *)text, *out = at;
    while (*at != '\0') {
        size_t length = sequence_length(at);
        if (length == 0 || is_control(at)) {
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
