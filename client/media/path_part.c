#include "client/media/path_part.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "transport/base/utf8.h"

static bool is_kept(const char *character, size_t length)
{
    if (length == 1)
        return isalnum((unsigned char)*character) || *character == '-' || *character == '_';
    return !utf8_is_control(character) && !utf8_is_misleading(character);
}

void path_part_append(char *out, const char *name)
{
    size_t used = strlen(out), end = used + PATH_PART_MAX;
    while (*name != '\0') {
        size_t length = utf8_length(name);
        if (length > 0 && used + length > end)
            break;
        if (length > 0 && is_kept(name, length)) {
            memcpy(out + used, name, length);
            used += length;
        }
        name += length > 0 ? length : 1;
    }
    out[used] = '\0';
}
