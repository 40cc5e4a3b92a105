/* What an application sends that makes its video and audio itself, and what else a mixer says. */
#include <stdio.h>
#include <string.h>

#include "client/client_encryption.h"
#include "client/client_sources.h"
#include "client/client_state.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"

#define AUDIO_BITRATE_BPS 64000

/* What the application encodes with; NULL, or why it cannot be sent. */
static const char *find_codec(const struct heddle_client *client, const char *name, enum media_kind kind,
                              enum codec *codec)
{
    *codec = CODEC_NONE;
    if (name == NULL)
        return NULL;
    *codec = codec_from_name(name);
    const struct codec_format *format = codec_format(*codec);
    if (format == NULL || format->kind != kind || format->is_repair || format->is_wrapper)
        return "the codec is to be VP8, VP9, H264 or AV1, or opus for audio";
    if ((*codec == CODEC_H264 || *codec == CODEC_AV1) && (!client->has_all_codecs || client->encryption != NULL))
        return "this codec needs `all_codecs`, and a call that is not encrypted";
    return NULL;
}

int heddle_client_add_source(struct heddle_client *client, const char *source, const struct heddle_client_media *media,
                             const char **reason)
{
    struct client_source *added = client_source_find(client, source);
    *reason = "there is no such source, or it is sent already";
    if (added == NULL || client_source_is_sent(added) || client->has_ended)
        return ERR_INVALID;
    bool is_audio = strcmp(message_source_kind(message_source_index(source)), "audio") == 0;
    enum codec codec;
    *reason = find_codec(client, media->codec, is_audio ? MEDIA_AUDIO : MEDIA_VIDEO, &codec);
    if (*reason != NULL)
        return ERR_INVALID;
    const struct heddle_client_media filled = client_media_filled(media);
    const struct pushed_config config = {.source = added->name,
                                         .kind = is_audio ? MEDIA_AUDIO : MEDIA_VIDEO,
                                         .codec = codec,
                                         .width = filled.width,
                                         .height = filled.height,
                                         .frames_per_second = filled.frames_per_second,
                                         .temporal_layers = filled.temporal_layers,
                                         .bitrate_bps = is_audio && media->bitrate_bps == 0 ? AUDIO_BITRATE_BPS
                                                                                            : filled.bitrate_bps};
    added->pushed = pushed_new(&config);
    *reason = "the encoder refuses this size";
    if (added->pushed == NULL)
        return ERR_UNSUPPORTED;
    client_sources_offer(client);
    return 0;
}

/* NULL: it is not to be filled now. */
static struct pushed *find(struct heddle_client *client, const char *source)
{
    const struct client_source *filled = client_source_find(client, source);
    return filled != NULL && !filled->is_muted && !client->has_ended ? filled->pushed : NULL;
}

void heddle_client_push_picture(struct heddle_client *client, const char *source,
                                const struct heddle_client_picture *picture)
{
    struct pushed *pushed = find(client, source);
    struct picture view = {.width = picture->width, .height = picture->height};
    struct coded_frame frame;
    usec_t now = clock_now();
    for (int i = 0; i < 3; i++) {
        view.planes[i] = (uint8_t *)picture->planes[i]; /* the encoder only reads */
        view.strides[i] = picture->strides[i];
    }
    if (pushed != NULL && pushed_picture(pushed, &view, now, &frame))
        client_send_video(client, source, pushed_codec(pushed), 0, &frame, now);
}

void heddle_client_push_audio(struct heddle_client *client, const char *source, const int16_t *samples)
{
    struct pushed *pushed = find(client, source);
    struct coded_audio audio;
    usec_t now = clock_now();
    if (pushed != NULL && pushed_audio(pushed, samples, now, &audio))
        client_send_audio(client, source, &audio, now);
}

void heddle_client_push_frame(struct heddle_client *client, const char *source, const struct heddle_client_frame *frame)
{
    struct pushed *pushed = find(client, source);
    const struct span data = {frame->data, frame->length};
    struct coded_frame video;
    struct coded_audio audio;
    usec_t now = clock_now();
    if (pushed != NULL && pushed_frame(pushed, data, frame->is_keyframe, now, &video))
        client_send_video(client, source, pushed_codec(pushed), 0, &video, now);
    else if (pushed != NULL && pushed_packet(pushed, data, now, &audio))
        client_send_audio(client, source, &audio, now);
}

static bool is_hidden(const struct heddle_client *client, const char *participant, const char *source)
{
    const struct client_participant *shown = client_room_participant(call_room(client->call), participant);
    int index = message_source_index(source);
    return shown != NULL && index >= 0 && client_size_is_hidden(&shown->sizes[index]);
}

void heddle_client_show_at(struct heddle_client *client, const char *participant, const char *source, unsigned width,
                           unsigned height)
{
    bool was_hidden = is_hidden(client, participant, source);
    char publication[PUBLICATION_ID_MAX + 1];
    call_set_size(client->call, participant, source, width, height);
    snprintf(publication, sizeof publication, "%s/%s", participant, source);
    struct tile *tile = tiles_of_publication(&client->tiles, publication);
    if (tile != NULL && was_hidden != is_hidden(client, participant, source))
        remote_pause(tile->remote, MEDIA_VIDEO); /* that nothing comes is no freeze */
}

void heddle_client_mix_lanes(struct heddle_client *client, const char *const *participants, size_t count)
{
    json_t *lanes = json_array();
    for (size_t i = 0; i < count && i < MESSAGE_LANES; i++)
        if (participants[i] != NULL)
            json_array_append_new(lanes,
                                  json_pack("{s:s,s:s}", "source", message_source_name(MESSAGE_SOURCE_OF_LANE + (int)i),
                                            "participant", participants[i]));
    call_send(client->call, json_pack("{s:s,s:o}", "type", "mix-lanes", "lanes", lanes));
}
