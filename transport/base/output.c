#include "transport/base/output.h"

#include <errno.h>

#include "transport/base/error.h"

int output_flush(FILE *file)
{
    if (fflush(file) != 0)
        return ERR_IO;
    if (ferror(file) == 0)
        return 0;
    errno = EIO; /* it failed before, for a reason that is gone */
    return ERR_IO;
}

int output_text(FILE *file, const char *text)
{
    return fputs(text, file) == EOF ? ERR_IO : output_flush(file);
}
