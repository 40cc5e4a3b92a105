/* Descriptions of who knows less than we do. */
#ifndef HEDDLE_TESTS_SDP_LINES_H
#define HEDDLE_TESTS_SDP_LINES_H

#include <string.h>

/* Takes the lines that contain `word` out of the description. */
static inline void sdp_cut_lines(char *sdp, const char *word)
{
    char *at;
    while ((at = strstr(sdp, word)) != NULL) {
        const char *end = strchr(at, '\n') + 1;
        while (at > sdp && at[-1] != '\n')
            at--;
        memmove(at, end, strlen(end) + 1);
    }
}

#endif
