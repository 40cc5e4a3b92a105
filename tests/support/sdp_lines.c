#include "tests/support/sdp_lines.h"

#include <string.h>

void sdp_cut_lines(char *sdp, const char *word)
{
    char *at;
    while ((at = strstr(sdp, word)) != NULL) {
        const char *end = strchr(at, '\n') + 1;
        while (at > sdp && at[-1] != '\n')
            at--;
        memmove(at, end, strlen(end) + 1);
    }
}
