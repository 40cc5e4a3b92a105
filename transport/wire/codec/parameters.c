#include "transport/wire/codec/parameters.h"

#include <string.h>
#include <strings.h>

const char *parameters_find(const char *parameters, const char *key, size_t *length)
{
    size_t key_length = strlen(key);
    for (const char *at = parameters; at != NULL; at = strchr(at, ';')) {
        at += strspn(at, "; \t");
        if (strncasecmp(at, key, key_length) != 0 || at[key_length] != '=')
            continue;
        at += key_length + 1;
        *length = strcspn(at, "; \t");
        return at;
    }
    return NULL;
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool parameters_number(const char *parameters, const char *key, unsigned base, uint32_t otherwise, uint32_t *number)
{
    size_t length;
    const char *text = parameters_find(parameters, key, &length);
    uint64_t value = 0;
    *number = otherwise;
    if (text == NULL)
        return true;
    for (size_t i = 0; i < length; i++) {
        if (digit(text[i]) >= base)
            return false;
        value = value * base + digit(text[i]);
        if (value > UINT32_MAX)
            return false;
    }
    *number = (uint32_t)value;
    return length > 0;
}
