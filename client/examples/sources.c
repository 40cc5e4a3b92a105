/* Sources that come and go during a call: sends camera and microphone, shares a screen with its audio while somebody in
 * the room wants that, and ends when told to. People say so in the chat: "share", "stop", "swap" (the application makes
 * the screen itself, a grey picture), "leave".
 *
 *     cc sources.c $(pkg-config --cflags --libs heddle-client) && ./a.out http://127.0.0.1:8080 daily */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heddle_client.h>

enum { WIDTH = 640, HEIGHT = 360, INTERVAL_MS = 100 };

static struct heddle_client *client;
static uv_timer_t pictures;
static int status;

static void publish(const char *source, const char *what)
{
    const struct heddle_client_media media = {.video = what, .audio = what, .width = WIDTH, .height = HEIGHT};
    const char *reason;
    if (heddle_client_publish_source(client, source, &media, &reason) != 0)
        printf("%s: %s\n", source, reason);
}

static void unpublish_screen(void)
{
    uv_timer_stop(&pictures);
    heddle_client_unpublish(client, "screen");
    heddle_client_unpublish(client, "screen-audio");
}

static void push_grey(uv_timer_t *timer)
{
    static uint8_t plane[WIDTH * HEIGHT];
    const struct heddle_client_picture picture = {
        .width = WIDTH, .height = HEIGHT, .planes = {plane, plane, plane}, .strides = {WIDTH, WIDTH / 2, WIDTH / 2}};
    (void)timer;
    memset(plane, 128, sizeof plane);
    heddle_client_push_picture(client, "screen", &picture);
}

static void swap_screen(void)
{
    const struct heddle_client_media media = {
        .width = WIDTH, .height = HEIGHT, .frames_per_second = 1000 / INTERVAL_MS, .bitrate_bps = 200000};
    const char *reason;
    unpublish_screen();
    if (heddle_client_add_source(client, "screen", &media, &reason) != 0)
        printf("screen: %s\n", reason);
    uv_timer_start(&pictures, push_grey, 0, INTERVAL_MS);
}

static void on_chat(const char *words)
{
    if (strcmp(words, "share") == 0) {
        publish("screen", "test");
        publish("screen-audio", "test");
    } else if (strcmp(words, "stop") == 0) {
        unpublish_screen();
    } else if (strcmp(words, "swap") == 0) {
        swap_screen();
    } else if (strcmp(words, "leave") == 0) {
        heddle_client_leave(client);
    }
}

static void on_event(void *user, const struct heddle_client_event *event)
{
    (void)user;
    if (event->type == HEDDLE_CLIENT_CHAT)
        on_chat(event->text);
    if (event->type != HEDDLE_CLIENT_ENDED)
        return;
    printf("%s: %s\n", event->participant, event->text);
    status = strcmp(event->participant, "left") != 0;
    uv_close((uv_handle_t *)&pictures, NULL);
}

int main(int argc, char **argv)
{
    const struct heddle_client_listener listener = {.event = on_event};
    const struct heddle_client_config config = {
        .url = argc > 1 ? argv[1] : NULL, .room = argc > 2 ? argv[2] : NULL, .name = "Sources"};
    const char *reason;
    if (argc != 3)
        return puts("usage: sources URL ROOM"), 2;
    if (heddle_client_new(&client, uv_default_loop(), &config, &listener, &reason) != 0)
        return puts(reason), 1;
    uv_timer_init(uv_default_loop(), &pictures);
    publish("camera", "test");
    publish("microphone", "test");
    heddle_client_join(client);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    heddle_client_free(client);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return status;
}
