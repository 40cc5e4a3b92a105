#include "signaling/config/recording_outputs.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *make_folder(const char *path)
{
    struct stat status;
    if (path[0] == '-')
        return "a folder, and no other option (./ before a name that begins with '-')";
    bool is_there = mkdir(path, 0777) == 0 || errno == EEXIST;
    bool is_folder = is_there && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return is_folder && access(path, W_OK | X_OK) == 0 ? NULL : "a folder that can be written, or made";
}

const char *recording_outputs_set_folder(struct recording_outputs *outputs, const char *path)
{
    outputs->recordings = path;
    return make_folder(path);
}

const char *recording_outputs_set_hls(struct recording_outputs *outputs, const char *path)
{
    outputs->hls = path;
    return make_folder(path);
}

const char *recording_outputs_set_rtmp(struct recording_outputs *outputs, const char *url)
{
    bool is_rtmp = strncmp(url, "rtmp://", 7) == 0 || strncmp(url, "rtmps://", 8) == 0;
    outputs->rtmp = url;
    return is_rtmp ? NULL : "rtmp://HOST[:PORT]/APP/KEY, or rtmps:";
}

const char *recording_outputs_set_encoder(struct recording_outputs *outputs, const char *name)
{
    static const char *const names[] = {"auto", "software", "vaapi", "nvenc"};
    outputs->encoder = name;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0)
            return NULL;
    }
    return "auto, software, vaapi or nvenc";
}

static bool has_composite(const struct recording_outputs *outputs)
{
    return outputs->mp4 || outputs->hls != NULL || outputs->rtmp != NULL;
}

bool recording_outputs_are_set(const struct recording_outputs *outputs)
{
    return outputs->recordings != NULL || has_composite(outputs) || outputs->encoder != NULL;
}

const char *recording_outputs_check(const struct recording_outputs *outputs)
{
    if (outputs->recordings == NULL && has_composite(outputs))
        return "--mp4, --hls and --rtmp are for recordings: give --recordings DIR, too";
    if (outputs->encoder != NULL && !has_composite(outputs))
        return "--encoder is that of --mp4, --hls and --rtmp: give one of them, too";
    return NULL;
}
