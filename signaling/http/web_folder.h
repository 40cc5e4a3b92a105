/* Files below the page's folder. */
#ifndef HEDDLE_SIGNALING_WEB_FOLDER_H
#define HEDDLE_SIGNALING_WEB_FOLDER_H

#include <stddef.h>
#include <stdint.h>

/* What tells that a file has changed. */
struct web_stamp {
    int64_t modified_ns;
    uint64_t inode, size;
};

/* A whole file; the caller frees it. Symbolic links are followed inside of the folder only. `name` begins with "/" and
 * is safe (http_path_is_safe()), `stamp` may be NULL. NULL: there is no such file, or it is none that we serve. */
char *web_folder_load(const char *folder, const char *name, size_t *length, struct web_stamp *stamp);
/* All zero: there is none. */
struct web_stamp web_folder_stamp(const char *folder, const char *name);

#endif
