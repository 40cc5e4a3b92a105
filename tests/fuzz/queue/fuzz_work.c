/* What comes from a queue: whoever may write there chooses it. What is taken can be given to a program as it is. */
#include <stdint.h>
#include <string.h>

#include "signaling/proto/names.h"
#include "signaling/queue/work.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct work work;
    struct work_note note;
    uint64_t job;
    const char *text = size > 0 ? (const char *)data : "";
    char out[2 * WORK_TEXT_MAX];
    if (work_read(&work, text, size) == 0) {
        CHECK(message_is_room_name(work.room) && !message_has_control(work.url) && !message_has_control(work.token));
        CHECK(strncmp(work.url, "http", 4) == 0 && work.token[0] != '\0');
        CHECK(work_write(&work, out, sizeof out) > 0);
    }
    if (work_note_read(&note, text, size) == 0)
        CHECK(!message_has_control(note.machine) && work_note_write(&note, out, sizeof out) > 0);
    if (work_end_read(&job, text, size) == 0)
        CHECK(work_end_write(job, out, sizeof out) > 0);
    return 0;
}
