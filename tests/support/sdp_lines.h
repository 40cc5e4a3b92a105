/* Makes a description look like that of a client that supports less. */
#ifndef HEDDLE_TESTS_SDP_LINES_H
#define HEDDLE_TESTS_SDP_LINES_H

#include <string.h>

/* Removes all lines that contain `word`. */
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
