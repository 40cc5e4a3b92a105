/* The traces that the settings of a link name: files, each read once. */
#ifndef HEDDLE_LAB_TRACE_FILES_H
#define HEDDLE_LAB_TRACE_FILES_H

#include "tests/lab/scenario.h"

#define TRACE_FILES_MAX 16

struct trace_files {
    struct {
        char *path;
        struct link_trace trace;
    } files[TRACE_FILES_MAX];
    size_t count;
};

/* For a struct trace_source; it says on standard error why there is none. */
const struct link_trace *trace_files_find(void *files, const char *path);
void trace_files_fini(struct trace_files *files);

#endif
