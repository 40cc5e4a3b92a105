/* What a server says of a room: a message a line. The room is as the messages that hold to the protocol say, however
 * they contradict each other. */
#include <string.h>

#include "client/call/client_room.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_room(const struct client_room *room)
{
    struct client_room_choice choice = client_room_choose(room, &(struct client_room_request){true, true, true});
    CHECK(room->participant_count <= ROOM_PARTICIPANTS_MAX);
    CHECK(choice.count <= sizeof choice.publications / sizeof choice.publications[0]);
    for (size_t i = 0; i < choice.count; i++)
        CHECK(client_room_find_publication(room, choice.publications[i]) != NULL);
    for (size_t i = 0; i < room->connect_count; i++)
        CHECK(client_room_should_connect(room, room->connect[i]));
    for (size_t i = 0; i < room->participant_count; i++)
        CHECK(client_room_participant(room, room->participants[i].id) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client_room room;
    client_room_init(&room);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - data) - at : size - at;
        json_t *message;
        enum message_type type;
        struct refusal refusal;
        if (message_parse(&message, &type, MESSAGE_TO_CLIENT, (const char *)data + at, length, &refusal) == 0) {
            client_room_apply(&room, type, message);
            json_decref(message);
            check_room(&room);
        }
        at += length + 1;
    }
    client_room_fini(&room);
    return 0;
}
