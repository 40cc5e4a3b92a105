/* Makes text that others chose safe to print on a terminal. Pure. */
#ifndef HEDDLE_CLIENT_PRINTABLE_H
#define HEDDLE_CLIENT_PRINTABLE_H

/* Replaces by '?' what a terminal may take for a command: control characters and line breaks (U+0000 to U+001F, U+007F
 * to U+009F), and bytes that are not UTF-8, which some terminals take for the latter. Also what makes a name look like
 * another one: characters that change the direction of the text or are invisible. */
void printable_clean(char *text);

#endif
