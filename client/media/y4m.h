/* YUV4MPEG2 files with 8-bit 4:2:0 pictures. */
#ifndef HEDDLE_CLIENT_Y4M_H
#define HEDDLE_CLIENT_Y4M_H

#include "client/media/picture.h"

struct y4m_info {
    unsigned width, height;
    unsigned rate, scale; /* rate/scale frames per second */
};

struct y4m_reader;
/* 0; ERR_IO (errno), ERR_INVALID or ERR_UNSUPPORTED (another chroma format). */
int y4m_reader_open(struct y4m_reader **out, const char *path, struct y4m_info *info);
void y4m_reader_close(struct y4m_reader *reader);
/* Fills a picture of the file's size. 1, 0 at the end, or an error. */
int y4m_reader_next(struct y4m_reader *reader, struct picture *picture);
void y4m_reader_rewind(struct y4m_reader *reader);

#endif
