/* A composite live, as HTTP Live Streaming (RFC 8216): a folder with segments of two seconds and live.m3u8, the list of
 * the last of them, for any web server. Segments that have left the list are deleted a while later. What writes it may
 * die at any time: segments are in the list when they are whole, and the list is always a whole one. Uses the disk. */
#ifndef HEDDLE_CLIENT_HLS_FOLDER_H
#define HEDDLE_CLIENT_HLS_FOLDER_H

#include "client/composite/stream_muxer.h"

#define HLS_LISTED 6 /* segments in the list */
#define HLS_KEPT 3   /* that have left it: a player may be loading them */

struct hls_folder;

/* Makes `folder`, which must not exist yet. Others of the machine may read what is in it. ERR_IO, and errno. */
int hls_folder_new(struct hls_folder **out, const char *folder, const struct stream_format *streams);
/* Makes `link`, beside the folder, lead to it; one that led to another is replaced, and nothing else is. ERR_IO. */
int hls_folder_link(struct hls_folder *hls, const char *link);
/* `packet` is copied. ERR_IO: no more can be written. */
int hls_folder_write(struct hls_folder *hls, const AVPacket *packet);
/* The last segment, and that there come no more. ERR_IO. */
int hls_folder_end(struct hls_folder *hls);
int hls_folder_errno(const struct hls_folder *hls);
void hls_folder_free(struct hls_folder *hls); /* NULL is fine; what is in it stays */

#endif
