#include "client/client_sources.h"

#include <stdio.h>
#include <string.h>

#include "client/client_events.h"
#include "client/client_state.h"

void client_sources_init(struct heddle_client *client)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        client->sources.at[i].client = client;
        client->sources.at[i].name = message_source_name(i);
    }
}

void client_sources_fini(struct client_sources *sources)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        publisher_free(sources->at[i].publisher);
        pushed_free(sources->at[i].pushed);
    }
}

struct client_source *client_source_find(struct heddle_client *client, const char *name)
{
    int index = message_source_index(name);
    return index >= 0 ? &client->sources.at[index] : NULL;
}

static struct negotiation_source describe(const struct client_source *source)
{
    static const char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1] = {"q", "h", "f"};
    struct negotiation_source described = {.kind = MEDIA_AUDIO};
    if (source->pushed != NULL)
        described = pushed_source(source->pushed);
    snprintf(described.source, sizeof described.source, "%s", source->name);
    described.muted = source->is_muted;
    if (source->publisher == NULL || !publisher_has_video(source->publisher))
        return described;
    unsigned encodings = publisher_encodings(source->publisher);
    described.kind = MEDIA_VIDEO;
    described.rid_count = encodings > 1 ? encodings : 0;
    memcpy(described.rids, rids[MEDIA_ENCODINGS_MAX - encodings], encodings * sizeof rids[0]);
    return described;
}

/* The voice first: it is on the first m-line whatever else is sent. */
void client_sources_offer(struct heddle_client *client)
{
    struct negotiation_source offered[NEGOTIATION_SOURCES_MAX];
    const struct client_source *voice = client_source_find(client, MICROPHONE);
    size_t count = 0;
    if (client_source_is_sent(voice))
        offered[count++] = describe(voice);
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (&client->sources.at[i] != voice && client_source_is_sent(&client->sources.at[i]))
            offered[count++] = describe(&client->sources.at[i]);
    call_set_sources(client->call, offered, count);
}

static void count_past(struct publisher_stats *past, const struct publisher *publisher)
{
    struct publisher_stats made;
    publisher_get_stats(publisher, &made);
    publisher_stats_add(past, &made);
}

void client_source_end(struct client_source *source)
{
    struct heddle_client *client = source->client;
    if (!client_source_is_sent(source))
        return;
    if (source->publisher != NULL)
        count_past(&client->sources.past, source->publisher);
    publisher_free(source->publisher);
    pushed_free(source->pushed);
    *source = (struct client_source){.client = client, .name = source->name};
    client_sources_offer(client);
}

/* Of what the application encodes, only that can make one. */
static void request_pushed_keyframe(struct client_source *source)
{
    struct negotiation_source described = pushed_source(source->pushed);
    pushed_request_keyframe(source->pushed);
    if (described.codec != CODEC_NONE && described.kind == MEDIA_VIDEO)
        client_emit(source->client, HEDDLE_CLIENT_KEYFRAME_REQUEST, "", source->name);
}

void client_source_mute(struct client_source *source, bool is_muted)
{
    if (!client_source_is_sent(source) || source->is_muted == is_muted)
        return;
    source->is_muted = is_muted;
    if (source->publisher != NULL)
        publisher_mute(source->publisher, publisher_has_video(source->publisher) ? MEDIA_VIDEO : MEDIA_AUDIO, is_muted);
    else if (!is_muted)
        request_pushed_keyframe(source); /* the first after it */
    call_mute(source->client->call, source->name, is_muted);
}

void client_source_request_keyframe(struct client_source *source, unsigned encoding)
{
    if (source->publisher != NULL)
        publisher_request_keyframe(source->publisher, encoding);
    if (source->pushed != NULL)
        request_pushed_keyframe(source);
}

void client_sources_start(struct client_sources *sources)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (sources->at[i].publisher != NULL)
            publisher_start(sources->at[i].publisher);
}

void client_sources_stop(struct client_sources *sources)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (sources->at[i].publisher != NULL)
            publisher_stop(sources->at[i].publisher);
}

void client_sources_follow(struct heddle_client *client)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        sending_follow(&client->sources.at[i].sending, call_connections(client->call));
}

void client_sources_adapt(struct heddle_client *client, usec_t now)
{
    uint64_t all_bps = 0;
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        all_bps += client->sources.at[i].sending.target_bps;
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        sending_adapt(&client->sources.at[i].sending, call_connections(client->call), all_bps, now);
}

void client_sources_set_encodings(struct heddle_client *client, const char *name, const json_t *active)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (name == NULL || strcmp(client->sources.at[i].name, name) == 0)
            sending_set_encodings(&client->sources.at[i].sending, active, call_connections(client->call));
}
