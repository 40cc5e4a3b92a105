#include "transport/base/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *input_file_open(const char *path, const char **reason)
{
    struct stat info;
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *file = NULL;
    *reason = NULL;
    if (descriptor >= 0 && fstat(descriptor, &info) == 0 && !S_ISREG(info.st_mode))
        *reason = S_ISDIR(info.st_mode) ? strerror(EISDIR) : "it is no regular file";
    else if (descriptor >= 0)
        file = fdopen(descriptor, "rb");
    if (file != NULL)
        return file;
    if (*reason == NULL)
        *reason = strerror(errno);
    if (descriptor >= 0)
        close(descriptor);
    return NULL;
}
