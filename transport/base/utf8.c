#include "transport/base/utf8.h"

/* Overlong forms of control characters begin with 0xc0, 0xc1, 0xe0 or 0xf0; halves of UTF-16 pairs with 0xed, what is
 * past U+10FFFF with 0xf4. */
size_t utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] < 0xe0 ? 0 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] > 0xf4 || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80) /* the end of the text, too */
            return 0;
    return length;
}

size_t utf8_fit(const char *text, size_t bytes)
{
    size_t fit = 0;
    for (;;) {
        size_t length = text[fit] != '\0' ? utf8_length(text + fit) : 0;
        if (length == 0 || fit + length > bytes)
            return fit;
        fit += length;
    }
}

bool utf8_is_control(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    return at[0] < ' ' || at[0] == 127 || (at[0] == 0xc2 && at[1] < 0xa0);
}

bool utf8_is_misleading(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] == 0xd8 && at[1] == 0x9c) /* U+061C */
        return true;
    if (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf) /* U+FEFF */
        return true;
    if (at[0] != 0xe2)
        return false;
    if (at[1] == 0x80) /* U+200B, U+200E, U+200F, U+2028 to U+202E */
        return at[2] == 0x8b || at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae);
    return at[1] == 0x81 && at[2] >= 0xa0 && at[2] <= 0xaf; /* U+2060 to U+206F */
}
