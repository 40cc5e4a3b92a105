#include "client/client_sources.h"

#include <stdio.h>
#include <string.h>

#include "client/client_state.h"

void client_set_sources(struct heddle_client *client)
{
    static const char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1] = {"q", "h", "f"};
    struct negotiation_source sources[NEGOTIATION_SOURCES_MAX] = {0};
    size_t count = 0;
    if (client->publisher != NULL && publisher_has_audio(client->publisher)) {
        snprintf(sources[count].source, sizeof sources[count].source, MICROPHONE);
        sources[count++].kind = MEDIA_AUDIO;
    }
    if (client->publisher != NULL && publisher_has_video(client->publisher)) {
        struct negotiation_source *source = &sources[count++];
        unsigned encodings = publisher_encodings(client->publisher);
        snprintf(source->source, sizeof source->source, CAMERA);
        source->kind = MEDIA_VIDEO;
        source->rid_count = encodings > 1 ? encodings : 0;
        memcpy(source->rids, rids[MEDIA_ENCODINGS_MAX - encodings], encodings * sizeof rids[0]);
    }
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (client->pushed[i] != NULL)
            sources[count++] = pushed_source(client->pushed[i]);
    call_set_sources(client->call, sources, count);
}
