/* What an application sends that makes its video and audio itself, and what else a mixer says. */
#include <stdio.h>
#include <string.h>

#include "client/client_encryption.h"
#include "client/client_sources.h"
#include "client/client_state.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"

#define AUDIO_BITRATE_BPS 64000

static struct pushed *find(const struct heddle_client *client, const char *source)
{
    int index = message_source_index(source);
    return index >= 0 ? client->pushed[index] : NULL;
}

int heddle_client_add_source(struct heddle_client *client, const char *source, const struct heddle_client_media *media,
                             const char **reason)
{
    int index = message_source_index(source);
    *reason = "there is no such source, or it is sent already";
    if (index < 0 || client->pushed[index] != NULL || client->has_ended)
        return ERR_INVALID;
    bool is_audio = strcmp(message_source_kind(index), "audio") == 0;
    const struct pushed_config config = {.source = message_source_name(index),
                                         .kind = is_audio ? MEDIA_AUDIO : MEDIA_VIDEO,
                                         .width = media->width,
                                         .height = media->height,
                                         .frames_per_second = media->frames_per_second,
                                         .bitrate_bps = media->bitrate_bps != 0 || !is_audio ? media->bitrate_bps
                                                                                             : AUDIO_BITRATE_BPS};
    client->pushed[index] = pushed_new(&config);
    *reason = "the encoder refuses this size";
    if (client->pushed[index] == NULL)
        return ERR_UNSUPPORTED;
    client_set_sources(client);
    return 0;
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
    if (pushed != NULL && !client->has_ended && pushed_picture(pushed, &view, now, &frame))
        client_send_video(client, source, 0, &frame, now);
}

void heddle_client_push_audio(struct heddle_client *client, const char *source, const int16_t *samples)
{
    struct pushed *pushed = find(client, source);
    struct coded_audio audio;
    usec_t now = clock_now();
    if (pushed != NULL && !client->has_ended && pushed_audio(pushed, samples, now, &audio))
        client_send_audio(client, source, &audio, now);
}

void heddle_client_show_at(struct heddle_client *client, const char *participant, unsigned width, unsigned height)
{
    call_set_size(client->call, participant, width, height);
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
