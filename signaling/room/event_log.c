#include "signaling/room/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

bool event_log_add(struct event_log *log, const char *participant, const json_t *event)
{
    char line[EVENT_BYTES_MAX];
    json_t *copy = json_copy((json_t *)event); /* shallow: its values are no containers */
    json_object_set_new(copy, "participant", json_string(participant));
    size_t length = json_dumpb(copy, line, sizeof line, JSON_COMPACT);
    json_decref(copy);
    if (length == 0 || length >= sizeof line)
        return false;
    line[length] = '\0';
    char **place = &log->lines[(log->first + log->count) % EVENT_LOG_MAX];
    if (log->count == EVENT_LOG_MAX)
        log->first = (log->first + 1) % EVENT_LOG_MAX;
    else
        log->count++;
    free(*place);
    *place = mem_text(line);
    return true;
}

json_t *event_log_json(const struct event_log *log)
{
    json_t *list = json_array();
    for (size_t i = 0; i < log->count; i++)
        json_array_append_new(list, json_loads(log->lines[(log->first + i) % EVENT_LOG_MAX], 0, NULL));
    return list;
}

void event_log_fini(struct event_log *log)
{
    for (size_t i = 0; i < EVENT_LOG_MAX; i++)
        free(log->lines[i]);
    *log = (struct event_log){.count = 0};
}
