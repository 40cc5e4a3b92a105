#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/commands.h"

static bool has_line;

void progress(const struct options *options, const char *format, ...)
{
    va_list arguments;
    if (options->quiet)
        return;
    has_line = isatty(STDERR_FILENO) == 1; /* a file has a line for each instead */
    va_start(arguments, format);
    fputs(has_line ? "\r\033[K" : "", stderr);
    vfprintf(stderr, format, arguments);
    fputs(has_line ? "" : "\n", stderr);
    fflush(stderr);
    va_end(arguments);
}

void progress_end(void)
{
    if (has_line)
        fputs("\r\033[K", stderr);
    has_line = false;
}

void complain(const char *format, ...)
{
    va_list arguments;
    progress_end();
    va_start(arguments, format);
    fputs("heddle-bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void describe_options(const struct options *options, struct results *results)
{
    char video[64];
    snprintf(video, sizeof video, "%ux%u@%u:%.0fk", options->width, options->height, options->frames_per_second,
             (double)options->video_bps / 1e3);
    json_object_set_new(results->options, "video", json_string(video));
    json_object_set_new(results->options, "audio", json_boolean(options->audio));
    json_object_set_new(results->options, "burst", json_boolean(options->burst));
    json_object_set_new(results->options, "gro", json_boolean(options->gro));
    json_object_set_new(results->options, "seconds", json_real(options->seconds));
    json_object_set_new(results->options, "workers", json_integer(options->workers));
    json_object_set_new(results->options, "srtp", json_string(options->srtp_profiles));
}
