/* Messages about files, to one who offers a file and saves what others offer. The input is a list of {from whom: 1
 * byte, nothing: 1 byte, length: 2 bytes, message}. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/files/file_name.h"
#include "client/files/file_receiver.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/heddle-fuzz-XXXXXX";
static bool is_full;

static int on_send(void *user, const char *to, const uint8_t *bytes, size_t length)
{
    struct file_message message;
    (void)user, (void)to;
    CHECK(file_message_read((struct span){bytes, length}, &message) == 0);
    return is_full;
}

static void on_ended(void *user, const struct file_end *end)
{
    (void)user;
    CHECK(end->participant != NULL && end->file != NULL);
    if (!end->is_ours && end->why == NULL)
        unlink(end->file);
}

static void remove_folder(void)
{
    rmdir(folder);
}

static void check_name(const char *offered)
{
    char safe[FILE_SAFE_NAME_MAX + 1];
    file_name_clean(offered, safe);
    CHECK(safe[0] != '\0' && safe[0] != '.' && strchr(safe, '/') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool has_folder;
    const struct file_outlet outlet = {.send = on_send, .ended = on_ended};
    if (!has_folder) {
        CHECK(mkdtemp(folder) != NULL);
        atexit(remove_folder);
        has_folder = true;
    }
    struct file_sender *sender = file_sender_new(&outlet);
    struct file_receiver *receiver = file_receiver_new(&outlet, folder, 1000000);
    struct pieces pieces = {data, size};
    struct piece piece;
    usec_t now = 1;
    (void)file_sender_add(sender, "/proc/self/exe");
    while (pieces_next(&pieces, 4, FILE_MESSAGE_MAX + 1, &piece)) {
        const char *from = (piece.head[0] & 1) != 0 ? "p2" : "p3";
        struct file_message message;
        is_full = (piece.head[0] & 2) != 0;
        if (file_message_read((struct span){piece.data, piece.length}, &message) == 0) {
            check_name(message.name);
            file_sender_take(sender, from, &message);
            file_receiver_take(receiver, from, (piece.head[0] & 4) != 0, &message, now);
            now += piece.head[1] * (USEC_PER_SEC / 64);
        }
        file_sender_pump(sender);
        file_receiver_pump(receiver);
    }
    file_sender_free(sender);
    file_receiver_free(receiver);
    return 0;
}
