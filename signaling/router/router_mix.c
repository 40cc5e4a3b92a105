#include "signaling/router/router_mix.h"

#include <stdio.h>
#include <string.h>

#include "transport/base/memory.h"

static const char *source_of(const char *publication)
{
    const char *slash = strchr(publication, '/');
    return slash != NULL ? slash + 1 : "";
}

void router_mix_take(struct router_connection *connection, struct router_receive *receives, size_t *count)
{
    size_t kept = 0;
    memcpy(connection->mix_left, connection->mix_mid, sizeof connection->mix_left);
    connection->mix_mid[0] = '\0';
    for (size_t i = 0; i < *count; i++) {
        if (connection->mix_mid[0] == '\0' && strcmp(source_of(receives[i].publication), MESSAGE_MIX) == 0) {
            snprintf(connection->mix_mid, sizeof connection->mix_mid, "%s", receives[i].mid);
            snprintf(connection->mix, sizeof connection->mix, "%s", receives[i].publication);
        } else {
            receives[kept++] = receives[i];
        }
    }
    *count = kept;
}

/* The lane that lacks the participant's voice, or the mix for all. */
static const char *lane_of(const struct room_participant *participant)
{
    for (int i = 0; i < MESSAGE_LANES; i++)
        if (participant->room->lanes[i] == participant->number)
            return message_source_name(MESSAGE_SOURCE_OF_LANE + i);
    return MESSAGE_MIX;
}

static void ask(struct router_participant *router, const struct router_connection *connection, const char *mid,
                const char *show)
{
    struct router_request *request = mem_array(1, sizeof *request);
    *request = (struct router_request){.width = 1, .height = 1, .priority = UINT8_MAX};
    snprintf(request->mid, sizeof request->mid, "%s", mid);
    snprintf(request->show, sizeof request->show, "%s", show);
    worker_receive(router_connection_worker(router, connection), connection->id, request, 1);
}

void router_mix_show(struct router_participant *router, struct router_connection *connection)
{
    if (connection->id == 0)
        return;
    if (connection->mix_left[0] != '\0' && strcmp(connection->mix_left, connection->mix_mid) != 0)
        ask(router, connection, connection->mix_left, "");
    connection->mix_left[0] = '\0';
    if (connection->mix_mid[0] == '\0')
        return;
    char mix[PUBLICATION_ID_MAX + 1];
    snprintf(mix, sizeof mix, "%.*s/%s", (int)strcspn(connection->mix, "/"), connection->mix,
             lane_of(connection->participant));
    memcpy(connection->mix, mix, sizeof mix);
    ask(router, connection, connection->mix_mid, mix);
}

void router_mix_follow(struct router_participant *router, const struct room *room)
{
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        struct router_connection *connection = participant->router_connection;
        if (connection != NULL && connection->mix_mid[0] != '\0' &&
            strcmp(source_of(connection->mix), lane_of(participant)) != 0)
            router_mix_show(router, connection);
    }
}

void router_mix_shown_name(char out[PUBLICATION_ID_MAX + 1], const char *publication)
{
    int source = message_source_index(source_of(publication));
    if (source >= MESSAGE_SOURCE_OF_LANE)
        snprintf(out, PUBLICATION_ID_MAX + 1, "%.*s/%s", (int)strcspn(publication, "/"), publication, MESSAGE_MIX);
    else
        snprintf(out, PUBLICATION_ID_MAX + 1, "%s", publication);
}
