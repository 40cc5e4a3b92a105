#include "client/record/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/coded_size.h"
#include "client/media/path_part.h"
#include "client/record/recording_folder.h"
#include "client/record/stream_clock.h"
#include "client/record/webm_file.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/names.h"
#include "transport/base/utf8.h"

#define FOLDER_MAX 4096
#define OWN_FILES_MAX 1000 /* of people: who comes again and again under other names fills no folder */
#define CODECS_MAX 3       /* of a publication */
#define NAME_SIZE 257
#define TITLE_NAME_MAX 200 /* bytes of a participant's name in a title */
#define CROWD_MAX 1000 /* ms: frames that come without end have no places in the file that are later than their time */

/* A file that is written. One has place for some hundred tracks: later ones come into another. Whoever has a track
 * stays where it is, so that those who come again and again under other names cut nobody. */
struct part {
    struct webm_file *file;
    int64_t began_us; /* its time 0 */
    size_t tracks;    /* of those who are here */
    struct part *next;
};

struct output {
    char participant[PARTICIPANT_ID_MAX + 1]; /* "": that of the room */
    char name[PARTICIPANT_ID_MAX + PATH_PART_MAX + 8];
    bool is_of_person;
    struct part *parts; /* the newest first; NULL: nothing came yet */
    unsigned part_count;
};

/* A publication in one output. */
struct track {
    enum codec codec;
    struct part *part; /* NULL: it has no track */
    bool is_unfiled;   /* and gets none: no file could be opened for it */
    int number;
    int64_t last_ms;
};

/* What comes of a publication. */
struct channel {
    char publication[PUBLICATION_ID_MAX + 1];
    struct output *own; /* of its participant */
    uint32_t stream;
    struct stream_clock clock;
    int64_t written_us;                 /* of the last report that was taken */
    bool is_cut;                        /* the next frame of video that makes sense is a keyframe */
    struct track tracks[2][CODECS_MAX]; /* in its participant's file, and in the room's */
    enum codec codec;
};

struct recording {
    char folder[FOLDER_MAX], room[65];
    struct report_clock reports;
    struct output all, **outputs; /* of participants */
    struct channel **channels;
    size_t output_count, channel_count;
    unsigned own_files; /* of people, that were made so far */
    uint64_t unfiled;   /* tracks */
    uint64_t *left_out; /* borrowed */
    int failure;        /* an errno */
};

int recording_new(struct recording **out, const char *parent, const char *room, int64_t wall_us, uint64_t *left_out,
                  usec_t now)
{
    struct recording *recording = mem_alloc(sizeof *recording);
    if (recording_folder_make(recording->folder, sizeof recording->folder, parent, room, wall_us) != 0) {
        free(recording);
        return ERR_IO;
    }
    snprintf(recording->room, sizeof recording->room, "%s", room);
    snprintf(recording->all.name, sizeof recording->all.name, "room");
    recording->reports.ahead = wall_us - now;
    recording->left_out = left_out;
    *out = recording;
    return 0;
}

const char *recording_folder(const struct recording *recording)
{
    return recording->folder;
}

int recording_errno(const struct recording *recording)
{
    return recording->failure;
}

static void fail(struct recording *recording, int number)
{
    if (recording->failure == 0)
        recording->failure = number;
}

static void close_part(struct recording *recording, struct part **link, usec_t now)
{
    struct part *part = *link;
    if (webm_file_close(part->file, now) != 0)
        fail(recording, errno);
    *link = part->next;
    free(part);
}

static void close_output(struct recording *recording, struct output *output, usec_t now)
{
    while (output->parts != NULL)
        close_part(recording, &output->parts, now);
}

/* A file that has only tracks of those who left is complete, but for the newest: more of them may come. */
static void leave_track(struct recording *recording, struct output *output, struct track *track, usec_t now)
{
    struct part *part = track->part;
    track->part = NULL;
    if (part == NULL || --part->tracks > 0 || part == output->parts)
        return;
    struct part **link = &output->parts;
    while (*link != part)
        link = &(*link)->next;
    close_part(recording, link, now);
}

static struct output *find_output(struct recording *recording, const struct recording_frame *frame)
{
    for (size_t i = 0; i < recording->output_count; i++)
        if (strcmp(recording->outputs[i]->participant, frame->participant) == 0)
            return recording->outputs[i];
    struct output *output = mem_alloc(sizeof *output);
    snprintf(output->participant, sizeof output->participant, "%s", frame->participant);
    output->is_of_person = !frame->is_mix;
    if (frame->is_mix) {
        snprintf(output->name, sizeof output->name, "mix");
    } else {
        snprintf(output->name, sizeof output->name, "%s-", output->participant);
        path_part_append(output->name, frame->name);
    }
    recording->outputs = mem_resize(recording->outputs, recording->output_count + 1, sizeof(struct output *));
    recording->outputs[recording->output_count++] = output;
    return output;
}

static struct channel *find_channel(struct recording *recording, const struct recording_frame *frame)
{
    char publication[PUBLICATION_ID_MAX + 1];
    snprintf(publication, sizeof publication, "%s/%s", frame->participant, frame->source);
    for (size_t i = 0; i < recording->channel_count; i++)
        if (strcmp(recording->channels[i]->publication, publication) == 0)
            return recording->channels[i];
    struct channel *channel = mem_alloc(sizeof *channel);
    memcpy(channel->publication, publication, sizeof publication);
    channel->own = find_output(recording, frame);
    recording->channels = mem_resize(recording->channels, recording->channel_count + 1, sizeof(struct channel *));
    recording->channels[recording->channel_count++] = channel;
    return channel;
}

/* The wall clock at which the frame was made. */
static int64_t place(struct recording *recording, struct channel *channel, const struct recording_frame *frame)
{
    bool is_other = channel->stream != frame->stream || channel->clock.rate != frame->clock_rate;
    if (is_other)
        stream_clock_init(&channel->clock, frame->clock_rate);
    if (is_other || channel->codec != frame->codec)
        channel->is_cut = codec_format(frame->codec)->kind == MEDIA_VIDEO;
    channel->stream = frame->stream;
    channel->codec = frame->codec;
    if (frame->report.is_known && frame->report.written_us != channel->written_us) {
        int64_t written_us = report_clock_read(&recording->reports, frame->report.written_us, frame->report.arrival);
        stream_clock_report(&channel->clock, written_us, frame->report.timestamp);
        channel->written_us = frame->report.written_us;
    }
    return stream_clock_place(&channel->clock, frame->timestamp, frame->arrival + recording->reports.ahead);
}

/* False: it cannot be opened, and errno. */
static bool open_part(struct recording *recording, struct output *output, int64_t at_us)
{
    char title[NAME_SIZE];
    struct webm_file *file;
    snprintf(title, sizeof title, "%s, %s", recording->room, output->name);
    errno = EMFILE;
    if ((output->is_of_person && recording->own_files == OWN_FILES_MAX) ||
        recording_folder_file(&file, recording->folder, output->name, title, at_us, recording->left_out) != 0)
        return false;
    recording->own_files += output->is_of_person;
    struct part *part = mem_alloc(sizeof *part);
    *part = (struct part){.file = file, .began_us = at_us, .next = output->parts};
    output->parts = part;
    output->part_count++;
    return true;
}

/* A track of one file less is no reason to end the recording of all; a room without any is. */
static void leave_unfiled(struct recording *recording, const struct output *output, struct track *track)
{
    bool is_needed = output == &recording->all && output->parts == NULL;
    if (is_needed || (errno != EMFILE && errno != ENFILE)) {
        fail(recording, errno);
        return;
    }
    track->is_unfiled = true;
    recording->unfiled++;
}

static struct track *find_track(struct channel *channel, bool is_own, enum codec codec)
{
    struct track *tracks = channel->tracks[is_own ? 0 : 1];
    size_t i = 0;
    while (i < CODECS_MAX - 1 && tracks[i].codec != codec && tracks[i].codec != CODEC_NONE)
        i++;
    return &tracks[i];
}

/* False: it has none in this file, and a frame like this begins none. */
static bool has_track(struct recording *recording, struct output *output, struct track *track,
                      const struct recording_frame *frame, int64_t at_us, usec_t now)
{
    char name[NAME_SIZE];
    struct coded_size size = {0};
    if (track->is_unfiled || (track->part != NULL && track->codec == frame->codec))
        return true;
    bool is_video = codec_format(frame->codec)->kind == MEDIA_VIDEO;
    if (is_video && (!frame->keyframe || coded_size_read(&size, frame->codec, frame->data, frame->length) != 0 ||
                     size.width == 0 || size.height == 0))
        return false;
    snprintf(name, sizeof name, "%.*s %s", (int)utf8_fit(frame->name, TITLE_NAME_MAX), frame->name, frame->source);
    const struct webm_track made = {.codec = frame->codec, .width = size.width, .height = size.height, .name = name};
    leave_track(recording, output, track, now);
    if (output->parts == NULL && !open_part(recording, output, at_us)) {
        leave_unfiled(recording, output, track);
        return true;
    }
    int number = webm_file_add_track(output->parts->file, &made, now);
    if (number == ERR_LIMIT) {
        if (!open_part(recording, output, at_us)) {
            leave_unfiled(recording, output, track);
            return true;
        }
        number = webm_file_add_track(output->parts->file, &made, now);
    }
    if (number < 0)
        fail(recording, webm_file_errno(output->parts->file) != 0 ? webm_file_errno(output->parts->file) : EINVAL);
    output->parts->tracks++;
    *track = (struct track){.codec = frame->codec, .part = output->parts, .number = number, .last_ms = -1};
    return true;
}

static bool write_to(struct recording *recording, struct output *output, struct track *track,
                     const struct recording_frame *frame, int64_t at_us, usec_t now)
{
    if (!has_track(recording, output, track, frame, at_us, now))
        return false;
    if (recording->failure != 0 || track->part == NULL)
        return true;
    const struct part *part = track->part;
    bool is_early = at_us < part->began_us; /* than what came first; later pictures need those before them */
    int64_t at_ms = is_early ? 0 : (at_us - part->began_us) / USEC_PER_MSEC;
    if (is_early && codec_format(frame->codec)->kind == MEDIA_AUDIO)
        return true;
    if (track->last_ms - at_ms >= CROWD_MAX)
        return codec_format(frame->codec)->kind == MEDIA_AUDIO;
    at_ms = at_ms > track->last_ms ? at_ms : track->last_ms + 1;
    track->last_ms = at_ms;
    webm_file_write(part->file, track->number, at_ms, frame->keyframe, frame->data, frame->length, now);
    return true;
}

bool recording_take(struct recording *recording, const struct recording_frame *frame, int64_t *made_us, usec_t now)
{
    *made_us = frame->arrival + recording->reports.ahead;
    if (frame->length == 0)
        return true; /* a packet of nothing but its descriptor */
    struct channel *channel = find_channel(recording, frame);
    int64_t at_us = *made_us = place(recording, channel, frame);
    bool is_video = codec_format(frame->codec)->kind == MEDIA_VIDEO;
    if (is_video && channel->is_cut && !frame->keyframe)
        return false;
    struct recording_frame taken = *frame;
    taken.keyframe = frame->keyframe || !is_video;
    bool has_own = write_to(recording, channel->own, find_track(channel, true, frame->codec), &taken, at_us, now);
    bool has_all = frame->is_mix ||
                   write_to(recording, &recording->all, find_track(channel, false, frame->codec), &taken, at_us, now);
    channel->is_cut = is_video && !(has_own && has_all);
    return has_own && has_all;
}

void recording_left(struct recording *recording, const char *participant, usec_t now)
{
    char id[PARTICIPANT_ID_MAX + 1]; /* a copy: what was passed may be freed here */
    size_t kept = 0;
    snprintf(id, sizeof id, "%s", participant);
    for (size_t i = 0; i < recording->channel_count; i++) {
        struct channel *channel = recording->channels[i];
        if (strcmp(channel->own->participant, id) != 0) {
            recording->channels[kept++] = channel;
            continue;
        }
        for (size_t codec = 0; codec < CODECS_MAX; codec++)
            leave_track(recording, &recording->all, &channel->tracks[1][codec], now);
        free(channel);
    }
    recording->channel_count = kept;
    kept = 0;
    for (size_t i = 0; i < recording->output_count; i++) {
        if (strcmp(recording->outputs[i]->participant, id) != 0) {
            recording->outputs[kept++] = recording->outputs[i];
            continue;
        }
        close_output(recording, recording->outputs[i], now);
        free(recording->outputs[i]);
    }
    recording->output_count = kept;
}

static void look_after(struct recording *recording, const struct output *output, usec_t now)
{
    for (const struct part *part = output->parts; part != NULL; part = part->next)
        if (webm_file_timeout(part->file, now) != 0)
            fail(recording, webm_file_errno(part->file));
}

uint64_t recording_unfiled(const struct recording *recording)
{
    return recording->unfiled;
}

unsigned recording_room_files(const struct recording *recording)
{
    return recording->all.part_count;
}

int recording_timeout(struct recording *recording, usec_t now)
{
    look_after(recording, &recording->all, now);
    for (size_t i = 0; i < recording->output_count; i++)
        look_after(recording, recording->outputs[i], now);
    return recording->failure == 0 ? 0 : ERR_IO;
}

int recording_close(struct recording *recording, usec_t now)
{
    if (recording == NULL)
        return 0;
    while (recording->output_count > 0)
        recording_left(recording, recording->outputs[0]->participant, now);
    close_output(recording, &recording->all, now);
    int failure = recording->failure;
    free(recording->outputs);
    free(recording->channels);
    free(recording);
    errno = failure;
    return failure == 0 ? 0 : ERR_IO;
}
