/* write_on URL ROOM NAME KEY: a participant of an encrypted room that sends a small picture and, while
 * somebody else is there, fifty numbered messages a second. What the others write it prints, a line each. When standard
 * input ends it writes no more, says how many it has written ("wrote N"), and stays until it is killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/include/heddle_client.h"

#define WRITES_MS 20

static struct heddle_client *client;
static uv_timer_t timer;
static unsigned others, written;

static void on_event(void *user, const struct heddle_client_event *event)
{
    (void)user;
    if (event->type == HEDDLE_CLIENT_PARTICIPANT_JOINED)
        others++;
    else if (event->type == HEDDLE_CLIENT_PARTICIPANT_LEFT)
        others--;
    else if (event->type == HEDDLE_CLIENT_ENDED || event->type == HEDDLE_CLIENT_WARNING)
        fprintf(stderr, "%s: %s\n", event->participant, event->text);
}

static void on_data(void *user, const struct heddle_client_data *data)
{
    (void)user;
    printf("%.*s\n", (int)data->length, (const char *)data->payload);
    fflush(stdout);
}

static void on_timer(uv_timer_t *handle)
{
    char text[16];
    (void)handle;
    if (others == 0)
        return;
    int length = snprintf(text, sizeof text, "%u", written);
    const struct heddle_client_data data = {
        .policy = HEDDLE_CLIENT_ORDERED, .payload = (const uint8_t *)text, .length = (size_t)length};
    written += heddle_client_send_data(client, &data) == 0;
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
    uv_close((uv_handle_t *)input, NULL);
    uv_timer_stop(&timer);
    printf("wrote %u\n", written);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static uv_pipe_t input;
    static const struct heddle_client_media media = {
        .video = "test", .audio = "test", .width = 320, .height = 180, .frames_per_second = 15, .bitrate_bps = 200000};
    static const struct heddle_client_listener listener = {.event = on_event, .data = on_data};
    const char *reason;
    if (argc != 5) {
        fprintf(stderr, "usage: write_on URL ROOM NAME KEY\n");
        return 2;
    }
    const struct heddle_client_config config = {
        .url = argv[1], .room = argv[2], .name = argv[3], .key = argv[4], .data = true};
    if (heddle_client_new(&client, uv_default_loop(), &config, &listener, &reason) != 0 ||
        heddle_client_publish(client, &media, &reason) != 0) {
        fprintf(stderr, "%s\n", reason);
        return 1;
    }
    heddle_client_join(client);
    uv_pipe_init(uv_default_loop(), &input, 0);
    uv_pipe_open(&input, 0);
    uv_read_start((uv_stream_t *)&input, allocate, on_input);
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, on_timer, WRITES_MS, WRITES_MS);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
