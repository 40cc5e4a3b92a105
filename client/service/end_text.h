/* The end of a call in words. Pure. */
#ifndef HEDDLE_CLIENT_SERVICE_END_TEXT_H
#define HEDDLE_CLIENT_SERVICE_END_TEXT_H

#include <stddef.h>

/* What is said of the end of a call with this code: where nobody was reached, with the address, without the tokens and
 * keys that it may have. */
void service_end_text(char *text, size_t capacity, const char *url, const char *code, const char *why);

#endif
