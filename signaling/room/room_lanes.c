#include "signaling/room/room_lanes.h"

#include <string.h>

#include "signaling/room/room_table.h"

void room_set_lanes(struct room *room, const json_t *lanes)
{
    size_t index;
    json_t *lane;
    memset(room->lanes, 0, sizeof room->lanes);
    json_array_foreach(lanes, index, lane)
    {
        int source = message_source_index(json_string_value(json_object_get(lane, "source")));
        const struct room_participant *owner = room_find(room, json_string_value(json_object_get(lane, "participant")));
        if (owner != NULL && source >= MESSAGE_SOURCE_OF_LANE)
            room->lanes[source - MESSAGE_SOURCE_OF_LANE] = owner->number;
    }
}
