#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client_call_events.h"
#include "client/client_encryption.h"
#include "client/client_sources.h"
#include "client/client_stats.h"
#include "client/media/recorder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/descriptors.h"

#define DESCRIPTORS_NEEDED 24 /* sockets of signaling and of a path, what libraries open at their start */

static usec_t or_default(unsigned ms, usec_t standard)
{
    return ms != 0 ? usec_from_ms(ms) : standard;
}

static struct reconnect_constants constants_of(const struct heddle_client_reconnection *reconnection)
{
    struct reconnect_constants constants = reconnect_defaults;
    constants.connect_timeout = or_default(reconnection->connect_timeout_ms, constants.connect_timeout);
    constants.auto_wait = or_default(reconnection->auto_wait_ms, constants.auto_wait);
    constants.speculative_delay = or_default(reconnection->speculative_delay_ms, constants.speculative_delay);
    constants.retry_delay = or_default(reconnection->retry_delay_ms, constants.retry_delay);
    constants.restart_timeout = or_default(reconnection->restart_timeout_ms, constants.restart_timeout);
    if (reconnection->max_restarts != 0)
        constants.max_restarts = reconnection->max_restarts;
    return constants;
}

/* What the server would refuse, and what cannot be sent at all, is refused here. */
static int check_texts(const struct call_config *call, const char **reason)
{
    static char text[300];
    struct refusal refusal;
    enum message_type type;
    json_t *join = json_pack("{s:s,s:s,s:s,s:{s:b,s:b},s:s*,s:s*,s:s*}", "type", "join", "room", call->room, "name",
                             call->name, "capabilities", "mesh", call->mesh, "sfu", call->sfu, "token", call->token,
                             "service", call->service, "topology", call->topology);
    *reason = "room, name and token are to be UTF-8";
    if (join == NULL)
        return ERR_INVALID;
    int error = message_check(join, &type, MESSAGE_TO_SERVER, &refusal);
    if (error != 0) {
        snprintf(text, sizeof text, "the %s is to be %s", refusal.field, refusal.expected);
        *reason = text;
    }
    json_decref(join);
    return error;
}

static int open_call(struct heddle_client *client, const struct heddle_client_config *config, const char **reason)
{
    struct call_config call = {.loop = client->loop,
                               .name = config->name,
                               .token = config->token,
                               .service = config->service,
                               .topology = client->requested_topology,
                               .accept_any_certificate = config->accept_any_certificate,
                               .relay_only = config->relay_only,
                               .receive = config->receive,
                               .data = config->data,
                               .all_codecs = config->all_codecs,
                               .no_screens = config->no_screens,
                               .mesh = !config->no_mesh,
                               .sfu = !config->no_sfu,
                               .reconnect = constants_of(&config->reconnection)};
    if (url_parse(&call.url, config->url) != 0) {
        *reason = "this is not an address like http://127.0.0.1:8080; a blank in one is written %20";
        return ERR_INVALID;
    }
    if (call.token == NULL && call.url.token[0] != '\0')
        call.token = call.url.token;
    call.room = config->room != NULL ? config->room : call.url.room;
    if (call.room[0] == '\0' || config->name == NULL) {
        *reason =
            config->name == NULL
                ? "no name is given"
                : "no room is named, neither by itself nor in the address, like http://127.0.0.1:8080/?room=daily";
        return ERR_INVALID;
    }
    if (check_texts(&call, reason) != 0)
        return ERR_INVALID;
    const char *key = config->key != NULL ? config->key : call.url.key;
    if (key[0] != '\0')
        client->encryption = client_encryption_new(key, call.room);
    call.encrypted = client->encryption != NULL;
    struct call_listener listener = client_call_listener(client);
    client->call = call_new(&call, &listener);
    *reason = client->call == NULL ? "the libraries do not start: too few threads, or too little memory" : NULL;
    return client->call == NULL ? ERR_IO : 0;
}

const char *heddle_client_version(void)
{
    return HEDDLE_VERSION;
}

int heddle_client_new(struct heddle_client **out, uv_loop_t *loop, const struct heddle_client_config *config,
                      const struct heddle_client_listener *listener, const char **reason)
{
    if (!descriptors_are_free(DESCRIPTORS_NEEDED)) {
        *reason = "too few open files are allowed: raise the limit (ulimit -n)";
        return ERR_LIMIT;
    }
    if (config->record_folder != NULL && recorder_make_folder(config->record_folder) != 0) {
        static char text[512];
        snprintf(text, sizeof text, "cannot record to the folder %.400s: %s", config->record_folder, strerror(errno));
        *reason = text;
        return ERR_IO;
    }
    struct heddle_client *client = mem_alloc(sizeof *client);
    client->loop = loop;
    client->listener = *listener;
    client->requested_topology = mem_text(config->topology);
    client->has_all_codecs = config->all_codecs;
    snprintf(client->pin, sizeof client->pin, "auto");
    snprintf(client->layout, sizeof client->layout, "grid");
    client_sources_init(client);
    tiles_init(&client->tiles, config->record_folder);
    client->tiles.compared_width = config->compared_width;
    client->tiles.compared_height = config->compared_height;
    int error = open_call(client, config, reason);
    if (error != 0) {
        client_encryption_free(client->encryption);
        tiles_fini(&client->tiles);
        free(client->requested_topology);
        free(client);
        return error;
    }
    *out = client;
    return 0;
}

void heddle_client_join(struct heddle_client *client)
{
    if (client->was_started || client->has_ended)
        return;
    client->was_started = true;
    call_start(client->call);
}

void heddle_client_leave(struct heddle_client *client)
{
    if (client->has_ended)
        return;
    client_keep_connections(client);
    call_leave(client->call);
}

int heddle_client_free(struct heddle_client *client)
{
    if (client == NULL)
        return 0;
    CHECK(client->callbacks == 0);
    client->listener = (struct heddle_client_listener){0};
    client_sources_fini(&client->sources);
    call_free(client->call);
    client_encryption_free(client->encryption);
    int error = tiles_fini(&client->tiles);
    free(client->recoveries);
    free(client->switches);
    free(client->last_connections);
    free(client->requested_topology);
    free(client);
    return error;
}

void heddle_client_chat(struct heddle_client *client, const char *text)
{
    call_send(client->call, json_pack("{s:s,s:s}", "type", "chat", "text", text));
}

void heddle_client_chat_to(struct heddle_client *client, const char *participant, const char *text)
{
    call_send(client->call, json_pack("{s:s,s:s,s:s}", "type", "chat", "to", participant, "text", text));
}

void heddle_client_raise_hand(struct heddle_client *client, bool raised)
{
    call_send(client->call, json_pack("{s:s,s:b}", "type", "hand", "raised", raised));
}

void heddle_client_react(struct heddle_client *client, const char *reaction)
{
    call_send(client->call, json_pack("{s:s,s:s}", "type", "reaction", "reaction", reaction));
}

void heddle_client_network_changed(struct heddle_client *client)
{
    if (client->was_started && !client->has_ended)
        call_network_changed(client->call);
}

void heddle_client_rejoin(struct heddle_client *client)
{
    if (client->was_started && !client->has_ended)
        call_rejoin(client->call);
}
