/* Any bytes as a file to send, in each of the forms that are read; what is Opus in it is decoded, as if it were
 * received. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/media/ivf.h"
#include "client/media/ogg_opus.h"
#include "client/media/opus_codec.h"
#include "client/media/wav.h"
#include "client/media/y4m.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS_MAX = 64, SIDE_MAX = 1024 };

static void read_ivf(const char *path)
{
    struct ivf_reader *reader;
    struct ivf_info info;
    const uint8_t *data;
    size_t length;
    uint64_t time;
    if (ivf_reader_open(&reader, path, &info) != 0)
        return;
    CHECK(info.rate != 0 && info.scale != 0);
    for (int i = 0; i < PARTS_MAX && ivf_reader_next(reader, &data, &length, &time) == 1; i++)
        CHECK(data != NULL);
    ivf_reader_rewind(reader);
    ivf_reader_close(reader);
}

static void read_ogg(const char *path)
{
    static int16_t samples[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX];
    struct ogg_reader *reader;
    const uint8_t *data;
    size_t length;
    unsigned channels;
    if (ogg_reader_open(&reader, path, &channels) != 0)
        return;
    CHECK(channels == 1 || channels == 2);
    struct opus_receiver *receiver = opus_receiver_new();
    CHECK(receiver != NULL);
    for (int i = 0; i < PARTS_MAX && ogg_reader_next(reader, &data, &length) == 1; i++)
        CHECK(opus_receiver_decode(receiver, data, length, samples) <= OPUS_FRAME_MAX);
    opus_receiver_free(receiver);
    ogg_reader_rewind(reader);
    ogg_reader_close(reader);
}

static void read_wav(const char *path)
{
    int16_t samples[2 * 960];
    struct wav_reader *reader;
    struct wav_info info;
    if (wav_reader_open(&reader, path, &info) != 0)
        return;
    CHECK((info.channels == 1 || info.channels == 2) && info.rate != 0);
    for (int i = 0; i < PARTS_MAX && wav_reader_next(reader, samples, 960) > 0; i++)
        continue;
    wav_reader_rewind(reader);
    wav_reader_close(reader);
}

static void read_y4m(const char *path)
{
    struct y4m_reader *reader;
    struct y4m_info info;
    if (y4m_reader_open(&reader, path, &info) != 0)
        return;
    CHECK(info.rate != 0 && info.scale != 0);
    struct picture *picture =
        info.width <= SIDE_MAX && info.height <= SIDE_MAX ? picture_new(info.width, info.height) : NULL;
    for (int i = 0; i < PARTS_MAX && picture != NULL && y4m_reader_next(reader, picture) == 1; i++)
        continue;
    picture_free(picture);
    y4m_reader_rewind(reader);
    y4m_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    int fd = memfd_create("media", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_ivf(path);
    read_ogg(path);
    read_wav(path);
    read_y4m(path);
    close(fd);
    return 0;
}
