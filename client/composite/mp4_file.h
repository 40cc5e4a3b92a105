/* A composite in an MP4 file of fragments: whatever ends the program leaves one that plays to half a second before its
 * end. Uses the disk. */
#ifndef HEDDLE_CLIENT_MP4_FILE_H
#define HEDDLE_CLIENT_MP4_FILE_H

#include "client/composite/stream_muxer.h"

#define MP4_FRAGMENT_US 500000

/* The file must not exist yet. ERR_IO, and errno. */
int mp4_file_new(struct stream_file **out, const char *path, const struct stream_format *streams);

#endif
