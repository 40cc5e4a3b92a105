/* What a client sends that the library makes: heddle_client_publish_source() and its like. */
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
    struct client_source *source = user;
    client_send_video(source->client, source->name, CODEC_VP8, encoding, frame, now);
    client_sources_adapt(source->client, now);
}

static void on_audio(void *user, const struct coded_audio *audio, usec_t now)
{
    struct client_source *source = user;
    client_send_audio(source->client, source->name, audio, now);
}

static unsigned or_default(unsigned value, unsigned standard)
{
    return value != 0 ? value : standard;
}

struct heddle_client_media client_media_filled(const struct heddle_client_media *media)
{
    struct heddle_client_media filled = *media;
    filled.width = or_default(media->width, DEFAULT_WIDTH);
    filled.height = or_default(media->height, DEFAULT_HEIGHT);
    filled.frames_per_second = or_default(media->frames_per_second, DEFAULT_FRAME_RATE);
    filled.bitrate_bps = or_default(media->bitrate_bps, DEFAULT_BITRATE_BPS);
    filled.encodings = or_default(media->encodings, 1);
    filled.temporal_layers = or_default(media->temporal_layers, 1);
    return filled;
}

static int make(struct client_source *source, const struct heddle_client_media *media, bool is_audio,
                const char **reason)
{
    const struct heddle_client_media filled = client_media_filled(media);
    struct publisher_config config = {
        .video = is_audio ? NULL : filled.video,
        .audio = is_audio ? filled.audio : NULL,
        .width = filled.width,
        .height = filled.height,
        .frames_per_second = filled.frames_per_second,
        .bitrate_bps = filled.bitrate_bps,
        .encodings = filled.encodings,
        .temporal_layers = filled.temporal_layers,
    };
    random_secure(&config.seed, sizeof config.seed);
    struct publisher_listener listener = {.video = on_video, .audio = on_audio, .user = source};
    int error = publisher_new(&source->publisher, source->client->loop, &config, &listener, reason);
    if (error == 0 && !is_audio)
        sending_init(&source->sending, source->publisher, media->is_fixed);
    return error;
}

/* Why a source cannot be published; NULL: it can. */
static const char *objection(const struct client_source *source, const char *made_of)
{
    if (source->client->has_ended)
        return "the call is over";
    if (client_source_is_sent(source))
        return "this source is published already";
    return made_of == NULL ? "there is nothing to make it of" : NULL;
}

int heddle_client_publish_source(struct heddle_client *client, const char *source,
                                 const struct heddle_client_media *media, const char **reason)
{
    struct client_source *made = client_source_find(client, source);
    *reason = "there is no such source";
    if (made == NULL)
        return ERR_INVALID;
    bool is_audio = strcmp(message_source_kind(message_source_index(source)), "audio") == 0;
    *reason = objection(made, is_audio ? media->audio : media->video);
    if (*reason != NULL)
        return ERR_WRONG_STATE;
    int error = make(made, media, is_audio, reason);
    if (error != 0)
        return error;
    client_sources_offer(client);
    if (client->was_connected)
        publisher_start(made->publisher);
    return 0;
}

int heddle_client_publish(struct heddle_client *client, const struct heddle_client_media *media, const char **reason)
{
    int error = media->video != NULL ? heddle_client_publish_source(client, CAMERA, media, reason) : 0;
    if (error != 0 || media->audio == NULL)
        return error;
    error = heddle_client_publish_source(client, MICROPHONE, media, reason);
    if (error != 0 && media->video != NULL)
        client_source_end(client_source_find(client, CAMERA));
    return error;
}

void heddle_client_unpublish(struct heddle_client *client, const char *source)
{
    struct client_source *sent = client_source_find(client, source);
    if (sent != NULL && !client->has_ended)
        client_source_end(sent);
}

void heddle_client_mute_source(struct heddle_client *client, const char *source, bool muted)
{
    struct client_source *sent = client_source_find(client, source);
    if (sent != NULL && !client->has_ended)
        client_source_mute(sent, muted);
}

void heddle_client_mute(struct heddle_client *client, bool audio, bool video)
{
    heddle_client_mute_source(client, MICROPHONE, audio);
    heddle_client_mute_source(client, CAMERA, video);
}
