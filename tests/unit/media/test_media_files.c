#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/media/audio_level.h"
#include "client/media/audio_source.h"
#include "client/media/ivf.h"
#include "client/media/little_endian.h"
#include "client/media/ogg_opus.h"
#include "client/media/opus_codec.h"
#include "client/media/pattern.h"
#include "client/media/video_source.h"
#include "client/media/vpx_encoder.h"
#include "transport/base/error.h"

static char folder[64];

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *data, size_t length)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    fclose(file);
}

static void ivf_gives_back_what_was_written(void **state)
{
    (void)state;
    struct ivf_info info = {.codec = CODEC_VP8, .width = 640, .height = 360, .rate = 90000, .scale = 1};
    struct ivf_writer *writer;
    assert_int_equal(ivf_writer_open(&writer, path_of("a.ivf"), &info), 0);
    for (uint8_t i = 1; i <= 5; i++) {
        uint8_t data[5] = {i, i, i, i, i};
        assert_int_equal(ivf_writer_frame(writer, data, i, i * 3000U), 0);
        assert_int_equal(ivf_writer_frame(writer, data, 0, i * 3000U), 0); /* without bytes: it is skipped */
    }
    assert_int_equal(ivf_writer_close(writer), 0);
    struct ivf_reader *reader;
    struct ivf_info read;
    assert_int_equal(ivf_reader_open(&reader, path_of("a.ivf"), &read), 0);
    assert_memory_equal(&read, &info, sizeof info);
    for (int round = 0; round < 2; round++) {
        const uint8_t *data;
        size_t length;
        uint64_t time;
        for (uint8_t i = 1; i <= 5; i++) {
            assert_int_equal(ivf_reader_next(reader, &data, &length, &time), 1);
            assert_int_equal(length, i);
            assert_int_equal(data[i - 1], i);
            assert_int_equal(time, i * 3000);
        }
        assert_int_equal(ivf_reader_next(reader, &data, &length, &time), 0);
        ivf_reader_rewind(reader);
    }
    ivf_reader_close(reader);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct video_source *video;
    struct audio_source *audio;
    const char *reason;
    static const struct {
        const char *name, *content;
        int error;
    } cases[] = {
        {"short.ivf", "DKIF", ERR_TRUNCATED},
        {"bad.ivf", "KFID0000000000000000000000000000", ERR_INVALID},
        {"bad.y4m", "YUV4MPEG2 W0 H5\n", ERR_INVALID},
        {"444.y4m", "YUV4MPEG2 W16 H16 C444\n", ERR_UNSUPPORTED},
        {"other.y4m", "P6\n", ERR_INVALID},
        {"bad.wav", "RIFFxxxxWAVEjunk", ERR_TRUNCATED},
        {"bad.ogg", "this is not Ogg", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(cases[i].name, cases[i].content, strlen(cases[i].content));
        const char *path = path_of(cases[i].name);
        struct video_source_config config = {.name = path, .width = 64, .height = 64, .frames_per_second = 30};
        int error = strstr(path, "ivf") || strstr(path, "y4m") ? video_source_open(&video, &config, &reason)
                                                               : audio_source_open(&audio, path, 0, &reason);
        assert_int_equal(error, cases[i].error);
        assert_non_null(reason);
    }
    struct video_source_config absent = {.name = "/nonexistent/x.ivf"};
    assert_int_equal(video_source_open(&video, &absent, &reason), ERR_IO);
    struct video_source_config unknown = {.name = "film.mov"};
    assert_int_equal(video_source_open(&video, &unknown, &reason), ERR_UNSUPPORTED);
}

static void ivf_plays_over_and_over(void **state)
{
    (void)state;
    struct vpx_encoder_config config = {
        .width = 320, .height = 180, .frames_per_second = 15, .bitrate_bps = 300000, .temporal_layers = 1};
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct ivf_info info = {.codec = CODEC_VP8, .width = 320, .height = 180, .rate = 15, .scale = 1};
    struct ivf_writer *writer;
    struct picture *picture = picture_new(320, 180);
    assert_int_equal(ivf_writer_open(&writer, path_of("play.ivf"), &info), 0);
    for (uint32_t i = 0; i < 10; i++) {
        struct coded_frame frame;
        pattern_draw(picture, i, 0, 0);
        assert_int_equal(vpx_encoder_encode(encoder, picture, 0, false, &frame), 1);
        ivf_writer_frame(writer, frame.data, frame.length, i);
    }
    ivf_writer_close(writer);
    vpx_encoder_free(encoder);
    picture_free(picture);

    struct video_source *source;
    const char *reason;
    struct video_source_config play = {.name = path_of("play.ivf")};
    assert_int_equal(video_source_open(&source, &play, &reason), 0);
    assert_int_equal(video_source_frame_rate(source), 15);
    assert_int_equal(video_source_width(source), 320);
    for (uint32_t i = 0; i < 25; i++) {
        const struct picture *shown = video_source_next(source, 0);
        assert_non_null(shown);
        uint32_t number;
        int64_t wall;
        assert_true(pattern_read(shown, 0, &number, &wall));
        assert_int_equal(number, i % 10);
    }
    video_source_close(source);
}

static void y4m_plays_over_and_over(void **state)
{
    (void)state;
    FILE *file = fopen(path_of("play.y4m"), "wb");
    fprintf(file, "YUV4MPEG2 W16 H8 F25:1 Ip A1:1 C420jpeg\n");
    for (int i = 0; i < 3; i++) {
        fprintf(file, "FRAME\n");
        for (int k = 0; k < 16 * 8 * 3 / 2; k++)
            fputc(50 + i, file);
    }
    fclose(file);
    struct video_source *source;
    const char *reason;
    struct video_source_config play = {.name = path_of("play.y4m")};
    assert_int_equal(video_source_open(&source, &play, &reason), 0);
    assert_int_equal(video_source_frame_rate(source), 25);
    for (int i = 0; i < 8; i++) {
        const struct picture *shown = video_source_next(source, 0);
        assert_non_null(shown);
        assert_int_equal(shown->planes[0][100], 50 + i % 3);
        assert_int_equal(shown->planes[2][31], 50 + i % 3);
    }
    video_source_close(source);
}

static void wav_is_resampled(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 44100, 48000};
    for (size_t i = 0; i < 3; i++) {
        unsigned rate = rates[i];
        uint8_t *wav = calloc(1, 44 + (size_t)2 * rate);
        memcpy(wav, "RIFF....WAVEfmt ", 16);
        le_put_u32(wav + 16, 16);
        le_put_u16(wav + 20, 1);
        le_put_u16(wav + 22, 1);
        le_put_u32(wav + 24, rate);
        le_put_u16(wav + 34, 16);
        memcpy(wav + 36, "data", 4);
        le_put_u32(wav + 40, 2 * rate);
        for (unsigned k = 0; k < rate; k++) /* one second of 400 Hz */
            le_put_u16(wav + 44 + (size_t)2 * k, (uint16_t)(int16_t)(10000 * sin(2 * M_PI * 400 * k / rate)));
        write_file("tone.wav", wav, 44 + (size_t)2 * rate);
        free(wav);
        struct audio_source *source;
        const char *reason;
        assert_int_equal(audio_source_open(&source, path_of("tone.wav"), 0, &reason), 0);
        assert_int_equal(audio_source_channels(source), 1);
        unsigned crossings = 0;
        int16_t before = -1;
        for (int frame = 0; frame < 100; frame++) { /* two seconds: it repeats */
            const int16_t *samples = audio_source_next(source);
            for (int k = 0; k < OPUS_FRAME; k++) {
                crossings += before < 0 && samples[k] >= 0;
                before = samples[k];
            }
            assert_in_range(audio_level_dbov(samples, OPUS_FRAME) + 127, 127 - 15, 127 - 12);
        }
        assert_in_range(crossings, 796, 804);
        audio_source_close(source);
    }
}

static void ogg_opus_gives_back_the_tone(void **state)
{
    (void)state;
    struct audio_source *tone, *file;
    const char *reason;
    assert_int_equal(audio_source_open(&tone, "test", 3, &reason), 0);
    assert_int_equal(audio_level_dbov(audio_source_next(tone), OPUS_FRAME), -20);
    struct opus_sender *sender = opus_sender_new(1, 32000);
    struct ogg_writer *writer;
    assert_int_equal(ogg_writer_open(&writer, path_of("tone.ogg"), 1, 77), 0);
    for (uint64_t i = 1; i <= 120; i++) {
        uint8_t packet[OPUS_PACKET_MAX];
        int length = opus_sender_encode(sender, audio_source_next(tone), packet, sizeof packet);
        assert_true(length > 0);
        assert_int_equal(opus_packet_samples(packet, (size_t)length), OPUS_FRAME);
        assert_int_equal(ogg_writer_packet(writer, packet, (size_t)length, i * OPUS_FRAME), 0);
    }
    assert_int_equal(ogg_writer_close(writer), 0);
    opus_sender_free(sender);
    audio_source_close(tone);

    struct ogg_reader *reader;
    unsigned channels;
    const uint8_t *data;
    size_t length, packets = 0;
    assert_int_equal(ogg_reader_open(&reader, path_of("tone.ogg"), &channels), 0);
    assert_int_equal(channels, 1);
    while (ogg_reader_next(reader, &data, &length) == 1)
        packets++;
    assert_int_equal(packets, 120);
    ogg_reader_rewind(reader);
    assert_int_equal(ogg_reader_next(reader, &data, &length), 1);
    ogg_reader_close(reader);

    assert_int_equal(audio_source_open(&file, path_of("tone.ogg"), 0, &reason), 0);
    for (int i = 0; i < 300; i++) {
        const int16_t *samples = audio_source_next(file);
        if (i % 120 > 5 && i % 120 < 118)
            assert_in_range(audio_level_dbov(samples, OPUS_FRAME * 2) + 127, 127 - 22, 127 - 18);
    }
    audio_source_close(file);
}

static void silence_and_full_scale_have_their_levels(void **state)
{
    (void)state;
    int16_t samples[100] = {0};
    assert_int_equal(audio_level_dbov(samples, 100), -127);
    for (int i = 0; i < 100; i++)
        samples[i] = i % 2 ? 32767 : -32767;
    assert_int_equal(audio_level_dbov(samples, 100), 0);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/heddle-media-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *names[] = {"a.ivf",   "short.ivf", "bad.ivf",  "bad.y4m",  "444.y4m",  "other.y4m",
                                  "bad.wav", "bad.ogg",   "play.ivf", "play.y4m", "tone.wav", "tone.ogg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ivf_gives_back_what_was_written),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(ivf_plays_over_and_over),
        cmocka_unit_test(y4m_plays_over_and_over),
        cmocka_unit_test(wav_is_resampled),
        cmocka_unit_test(ogg_opus_gives_back_the_tone),
        cmocka_unit_test(silence_and_full_scale_have_their_levels),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
