#include "client/record/recording_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "client/media/recorder.h"
#include "transport/base/error.h"

#define SAME_NAMES_MAX 10000

static void append_number(char number[16], int i)
{
    number[0] = '\0';
    if (i > 1)
        snprintf(number, 16, "-%d", i);
}

int recording_folder_make(char *out, size_t size, const char *parent, const char *room, int64_t wall_us)
{
    char date[20], number[16];
    struct tm broken_down;
    time_t seconds = (time_t)(wall_us / USEC_PER_SEC);
    if (recorder_make_folder(parent) != 0)
        return ERR_IO;
    gmtime_r(&seconds, &broken_down);
    strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &broken_down);
    errno = EEXIST;
    for (int i = 1; i <= SAME_NAMES_MAX && errno == EEXIST; i++) {
        append_number(number, i);
        if (snprintf(out, size, "%s/%s-%s%s", parent, room, date, number) >= (int)size)
            errno = ENAMETOOLONG;
        else if (mkdir(out, 0700) == 0)
            return 0;
    }
    return ERR_IO;
}

int recording_folder_file(struct webm_file **out, const char *folder, const char *name, const char *title,
                          int64_t began_us, uint64_t *left_out)
{
    char path[4200], number[16];
    errno = EEXIST;
    for (int i = 1; i <= SAME_NAMES_MAX && errno == EEXIST; i++) {
        append_number(number, i);
        snprintf(path, sizeof path, "%s/%s%s.webm", folder, name, number);
        if (webm_file_new(out, path, title, began_us, left_out) == 0)
            return 0;
    }
    return ERR_IO;
}
