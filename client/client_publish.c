/* What a client sends: heddle_client_publish() and heddle_client_mute(). */
#include <stdio.h>
#include <string.h>

#include "client/client_encryption.h"
#include "client/client_sources.h"
#include "client/client_state.h"
#include "transport/base/error.h"
#include "transport/base/random.h"

#define DEFAULT_WIDTH 640
#define DEFAULT_HEIGHT 360
#define DEFAULT_FRAME_RATE 30
#define DEFAULT_BITRATE_BPS 600000

static void on_video(void *user, unsigned encoding, const struct coded_frame *frame, usec_t now)
{
    struct heddle_client *client = user;
    client_send_video(client, CAMERA, encoding, frame, now);
    sending_adapt(&client->sending, call_connections(client->call), now);
}

static void on_audio(void *user, const struct coded_audio *audio, usec_t now)
{
    struct heddle_client *client = user;
    client_send_audio(client, MICROPHONE, audio, now);
}

int heddle_client_publish(struct heddle_client *client, const struct heddle_client_media *media, const char **reason)
{
    if (client->publisher != NULL || client->has_ended) {
        *reason = client->has_ended ? "the call is over" : "something is published already";
        return ERR_WRONG_STATE;
    }
    struct publisher_config config = {
        .video = media->video,
        .audio = media->audio,
        .width = media->width != 0 ? media->width : DEFAULT_WIDTH,
        .height = media->height != 0 ? media->height : DEFAULT_HEIGHT,
        .frames_per_second = media->frames_per_second != 0 ? media->frames_per_second : DEFAULT_FRAME_RATE,
        .bitrate_bps = media->bitrate_bps != 0 ? media->bitrate_bps : DEFAULT_BITRATE_BPS,
        .encodings = media->encodings != 0 ? media->encodings : 1,
        .temporal_layers = media->temporal_layers != 0 ? media->temporal_layers : 1,
    };
    random_secure(&config.seed, sizeof config.seed);
    struct publisher_listener listener = {.video = on_video, .audio = on_audio, .user = client};
    int error = publisher_new(&client->publisher, client->loop, &config, &listener, reason);
    if (error != 0)
        return error;
    sending_init(&client->sending, client->publisher, media->is_fixed);
    client_set_sources(client);
    if (client->was_connected)
        publisher_start(client->publisher);
    return 0;
}

void heddle_client_mute(struct heddle_client *client, bool audio, bool video)
{
    if (client->publisher == NULL || client->has_ended)
        return;
    if (publisher_has_audio(client->publisher) && publisher_is_muted(client->publisher, MEDIA_AUDIO) != audio) {
        publisher_mute(client->publisher, MEDIA_AUDIO, audio);
        call_mute(client->call, MICROPHONE, audio);
    }
    if (publisher_has_video(client->publisher) && publisher_is_muted(client->publisher, MEDIA_VIDEO) != video) {
        publisher_mute(client->publisher, MEDIA_VIDEO, video);
        call_mute(client->call, CAMERA, video);
    }
}
