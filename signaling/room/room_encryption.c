#include "signaling/room/room_encryption.h"

bool room_encryption_fits(const struct room *room, bool is_encrypted, struct refusal *refusal)
{
    if (room == NULL || room->is_encrypted == is_encrypted)
        return true;
    if (room->is_encrypted)
        return refusal_set_end(refusal, REFUSAL_ENDS, "encrypted",
                               "the room is end-to-end encrypted: only who has its key can take part");
    return refusal_set_end(refusal, REFUSAL_ENDS, "not-encrypted",
                           "the room is not end-to-end encrypted: come without a key, or to another room");
}

bool room_encryption_allows_services(bool is_encrypted, struct refusal *refusal)
{
    return !is_encrypted || refusal_set(refusal, "encrypted",
                                        "the room is end-to-end encrypted: a mixer or a recorder would have to see "
                                        "and hear what only those who have the key can");
}

bool room_encryption_allows(bool is_encrypted, enum topology_pin pin, struct refusal *refusal)
{
    return pin != PIN_MCU || room_encryption_allows_services(is_encrypted, refusal);
}
