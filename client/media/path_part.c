#include "client/media/path_part.h"

#include <ctype.h>
#include <string.h>

void path_part_append(char *out, const char *name)
{
    size_t length = strlen(out), end = length + PATH_PART_MAX;
    for (; *name != '\0' && length < end; name++)
        if (isalnum((unsigned char)*name) || *name == '-' || *name == '_')
            out[length++] = *name;
    out[length] = '\0';
}
