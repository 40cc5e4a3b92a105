/* fill_room URL ROOM COUNT: so many participants in one process, "Weft 0" and on, each with a small picture that moves
 * and is encoded for itself. They watch nobody. They leave when standard input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/include/heddle_client.h"

enum { COUNT_MAX = 200 };

static struct heddle_client *clients[COUNT_MAX];
static size_t count;
static int status;

static void on_event(void *user, const struct heddle_client_event *event)
{
    (void)user;
    if (event->type != HEDDLE_CLIENT_ENDED || strcmp(event->participant, "left") == 0)
        return;
    fprintf(stderr, "%s: %s\n", event->participant, event->text);
    status = 1;
}

static bool join(const char *url, const char *room)
{
    static const struct heddle_client_media media = {
        .video = "test", .width = 160, .height = 90, .frames_per_second = 15, .bitrate_bps = 60000};
    const struct heddle_client_listener listener = {.event = on_event};
    const char *reason;
    char name[32];
    snprintf(name, sizeof name, "Weft %zu", count);
    const struct heddle_client_config config = {.url = url, .room = room, .name = name};
    if (heddle_client_new(&clients[count], uv_default_loop(), &config, &listener, &reason) != 0) {
        fprintf(stderr, "%s\n", reason);
        return false;
    }
    if (heddle_client_publish(clients[count++], &media, &reason) != 0) {
        fprintf(stderr, "%s\n", reason);
        return false;
    }
    heddle_client_join(clients[count - 1]);
    return true;
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char ignored[16];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(ignored, sizeof ignored);
}

static void on_input(uv_stream_t *input, ssize_t length, const uv_buf_t *buffer)
{
    (void)buffer;
    if (length >= 0)
        return;
    for (size_t i = 0; i < count; i++)
        heddle_client_leave(clients[i]);
    uv_close((uv_handle_t *)input, NULL);
}

int main(int argc, char **argv)
{
    static uv_pipe_t input;
    unsigned long wanted = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (wanted == 0 || wanted > COUNT_MAX) {
        fprintf(stderr, "usage: fill_room URL ROOM COUNT\n");
        return 2;
    }
    uv_pipe_init(uv_default_loop(), &input, 0);
    uv_pipe_open(&input, 0);
    uv_read_start((uv_stream_t *)&input, allocate, on_input);
    while (count < wanted)
        if (!join(argv[1], argv[2]))
            return 1;
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    for (size_t i = 0; i < count; i++)
        heddle_client_free(clients[i]);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return status;
}
