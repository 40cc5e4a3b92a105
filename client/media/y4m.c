#include "client/media/y4m.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define LINE_MAX_LENGTH 256
#define MAGIC "YUV4MPEG2 "

struct y4m_reader {
    FILE *file;
    long first_frame;
    struct y4m_info info;
};

/* One word of the header: a letter and its value. */
static int read_parameter(struct y4m_info *info, const char *word)
{
    switch (word[0]) {
    case 'W':
        info->width = (unsigned)strtoul(word + 1, NULL, 10);
        return 0;
    case 'H':
        info->height = (unsigned)strtoul(word + 1, NULL, 10);
        return 0;
    case 'F':
        return sscanf(word + 1, "%u:%u", &info->rate, &info->scale) == 2 ? 0 : ERR_INVALID;
    case 'C':
        /* 420, 420jpeg, 420mpeg2, 420paldv: they differ in where chroma is sited; 420p10 has more bits. */
        return strncmp(word + 1, "420", 3) == 0 && strncmp(word + 1, "420p1", 5) != 0 ? 0 : ERR_UNSUPPORTED;
    default:
        return 0;
    }
}

static int read_header(FILE *file, struct y4m_info *info)
{
    char line[LINE_MAX_LENGTH];
    *info = (struct y4m_info){.rate = 30, .scale = 1};
    if (fgets(line, sizeof line, file) == NULL || strncmp(line, MAGIC, strlen(MAGIC)) != 0)
        return ERR_INVALID;
    if (strchr(line, '\n') == NULL)
        return ERR_INVALID;
    char *rest = NULL;
    for (char *word = strtok_r(line + strlen(MAGIC), " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest)) {
        int error = read_parameter(info, word);
        if (error != 0)
            return error;
    }
    if (info->width < 2 || info->height < 2 || info->width > PICTURE_SIDE_MAX || info->height > PICTURE_SIDE_MAX ||
        info->rate == 0 || info->scale == 0)
        return ERR_INVALID;
    return 0;
}

int y4m_reader_open(struct y4m_reader **out, const char *path, struct y4m_info *info)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ERR_IO;
    int error = read_header(file, info);
    if (error != 0) {
        fclose(file);
        return error;
    }
    struct y4m_reader *reader = mem_alloc(sizeof *reader);
    reader->file = file;
    reader->first_frame = ftell(file);
    reader->info = *info;
    *out = reader;
    return 0;
}

void y4m_reader_close(struct y4m_reader *reader)
{
    if (reader == NULL)
        return;
    fclose(reader->file);
    free(reader);
}

int y4m_reader_next(struct y4m_reader *reader, struct picture *picture)
{
    char line[LINE_MAX_LENGTH];
    if (fgets(line, sizeof line, reader->file) == NULL)
        return 0;
    if (strncmp(line, "FRAME", 5) != 0 || strchr(line, '\n') == NULL || picture->width != reader->info.width ||
        picture->height != reader->info.height)
        return ERR_INVALID;
    for (int plane = 0; plane < 3; plane++) {
        size_t width = picture_plane_width(picture, plane);
        for (unsigned y = 0; y < picture_plane_height(picture, plane); y++)
            if (fread(picture->planes[plane] + y * picture->strides[plane], 1, width, reader->file) != width)
                return ERR_TRUNCATED;
    }
    return 1;
}

void y4m_reader_rewind(struct y4m_reader *reader)
{
    if (fseek(reader->file, reader->first_frame, SEEK_SET) != 0)
        clearerr(reader->file); /* a pipe cannot go back to its start: the next read fails */
}
