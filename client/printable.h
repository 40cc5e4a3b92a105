/* Text that others chose, made fit for a terminal. Pure. */
#ifndef HEDDLE_CLIENT_PRINTABLE_H
#define HEDDLE_CLIENT_PRINTABLE_H

/* Replaces by '?' what a terminal may obey: control characters, line breaks among them (U+0000 to U+001F, U+007F to
 * U+009F), and bytes that are not UTF-8, which some terminals take for the latter; and what makes a name look like
 * another one: signs that turn its direction or show nothing. */
void printable_clean(char *text);

#endif
