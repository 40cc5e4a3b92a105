/* Any text as a message in either direction: refused with a field and an expectation, or accepted, and then it is
 * accepted again after being written out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/message.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int direction = MESSAGE_TO_SERVER; direction <= MESSAGE_TO_CLIENT; direction++) {
        json_t *message, *again;
        enum message_type type, type_again;
        struct refusal error;
        if (message_parse(&message, &type, (enum message_direction)direction, (const char *)data, size, &error) < 0) {
            CHECK(message == NULL && error.code != NULL && error.expected[0] != '\0');
            continue;
        }
        char *text = json_dumps(message, JSON_COMPACT);
        CHECK(text != NULL);
        size_t length = strlen(text);
        if (length <= MESSAGE_SIZE_MAX) {
            CHECK(message_parse(&again, &type_again, (enum message_direction)direction, text, length, &error) == 0);
            CHECK(type == type_again && json_equal(message, again));
            json_decref(again);
        }
        free(text);
        json_decref(message);
    }
    return 0;
}
