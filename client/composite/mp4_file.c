#include "client/composite/mp4_file.h"

#include <errno.h>

#include "transport/base/error.h"

int mp4_file_new(struct stream_file **out, const char *path, const struct stream_format *streams)
{
    AVDictionary *options = NULL;
    struct stream_file *file = stream_file_new("mp4", streams);
    errno = ENOSYS;
    if (file == NULL)
        return ERR_IO;
    av_dict_set(&options, "movflags", "empty_moov+default_base_moof+frag_discont", 0);
    av_dict_set_int(&options, "frag_duration", MP4_FRAGMENT_US, 0);
    int error = stream_file_open(file, path, 0600);
    if (error == 0)
        error = stream_file_begin(file, &options);
    av_dict_free(&options);
    if (error != 0) {
        int failure = stream_file_errno(file);
        stream_file_free(file);
        errno = failure;
        return ERR_IO;
    }
    *out = file;
    return 0;
}
