#include "client/service/end_text.h"

#include <stdio.h>
#include <string.h>

void service_end_text(char *text, size_t capacity, const char *url, const char *code, const char *why)
{
    int shown = strcmp(code, "unreachable") == 0 ? (int)strcspn(url, "?#") : 0;
    snprintf(text, capacity, "%.*s%s%s (%s)", shown, url, shown > 0 ? ": " : "", why, code);
}
