/* What a host of the room does to others. The server refuses it to everybody else: that comes as a warning. */
#include "client/client_state.h"

static void act(struct heddle_client *client, const char *type, const char *participant, const char *key,
                const char *value)
{
    json_t *message = json_pack("{s:s}", "type", type);
    if (participant != NULL)
        json_object_set_new(message, "target", json_string(participant));
    if (value != NULL)
        json_object_set_new(message, key, json_string(value));
    call_send(client->call, message);
}

void heddle_client_mute_participant(struct heddle_client *client, const char *participant, const char *source)
{
    act(client, "mute-participant", participant, "source", source);
}

void heddle_client_ask_unmute(struct heddle_client *client, const char *participant, const char *source)
{
    act(client, "ask-unmute", participant, "source", source);
}

void heddle_client_remove(struct heddle_client *client, const char *participant, const char *reason)
{
    act(client, "remove", participant, "reason", reason);
}

void heddle_client_transfer_host(struct heddle_client *client, const char *participant)
{
    act(client, "transfer-host", participant, NULL, NULL);
}

void heddle_client_pin(struct heddle_client *client, const char *topology)
{
    call_send(client->call, json_pack("{s:s,s:s}", "type", "pin", "topology", topology));
}

void heddle_client_set_layout(struct heddle_client *client, const char *layout)
{
    call_set_layout(client->call, layout);
}

void heddle_client_wish_mix(struct heddle_client *client, const char *wish)
{
    call_wish_mix(client->call, wish);
}

void heddle_client_lock_room(struct heddle_client *client, bool locked)
{
    call_send(client->call, json_pack("{s:s,s:b}", "type", "lock-room", "locked", locked));
}

void heddle_client_set_waiting_room(struct heddle_client *client, bool enabled)
{
    call_send(client->call, json_pack("{s:s,s:b}", "type", "set-waiting-room", "enabled", enabled));
}

void heddle_client_admit(struct heddle_client *client, const char *participant)
{
    act(client, "admit", participant, NULL, NULL);
}

void heddle_client_deny(struct heddle_client *client, const char *participant)
{
    act(client, "deny", participant, NULL, NULL);
}

void heddle_client_record(struct heddle_client *client, bool enabled)
{
    call_send(client->call, json_pack("{s:s,s:b}", "type", "record", "enabled", enabled));
}

void heddle_client_report_recording(struct heddle_client *client, const char *failure)
{
    call_send(client->call, json_pack("{s:s,s:s,s:s*}", "type", "recording", "state", failure == NULL ? "on" : "failed",
                                      "reason", failure));
}

void heddle_client_report_push(struct heddle_client *client, bool arrives)
{
    call_send(client->call, json_pack("{s:s,s:s,s:s*}", "type", "recording", "state", "on", "reason",
                                      arrives ? NULL : "push-failed"));
}

void heddle_client_end_room(struct heddle_client *client)
{
    act(client, "end-room", NULL, NULL, NULL);
}
