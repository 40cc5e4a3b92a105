/* Text that others chose: whether it is UTF-8, and what of it deceives who reads it. Pure. */
#ifndef HEDDLE_BASE_UTF8_H
#define HEDDLE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character has that begins here, in a text that ends with 0; 0: none does (RFC 3629 section 4). */
size_t utf8_length(const char *text);
/* How many bytes whole characters have that fit into so many; less where the text ends, or is no UTF-8. */
size_t utf8_fit(const char *text, size_t bytes);
/* Whether the character is a control character, turns the direction of what follows it, ends its line (U+2028, U+2029),
 * or shows nothing: it makes one name look like another, or a terminal obey. Joiners (U+200C, U+200D) are parts of
 * words and of emoji. */
bool utf8_is_control(const char *text);
bool utf8_is_misleading(const char *text);

#endif
