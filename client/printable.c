#include "client/printable.h"

#include <stddef.h>
#include <string.h>

/* How long the UTF-8 sequence is that begins here; 0: none does (RFC 3629 section 4). Overlong forms of control
 * characters begin with 0xc0, 0xc1, 0xe0 or 0xf0; halves of UTF-16 pairs with 0xed, what is past U+10FFFF with 0xf4. */
static size_t sequence_length(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] < 0xe0 ? 0 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] > 0xf4 || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
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

/* Signs that turn the direction of what follows them, end its line (U+2028, U+2029), or show nothing: they make one
 * name look like another, or like our own words. Joiners (U+200C, U+200D) are parts of words and of emoji. */
static int is_misleading(const unsigned char *at)
{
    if (at[0] == 0xd8 && at[1] == 0x9c) /* U+061C */
        return 1;
    if (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf) /* U+FEFF */
        return 1;
    if (at[0] != 0xe2)
        return 0;
    if (at[1] == 0x80) /* U+200B, U+200E, U+200F, U+2028 to U+202E */
        return at[2] == 0x8b || at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae);
    return at[1] == 0x81 && at[2] >= 0xa0 && at[2] <= 0xaf; /* U+2060 to U+206F */
}

void printable_clean(char *text)
{
    unsigned char *at = (unsigned char *)text, *out = at;
    while (*at != '\0') {
        size_t length = sequence_length(at);
        if (length == 0 || is_control(at) || is_misleading(at)) {
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
