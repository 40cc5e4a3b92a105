#include "signaling/http/web_folder.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "transport/base/memory.h"

#define FILE_SIZE_MAX ((long)16 * 1024 * 1024)
#define PATH_SIZE 1024

static struct web_stamp stamp_of(const struct stat *info)
{
    return (struct web_stamp){.modified_ns = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec,
                              .inode = info->st_ino,
                              .size = (uint64_t)info->st_size};
}

static char *read_whole(const char *path, size_t *length, struct web_stamp *stamp)
{
    struct stat info;
    FILE *file =
        stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_SIZE_MAX ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return NULL;
    char *data = mem_array((size_t)info.st_size + 1, 1);
    *length = fread(data, 1, (size_t)info.st_size, file);
    fclose(file);
    if (stamp != NULL)
        *stamp = stamp_of(&info);
    return data;
}

/* The real path, with symbolic links followed; NULL: there is none, or it lies outside of the folder. */
static char *resolve(const char *folder, const char *name)
{
    char full[PATH_SIZE];
    if (snprintf(full, sizeof full, "%s%s", folder, name) >= (int)sizeof full)
        return NULL;
    char *root = realpath(folder, NULL), *path = realpath(full, NULL);
    size_t length = root != NULL && strcmp(root, "/") != 0 ? strlen(root) : 0;
    bool is_inside = root != NULL && path != NULL && strncmp(path, root, length) == 0 && path[length] == '/';
    free(root);
    if (is_inside)
        return path;
    free(path);
    return NULL;
}

char *web_folder_load(const char *folder, const char *name, size_t *length, struct web_stamp *stamp)
{
    char *path = resolve(folder, name);
    char *data = path != NULL ? read_whole(path, length, stamp) : NULL;
    free(path);
    return data;
}

struct web_stamp web_folder_stamp(const char *folder, const char *name)
{
    char full[PATH_SIZE];
    struct stat info;
    bool is_there = snprintf(full, sizeof full, "%s%s", folder, name) < (int)sizeof full && stat(full, &info) == 0;
    return is_there ? stamp_of(&info) : (struct web_stamp){0};
}
