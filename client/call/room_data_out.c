#include "client/call/room_data_out.h"

bool room_data_transmit(struct room_data *data, const char *to, const struct envelope *envelope)
{
    uint8_t frame[ENVELOPE_MAX];
    size_t length = envelope_write(envelope, frame);
    return data->outlet.transmit(data->outlet.user, to, envelope->policy, frame, length);
}

bool room_data_send_entry(struct room_data *data, const struct entry *entry, const char *to)
{
    return room_data_transmit(data, to,
                              &(struct envelope){.policy = entry->policy,
                                                 .is_private = entry->to[0] != '\0',
                                                 .sequence = entry->sequence,
                                                 .name = span_of(to),
                                                 .topic = span_of(entry->topic),
                                                 .payload = {entry->payload, entry->length}});
}

bool room_data_send_control(struct room_data *data, enum envelope_kind kind, const char *to, const uint32_t *numbers)
{
    uint8_t payload[4 * SERIES];
    for (size_t i = 0; i < SERIES; i++)
        put_u32(payload + 4 * i, numbers[i]);
    return room_data_transmit(
        data, to, &(struct envelope){.kind = kind, .name = span_of(to), .payload = {payload, sizeof payload}});
}

void room_data_send_sync(struct room_data *data, struct other *other, usec_t now)
{
    static const uint32_t nothing[SERIES] = {ROOM_DATA_UNKNOWN, ROOM_DATA_UNKNOWN, ROOM_DATA_UNKNOWN,
                                             ROOM_DATA_UNKNOWN};
    if (now - other->sync_at >= SYNC_INTERVAL &&
        room_data_send_control(data, ENVELOPE_SYNC, other->id, other->is_known ? other->received : nothing))
        other->sync_at = now;
}

void room_data_tell_lost(struct room_data *data, const struct other *other)
{
    data->outlet.tell(data->outlet.user,
                      &(struct room_data_event){.type = ROOM_DATA_LOST, .name = other->id, .topic = ""});
}
