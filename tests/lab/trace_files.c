#include "tests/lab/trace_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FILE_MAX (16u << 20)

/* NULL: said why. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    char *text = mem_alloc(FILE_MAX + 1);
    size_t length = fread(text, 1, FILE_MAX + 1, file);
    bool is_text = ferror(file) == 0 && length <= FILE_MAX && memchr(text, '\0', length) == NULL;
    fclose(file);
    if (!is_text) {
        fprintf(stderr, "%s: expected a text of at most %u bytes\n", path, FILE_MAX);
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

static int read_trace(struct link_trace *trace, const char *path)
{
    struct link_trace_error error;
    char *text = read_text(path);
    if (text == NULL)
        return ERR_IO;
    int result = link_trace_parse(trace, text, &error);
    if (result != 0)
        fprintf(stderr, "%s: line %u: %s\n", path, error.line, error.what);
    free(text);
    return result;
}

const struct link_trace *trace_files_find(void *context, const char *path)
{
    struct trace_files *files = context;
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i].path, path) == 0)
            return &files->files[i].trace;
    if (files->count == TRACE_FILES_MAX) {
        fprintf(stderr, "%s: there are %d other traces already\n", path, TRACE_FILES_MAX);
        return NULL;
    }
    if (read_trace(&files->files[files->count].trace, path) != 0)
        return NULL;
    files->files[files->count].path = mem_text(path);
    return &files->files[files->count++].trace;
}

void trace_files_fini(struct trace_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].path);
        link_trace_fini(&files->files[i].trace);
    }
    files->count = 0;
}
