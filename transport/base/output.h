/* What a program prints for others to use: a summary, its help. A full disk or a closed pipe is seen only when the
 * buffer is written, which exit() does without a word. */
#ifndef HEDDLE_BASE_OUTPUT_H
#define HEDDLE_BASE_OUTPUT_H

#include <stdio.h>

/* Writes what is buffered. Returns 0, or ERR_IO if something that was printed since the file was opened is lost; errno
 * has the reason. */
int output_flush(FILE *file);
/* Prints all of it, and does that: the reason is known also when the text is longer than the buffer. */
int output_text(FILE *file, const char *text);

#endif
