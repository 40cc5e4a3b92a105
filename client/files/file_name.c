#include "client/files/file_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"
#include "transport/base/utf8.h"

#define EXTENSION_MAX 16

static const char *after_folders(const char *offered)
{
    const char *name = offered;
    for (const char *at = offered; *at != '\0'; at++)
        if (*at == '/' || *at == '\\')
            name = at + 1;
    return name;
}

/* Drops what deceives, and replaces what other systems do not allow. */
static void clean(const char *at, char *out)
{
    while (*at != '\0') {
        size_t length = utf8_length(at);
        if (length == 1 && strchr(":*?\"<>|", *at) != NULL)
            *out++ = '_';
        else if (length > 0 && !utf8_is_control(at) && !utf8_is_misleading(at))
            for (size_t i = 0; i < length; i++)
                *out++ = at[i];
        at += length > 0 ? length : 1;
    }
    *out = '\0';
}

/* The beginning goes on as far as there is place before the extension. */
static void shorten(const char *name, char out[FILE_SAFE_NAME_MAX + 1])
{
    const char *dot = strrchr(name, '.');
    const char *extension = dot != NULL && dot > name && strlen(dot) <= EXTENSION_MAX ? dot : name + strlen(name);
    size_t place = FILE_SAFE_NAME_MAX - strlen(extension), kept = 0;
    while (name + kept < extension) {
        size_t length = utf8_length(name + kept);
        if (kept + length > place)
            break;
        kept += length;
    }
    snprintf(out, FILE_SAFE_NAME_MAX + 1, "%.*s%s", (int)kept, name, extension);
}

void file_name_clean(const char *offered, char out[FILE_SAFE_NAME_MAX + 1])
{
    char *name = mem_alloc(strlen(offered) + 1);
    clean(after_folders(offered), name);
    char *begin = name + strspn(name, ". ");
    size_t length = strlen(begin);
    while (length > 0 && (begin[length - 1] == '.' || begin[length - 1] == ' '))
        length--;
    begin[length] = '\0';
    shorten(length > 0 ? begin : "file", out);
    free(name);
}
