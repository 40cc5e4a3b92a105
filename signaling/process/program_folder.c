#include "signaling/process/program_folder.h"

#include <string.h>
#include <unistd.h>

bool program_folder(char *out, size_t size, const char *below)
{
    ssize_t length = readlink("/proc/self/exe", out, size);
    if (length <= 0 || (size_t)length >= size)
        return false;
    while (length > 0 && out[length - 1] != '/')
        length--;
    size_t more = strlen(below) + 1;
    if (length == 0 || more > size - (size_t)length)
        return false;
    memcpy(out + length, below, more);
    return true;
}
