/* Makes a description look like that of a client that supports less. */
#ifndef HEDDLE_TESTS_SDP_LINES_H
#define HEDDLE_TESTS_SDP_LINES_H

/* Removes all lines that contain `word`. */
void sdp_cut_lines(char *sdp, const char *word);

#endif
