/* Recordings of frames that were made up, read back by libavformat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/record/recording.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/random.h"

#define MS USEC_PER_MSEC
#define WALL (INT64_C(1700000000) * USEC_PER_SEC)
#define TRACKS_MAX 8
#define BLOCKS_MAX 50000

static char folder[64];
static struct recording *recording;
static usec_t now;
static int64_t made_us;

struct block {
    int track, last_byte;
    int64_t at_ms;
    bool keyframe;
};

/* A file as a player sees it. */
struct contents {
    int track_count;
    enum AVCodecID codecs[TRACKS_MAX];
    int widths[TRACKS_MAX];
    char names[TRACKS_MAX][256];
    char date[64];
    size_t count;
    struct block blocks[BLOCKS_MAX];
};

static struct contents contents;
static uint64_t left_out;

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/heddle-recording-XXXXXX");
    now = 7 * USEC_PER_SEC;
    return mkdtemp(folder) != NULL && recording_new(&recording, folder, "daily", WALL, &left_out, now) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    recording_close(recording, now);
    recording = NULL;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", recording_folder(recording), name);
    return path;
}

static void read_back(const char *path)
{
    AVFormatContext *input = NULL;
    AVPacket *packet = av_packet_alloc();
    memset(&contents, 0, sizeof contents);
    if (avformat_open_input(&input, path, NULL, NULL) != 0)
        fail_msg("%s does not play", path);
    contents.track_count = (int)input->nb_streams;
    for (int i = 0; i < contents.track_count && i < TRACKS_MAX; i++) {
        const AVStream *stream = input->streams[i];
        const AVDictionaryEntry *title = av_dict_get(stream->metadata, "title", NULL, 0);
        contents.codecs[i] = stream->codecpar->codec_id;
        contents.widths[i] = stream->codecpar->width;
        snprintf(contents.names[i], sizeof contents.names[i], "%s", title != NULL ? title->value : "");
    }
    const AVDictionaryEntry *date = av_dict_get(input->metadata, "creation_time", NULL, 0);
    snprintf(contents.date, sizeof contents.date, "%s", date != NULL ? date->value : "");
    while (av_read_frame(input, packet) == 0) {
        assert_true(contents.count < BLOCKS_MAX);
        contents.blocks[contents.count++] = (struct block){.track = packet->stream_index,
                                                           .last_byte = packet->data[packet->size - 1],
                                                           .at_ms = packet->pts,
                                                           .keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0};
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&input);
}

/* The times of a track's blocks; at most `capacity`. */
static size_t times_of(int track, int64_t *out, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < contents.count; i++)
        if (contents.blocks[i].track == track && count < capacity)
            out[count++] = contents.blocks[i].at_ms;
    return count;
}

static struct recording_frame audio_of(const char *participant, uint32_t timestamp)
{
    static const uint8_t packet[] = {0xfc, 0xff, 0xfe}; /* 20 ms */
    return (struct recording_frame){.participant = participant,
                                    .name = "Ann/../é",
                                    .source = "microphone",
                                    .codec = CODEC_OPUS,
                                    .stream = 1,
                                    .timestamp = timestamp,
                                    .clock_rate = 48000,
                                    .data = packet,
                                    .length = sizeof packet,
                                    .arrival = now};
}

/* The first bytes of a keyframe; what follows in a real one is not looked at. */
static struct recording_frame video_of(const char *participant, enum codec codec, uint32_t timestamp, bool keyframe)
{
    static const uint8_t vp8_key[] = {0x10, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0, 1}, vp8[] = {0x11, 0, 0, 1};
    static const uint8_t vp9_key[] = {0x82, 0x49, 0x83, 0x42, 0, 0x13, 0xf0, 0x0b, 0x36, 1}, vp9[] = {0x86, 0, 1};
    bool is_vp8 = codec == CODEC_VP8;
    return (struct recording_frame){.participant = participant,
                                    .name = "Ann",
                                    .source = "camera",
                                    .codec = codec,
                                    .stream = 2,
                                    .timestamp = timestamp,
                                    .clock_rate = 90000,
                                    .keyframe = keyframe,
                                    .data = keyframe ? is_vp8 ? vp8_key : vp9_key
                                            : is_vp8 ? vp8
                                                     : vp9,
                                    .length = keyframe ? is_vp8 ? sizeof vp8_key : sizeof vp9_key
                                              : is_vp8 ? sizeof vp8
                                                       : sizeof vp9,
                                    .arrival = now};
}

static void take(struct recording_frame frame)
{
    assert_true(recording_take(recording, &frame, &made_us, now));
}

/* `length` of sound and, if asked for, of pictures. */
static void run(usec_t length, const char *participant, bool has_video)
{
    for (usec_t end = now + length; now < end; now += 20 * MS) {
        take(audio_of(participant, (uint32_t)(now * 48 / 1000)));
        if (has_video && now % (40 * MS) == 0)
            take(video_of(participant, CODEC_VP8, (uint32_t)(now * 90 / 1000), now % USEC_PER_SEC == 0));
        assert_int_equal(recording_timeout(recording, now), 0);
    }
}

static void each_has_a_file_and_the_room_one_of_all(void **state)
{
    int64_t times[400];
    (void)state;
    run(USEC_PER_SEC, "p1", true);
    run(USEC_PER_SEC, "p2", false); /* comes late; p1 is silent meanwhile */
    run(USEC_PER_SEC, "p1", true);
    char own[4200], other[4200], all[4200];
    strcpy(own, path_of("p1-Anné.webm"));
    strcpy(other, path_of("p2-Anné.webm"));
    strcpy(all, path_of("room.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;

    read_back(own);
    assert_int_equal(contents.track_count, 2);
    assert_int_equal(contents.codecs[0], AV_CODEC_ID_OPUS);
    assert_int_equal(contents.codecs[1], AV_CODEC_ID_VP8);
    assert_int_equal(contents.widths[1], 320);
    assert_string_equal(contents.names[1], "Ann camera");
    assert_non_null(strstr(contents.date, "2023-11-14T22:13:20"));
    assert_int_equal(times_of(0, times, 400), 100);
    assert_int_equal(times[49], 980);
    assert_int_equal(times[50], 2000); /* the pause */
    read_back(other);
    assert_int_equal(contents.track_count, 1);
    assert_int_equal(times_of(0, times, 400), 50);
    assert_int_equal(times[0], 0);
    assert_non_null(strstr(contents.date, "2023-11-14T22:13:21"));
    read_back(all);
    assert_int_equal(contents.track_count, 3);
    assert_int_equal(times_of(0, times, 400), 100);
    assert_int_equal(times_of(2, times, 400), 50);
    assert_int_equal(times[0], 1000);
    for (size_t i = 1; i < contents.count; i++)
        assert_true(contents.blocks[i].at_ms >= contents.blocks[i - 1].at_ms);
}

static void a_long_name_is_cut_between_its_letters(void **state)
{
    char name[256] = "a", wanted[256] = "a"; /* of names: 64 letters of four bytes at most */
    (void)state;
    for (size_t i = 0; i < 63; i++)
        strcat(name, "\U0001f389");
    for (size_t i = 0; i < 49; i++)
        strcat(wanted, "\U0001f389");
    struct recording_frame frame = audio_of("p1", 0);
    frame.name = name;
    take(frame);
    char all[4200];
    strcpy(all, path_of("room.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(all);
    assert_string_equal(contents.names[0], strcat(wanted, " microphone"));
}

static void what_a_mixer_makes_is_a_file_alone(void **state)
{
    char mix[4200], all[4200];
    (void)state;
    run(200 * MS, "p1", true);
    for (int i = 0; i < 2; i++) { /* another mixer takes the place of the first */
        struct recording_frame frame = video_of(i == 0 ? "p3" : "p4", CODEC_VP8, (uint32_t)(now * 90 / 1000), true);
        frame.is_mix = true;
        frame.source = "mix-video";
        take(frame);
        now += 40 * MS;
    }
    strcpy(all, path_of("room.webm"));
    strcpy(mix, path_of("mix.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(all);
    assert_int_equal(contents.track_count, 2);
    read_back(mix);
    assert_int_equal(contents.track_count, 1);
    assert_int_equal(contents.codecs[0], AV_CODEC_ID_VP8);
    assert_int_equal(contents.count, 1);
}

static void another_codec_is_another_track(void **state)
{
    char own[4200];
    (void)state;
    run(200 * MS, "p1", true);
    struct recording_frame frame = video_of("p1", CODEC_VP9, (uint32_t)(now * 90 / 1000), false);
    assert_false(recording_take(recording, &frame, &made_us, now)); /* a keyframe has to come first */
    take(video_of("p1", CODEC_VP9, (uint32_t)(now * 90 / 1000), true));
    now += 40 * MS;
    take(video_of("p1", CODEC_VP9, (uint32_t)(now * 90 / 1000), false));
    now += 40 * MS;
    frame = video_of("p1", CODEC_VP8, (uint32_t)(now * 90 / 1000), false);
    assert_false(recording_take(recording, &frame, &made_us, now));
    take(video_of("p1", CODEC_VP8, (uint32_t)(now * 90 / 1000), true)); /* back on the track that it had */
    strcpy(own, path_of("p1-Anné.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(own);
    assert_int_equal(contents.track_count, 3);
    assert_int_equal(contents.codecs[1], AV_CODEC_ID_VP8);
    assert_int_equal(contents.codecs[2], AV_CODEC_ID_VP9);
    int64_t times[8];
    assert_int_equal(times_of(2, times, 8), 2);
}

/* Reports may say that it was made before what came first: what refers to it needs it all the same. */
static void a_first_picture_is_never_left_out(void **state)
{
    char own[4200];
    (void)state;
    take(audio_of("p1", 0));
    struct recording_frame frame = video_of("p1", CODEC_VP8, 90000, true);
    take(frame);
    frame = video_of("p1", CODEC_VP8, 93600, false);
    frame.report.is_known = true;
    frame.report.written_us = WALL;
    frame.report.timestamp = 99000;
    frame.report.arrival = now;
    take(frame);
    strcpy(own, path_of("p1-Anné.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(own);
    int64_t times[4];
    assert_int_equal(times_of(1, times, 4), 2);
    assert_int_equal(times[0], 0);
    assert_true(contents.blocks[0].keyframe || contents.blocks[1].keyframe);
}

static void another_stream_begins_with_a_keyframe_and_goes_on_in_time(void **state)
{
    int64_t times[200];
    char own[4200];
    (void)state;
    run(400 * MS, "p1", false);
    usec_t began = now;
    for (; now < began + 400 * MS; now += 20 * MS) { /* it came back by another connection */
        struct recording_frame frame = audio_of("p1", 4000000000u + (uint32_t)((now - began) * 48 / 1000));
        frame.stream = 9;
        take(frame);
    }
    struct recording_frame frame = video_of("p1", CODEC_VP8, 0, true);
    take(frame);
    frame = video_of("p1", CODEC_VP8, 3600, false);
    frame.stream = 10;
    assert_false(recording_take(recording, &frame, &made_us, now));
    strcpy(own, path_of("p1-Anné.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(own);
    assert_int_equal(times_of(0, times, 200), 40);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(times[i], 20 * i);
}

/* What a recorder that was killed leaves, at any moment. */
static void a_killed_recorder_s_file_plays_to_its_end(void **state)
{
    char own[4200], all[4200];
    (void)state;
    strcpy(own, path_of("p1-Anné.webm"));
    strcpy(all, path_of("room.webm"));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run(5 * USEC_PER_SEC, "p1", true);
        run(400 * MS, "p2", false); /* the header was just written anew */
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    read_back(own);
    assert_int_equal(contents.track_count, 2);
    assert_true(contents.blocks[contents.count - 1].at_ms > 4000);
    read_back(all);
    assert_int_equal(contents.track_count, 3);
    assert_true(contents.blocks[contents.count - 1].at_ms > 4500);
}

static void silence_does_not_keep_what_came_out_of_the_file(void **state)
{
    (void)state;
    run(100 * MS, "p1", false);
    now += 200 * MS;
    assert_int_equal(recording_timeout(recording, now), 0);
    now += USEC_PER_SEC;
    assert_int_equal(recording_timeout(recording, now), 0);
    read_back(path_of("room.webm"));
    assert_int_equal(contents.count, 4); /* libavformat keeps the last one for a picture that may come */
}

static void nothing_is_written_over(void **state)
{
    struct recording *second;
    (void)state;
    assert_int_equal(recording_new(&second, folder, "daily", WALL, &left_out, now), 0);
    assert_string_not_equal(recording_folder(second), recording_folder(recording));
    assert_int_equal(recording_close(second, now), 0);
    run(100 * MS, "p1", false);
    recording_left(recording, "p1", now);
    run(100 * MS, "p1", false);
    recording_left(recording, "p1", now);
    assert_int_equal(access(path_of("p1-Anné.webm"), R_OK), 0);
    assert_int_equal(access(path_of("p1-Anné-2.webm"), R_OK), 0);
}

static void a_full_disk_is_told_and_leaves_what_fits(void **state)
{
    const struct rlimit small = {150000, RLIM_INFINITY}, old = {RLIM_INFINITY, RLIM_INFINITY};
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    usec_t began = now;
    while (recording_timeout(recording, now) == 0 && now < began + 3600 * USEC_PER_SEC) {
        take(audio_of("p1", (uint32_t)(now * 48 / 1000)));
        now += 20 * MS;
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(recording_errno(recording), EFBIG);
    read_back(path_of("room.webm"));
    assert_true(contents.blocks[contents.count - 1].at_ms * MS > (now - began) - 3 * USEC_PER_SEC);
    assert_int_equal(recording_close(recording, now), ERR_IO);
    recording = NULL;
}

static void the_first_failure_is_told_though_other_files_end_well(void **state)
{
    char away[128];
    (void)state;
    run(100 * MS, "p1", false);
    snprintf(away, sizeof away, "%s/away", folder);
    assert_int_equal(rename(recording_folder(recording), away), 0);
    take(audio_of("p2", 0)); /* gets no file; those that are open do not mind */
    int error = recording_close(recording, now), number = errno;
    recording = NULL;
    assert_int_equal(error, ERR_IO);
    assert_int_equal(number, ENOENT);
}

/* Ten minutes in which the clocks of camera and microphone run apart, with reports of both. */
static void a_flash_and_its_beep_are_together_in_the_file(void **state)
{
    const double drift = 200e-6;
    usec_t began = now;
    unsigned pairs = 0;
    static uint8_t loud[] = {0xfc, 0xff, 0xfe, 200}, bright[] = {0x11, 0, 0, 200};
    (void)state;
    for (; now < began + 600 * USEC_PER_SEC; now += 20 * MS) {
        usec_t since = now - began;
        double fast = (double)since * (1 + drift), slow = (double)since * (1 - drift);
        bool is_flash = since % (10 * USEC_PER_SEC) == 40 * MS;
        struct recording_frame audio = audio_of("p1", (uint32_t)(fast * 0.048));
        audio.report.is_known = since > 5 * USEC_PER_SEC;
        audio.report.arrival = now - since % (5 * USEC_PER_SEC);
        audio.report.written_us = WALL + audio.report.arrival;
        audio.report.timestamp = (uint32_t)((double)(audio.report.arrival - began) * (1 + drift) * 0.048);
        if (is_flash) {
            audio.data = loud;
            audio.length = sizeof loud;
        }
        take(audio);
        if (since % (40 * MS) != 0)
            continue;
        struct recording_frame video =
            video_of("p1", CODEC_VP8, (uint32_t)(slow * 0.09), since % (10 * USEC_PER_SEC) == 0);
        video.report.is_known = since > USEC_PER_SEC;
        video.report.arrival = now - since % USEC_PER_SEC;
        video.report.written_us = WALL + video.report.arrival;
        video.report.timestamp = (uint32_t)((double)(video.report.arrival - began) * (1 - drift) * 0.09);
        if (is_flash) {
            video.data = bright;
            video.length = sizeof bright;
        }
        take(video);
    }
    char own[4200];
    strcpy(own, path_of("p1-Anné.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(own);
    int64_t beep = -10000, flash = -20000, worst = 0;
    for (size_t i = 0; i < contents.count; i++) {
        const struct block *block = &contents.blocks[i];
        if (block->last_byte != 200)
            continue;
        *(block->track == 0 ? &beep : &flash) = block->at_ms;
        pairs += block->track == 1;
        if (llabs(beep - flash) < 5000) /* both of this pair are read */
            worst = llabs(beep - flash) > worst ? llabs(beep - flash) : worst;
    }
    print_message("at most %d ms apart\n", (int)worst);
    assert_int_equal(pairs, 60);
    assert_true(worst <= 40);
    assert_true(llabs(flash - 590040) <= 40);
}

/* A muxer that looks into frames would collect such, and fail at the eighth. */
static void pictures_that_show_nothing_do_not_end_a_recording(void **state)
{
    static const uint8_t hidden[] = {0x84, 0, 1};
    char own[4200];
    (void)state;
    take(video_of("p1", CODEC_VP9, 0, true));
    for (uint32_t i = 1; i <= 20; i++) {
        now += 20 * MS;
        struct recording_frame frame = video_of("p1", CODEC_VP9, i * 1800, false);
        frame.data = hidden;
        frame.length = i % 10 == 0 ? 0 : sizeof hidden; /* none at all, too */
        take(frame);
        assert_int_equal(recording_timeout(recording, now), 0);
    }
    strcpy(own, path_of("p1-Ann.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(own);
    assert_int_equal(contents.count, 19);
}

/* Frames as a participant can make them who sends what it likes. */
static struct recording_frame anything(struct rng *rng, uint8_t bytes[2000])
{
    static const enum codec codecs[] = {CODEC_OPUS, CODEC_VP8, CODEC_VP9};
    enum codec codec = codecs[rng_next(rng) % 3];
    bool keyframe = rng_next(rng) % 8 == 0;
    struct recording_frame frame = codec == CODEC_OPUS ? audio_of("p2", 0) : video_of("p2", codec, 0, keyframe);
    if (rng_next(rng) % 4 != 0) {
        frame.length = rng_next(rng) % 2000;
        for (size_t i = 0; i < frame.length; i++)
            bytes[i] = (uint8_t)rng_next(rng);
        frame.data = bytes;
    }
    frame.stream = (uint32_t)(rng_next(rng) % 2);
    frame.timestamp = (uint32_t)rng_next(rng) >> rng_next(rng) % 32;
    frame.report.is_known = rng_next(rng) % 2 == 0;
    frame.report.written_us = WALL + now;
    frame.report.arrival = now;
    frame.report.timestamp = (uint32_t)rng_next(rng);
    return frame;
}

static unsigned warnings;

static void count_warning(void *context, int level, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
    warnings += level <= AV_LOG_WARNING;
}

static void whatever_one_sends_the_others_are_recorded(void **state)
{
    char own[4200], all[4200];
    uint8_t bytes[2000];
    struct rng rng;
    (void)state;
    rng_init(&rng, 1);
    warnings = 0;
    av_log_set_callback(count_warning);
    for (usec_t end = now + 20 * USEC_PER_SEC; now < end;) {
        for (unsigned i = 0; i < 40; i++) { /* two thousand a second */
            struct recording_frame frame = anything(&rng, bytes);
            (void)recording_take(recording, &frame, &made_us, now);
        }
        run(20 * MS, "p1", false);
    }
    strcpy(own, path_of("p1-Anné.webm"));
    strcpy(all, path_of("room.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    assert_int_equal(warnings, 0);
    av_log_set_callback(av_log_default_callback);
    read_back(own);
    assert_int_equal(contents.count, 1000);
    for (size_t i = 0; i < contents.count; i++)
        assert_int_equal(contents.blocks[i].at_ms, 20 * i);
    read_back(all);
    int64_t times[1001], last = contents.blocks[contents.count - 1].at_ms;
    unsigned heard = 0;
    for (int track = 0; track < contents.track_count; track++)
        if (strcmp(contents.names[track], "Ann/../é microphone") == 0 && times_of(track, times, 1001) == 1000)
            heard += times[0] == 0 && times[999] == 19980;
    assert_int_equal(heard, 1);
    assert_true(last >= 19980 && last < 21000);
}

/* The process may open no more: who comes then is in the room's file, and the others go on. */
static void a_file_that_cannot_be_opened_ends_nobody_s_recording(void **state)
{
    struct rlimit limit;
    (void)state;
    take(audio_of("p1", 0));
    int next = dup(STDERR_FILENO);
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    run(USEC_PER_SEC, "p2", false);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(recording_unfiled(recording), 1);
    run(USEC_PER_SEC, "p3", false);
    assert_int_equal(access(path_of("p2-Anné.webm"), R_OK), -1);
    assert_int_equal(access(path_of("p3-Anné.webm"), R_OK), 0);
    char all[4200];
    strcpy(all, path_of("room.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    read_back(all);
    assert_int_equal(contents.track_count, 3);
    assert_int_equal(times_of(1, (int64_t[100]){0}, 100), 50);
}

/* Somebody comes so often under other names, and a file has place for some hundred tracks. */
#define COMERS 1000
static void who_comes_again_and_again_cuts_nobody(void **state)
{
    char first[4200], second[4200];
    (void)state;
    take(video_of("p1", CODEC_VP8, 0, true));
    for (int i = 2; i < 2 + COMERS; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        take(audio_of(id, 0));
        now += 20 * MS;
        take(video_of("p1", CODEC_VP8, (uint32_t)(now * 90 / 1000), false)); /* another keyframe is not asked for */
        assert_int_equal(recording_timeout(recording, now), 0);
        recording_left(recording, id, now);
    }
    assert_int_equal(recording_room_files(recording), 2);
    assert_int_equal(recording_unfiled(recording), 1); /* people have a thousand files */
    strcpy(first, path_of("room.webm"));
    strcpy(second, path_of("room-2.webm"));
    assert_int_equal(recording_close(recording, now), 0);
    recording = NULL;
    size_t tracks = 0;
    for (int i = 0; i < 2; i++) {
        read_back(i == 0 ? first : second);
        tracks += (size_t)contents.track_count;
    }
    assert_int_equal(tracks, COMERS + 1);
    read_back(first);
    int64_t times[COMERS + 1];
    assert_int_equal(times_of(0, times, COMERS + 1), COMERS + 1);
    assert_int_equal(times[COMERS], COMERS * 20);
}

int main(void)
{
    av_log_set_level(AV_LOG_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(each_has_a_file_and_the_room_one_of_all),
        TEST(a_long_name_is_cut_between_its_letters),
        TEST(what_a_mixer_makes_is_a_file_alone),
        TEST(another_codec_is_another_track),
        TEST(a_first_picture_is_never_left_out),
        TEST(another_stream_begins_with_a_keyframe_and_goes_on_in_time),
        TEST(a_killed_recorder_s_file_plays_to_its_end),
        TEST(silence_does_not_keep_what_came_out_of_the_file),
        TEST(nothing_is_written_over),
        TEST(a_full_disk_is_told_and_leaves_what_fits),
        TEST(the_first_failure_is_told_though_other_files_end_well),
        TEST(pictures_that_show_nothing_do_not_end_a_recording),
        TEST(whatever_one_sends_the_others_are_recorded),
        TEST(a_file_that_cannot_be_opened_ends_nobody_s_recording),
        TEST(who_comes_again_and_again_cuts_nobody),
        TEST(a_flash_and_its_beep_are_together_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
