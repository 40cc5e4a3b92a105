#include "client/event_line.h"

#include <stdio.h>
#include <string.h>

/* By participant and text. */
static const char *const lines[] = {
    [HEDDLE_CLIENT_PARTICIPANT_JOINED] = "%s joined: %s",
    [HEDDLE_CLIENT_PARTICIPANT_LEFT] = "%s left (%s)",
    [HEDDLE_CLIENT_MUTED] = "%s muted our %s",
    [HEDDLE_CLIENT_WAITS] = "%s waits to be let in: %s",
    [HEDDLE_CLIENT_WAITING] = "%swaiting for a host of %s to let us in", /* of nobody */
    [HEDDLE_CLIENT_UNMUTE_REQUEST] = "%s asks us to unmute our %s",
    [HEDDLE_CLIENT_HAND] = "%s has %s a hand",
    [HEDDLE_CLIENT_REACTION] = "%s shows: %s",
    [HEDDLE_CLIENT_CHAT_PRIVATE] = "%s, in private: %s",
    [HEDDLE_CLIENT_CHAT] = "%s: %s",
    [HEDDLE_CLIENT_CONNECTION] = "connection to %s: %s",
    [HEDDLE_CLIENT_RECOVERY] = "%s is back: %s",
    [HEDDLE_CLIENT_PARTICIPANT_STATE] = "%s is %s",
};

static const char *topology_name(const char *topology)
{
    return strcmp(topology, "mesh") == 0 ? "a mesh" : strcmp(topology, "mcu") == 0 ? "mixed" : "on the router";
}

/* Who is not there any more cannot be told so before something is sent to it: that is no fault of anybody. */
static int warning_line(const char *code, const char *text, char *line, size_t capacity)
{
    if (strcmp(code, "no-such-target") == 0)
        return 0;
    if (strcmp(code, "no-turn") == 0)
        return snprintf(line, capacity, "no connection can come up: %s", text);
    return snprintf(line, capacity, "the server says %s: %s", code, text);
}

bool event_line(const struct heddle_client_event *event, char *line, size_t capacity)
{
    const char *participant = event->participant, *text = event->text;
    bool has_participant = participant[0] != '\0';
    switch (event->type) {
    case HEDDLE_CLIENT_TOPOLOGY:
        return snprintf(line, capacity, "the room is %s", topology_name(text)) > 0;
    case HEDDLE_CLIENT_PIN:
        return snprintf(line, capacity, "%s%s for the room: %s", participant, has_participant ? " chose" : "chosen",
                        text) > 0;
    case HEDDLE_CLIENT_LAYOUT:
        return snprintf(line, capacity, "the mixer's picture is a %s",
                        strcmp(text, "grid") == 0 ? text : "speaker view") > 0;
    case HEDDLE_CLIENT_ROLE:
        return snprintf(line, capacity, "%s is %s", participant, text[0] != '\0' ? "host" : "host no more") > 0;
    case HEDDLE_CLIENT_RECORDING:
        return snprintf(line, capacity, "recording: %s%s%s%s", text, has_participant ? " (" : "", participant,
                        has_participant ? ")" : "") > 0;
    case HEDDLE_CLIENT_WARNING:
        return warning_line(participant, text, line, capacity) > 0;
    default:
        break;
    }
    const char *format = (size_t)event->type < sizeof lines / sizeof lines[0] ? lines[event->type] : NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return format != NULL && snprintf(line, capacity, format, participant, text) > 0;
#pragma GCC diagnostic pop
}

const char *event_end_advice(const char *code)
{
    if (strcmp(code, "encrypted") == 0)
        return " (--e2ee-key KEY, or the address with #key=KEY)";
    return strcmp(code, "not-encrypted") == 0 ? " (no --e2ee-key, and no #key= in the address)" : "";
}
