/* WebSockets that come and go on one loop, at a server that accepts connections and says nothing. Meanwhile a bystander
 * opens descriptors in each turn of the loop: nobody else may close them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/net/websocket.h"

#define ACTORS_MAX 8
#define KEPT 32 /* descriptors of the bystander at a time */

/* For LeakSanitizer, where it runs: libwebsockets 4.1 loses the TLS context of one of its contexts that is made while
 * another one still ends, which a machine without time makes happen here. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libcrypto.so\nleak:libssl.so\nleak:libwebsockets.so\n";
}

struct scene {
    uv_loop_t loop;
    uv_tcp_t server;
    uv_prepare_t prepare;
    uv_check_t check;
    struct url url;
    size_t actors, rounds_left;
    uint64_t pause_ms; /* between an actor's WebSockets */
    struct bystander {
        int number;
        ino_t inode;
    } kept[KEPT];
    size_t opened, stolen, accepted;
};

struct actor {
    struct scene *scene;
    struct websocket *socket;
    uv_timer_t timer;
    unsigned stays_ms;
};

static void on_accepted_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_bytes(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    (void)buffer;
    if (length < 0)
        uv_close((uv_handle_t *)stream, on_accepted_closed);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    static char room[2000];
    (void)handle;
    (void)wanted;
    *buffer = uv_buf_init(room, sizeof room);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct scene *scene = server->data;
    uv_tcp_t *accepted = malloc(sizeof *accepted);
    assert_int_equal(status, 0);
    assert_int_equal(uv_tcp_init(&scene->loop, accepted), 0);
    assert_int_equal(uv_accept(server, (uv_stream_t *)accepted), 0);
    uv_read_start((uv_stream_t *)accepted, give_room, on_bytes);
    scene->accepted++;
}

static ino_t inode_of(int number)
{
    struct stat status;
    return fstat(number, &status) == 0 ? status.st_ino : 0;
}

static void look_at(struct scene *scene, struct bystander *bystander)
{
    if (bystander->inode == 0)
        return;
    if (inode_of(bystander->number) == bystander->inode)
        close(bystander->number);
    else
        scene->stolen++;
    bystander->inode = 0;
}

static void open_another(struct scene *scene)
{
    struct bystander *bystander = &scene->kept[scene->opened++ % KEPT];
    look_at(scene, bystander);
    bystander->number = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(bystander->number >= 0);
    bystander->inode = inode_of(bystander->number);
}

static void on_prepare(uv_prepare_t *prepare)
{
    open_another(prepare->data);
}

static void on_check(uv_check_t *check)
{
    open_another(check->data);
}

static void on_paused(uv_timer_t *timer);

static void on_stayed(uv_timer_t *timer)
{
    struct actor *actor = timer->data;
    struct scene *scene = actor->scene;
    websocket_free(actor->socket);
    actor->socket = NULL;
    if (scene->rounds_left > 0) {
        scene->rounds_left--;
        uv_timer_start(timer, on_paused, scene->pause_ms, 0);
        return;
    }
    uv_close((uv_handle_t *)timer, NULL);
    if (--scene->actors == 0)
        uv_close((uv_handle_t *)&scene->server, NULL);
}

static void start_round(struct actor *actor)
{
    static const struct websocket_listener nobody;
    actor->socket = websocket_new(&actor->scene->loop, &actor->scene->url, false, &nobody);
    assert_non_null(actor->socket);
    websocket_open(actor->socket);
    actor->stays_ms = (actor->stays_ms + 1) % 6;
    uv_timer_start(&actor->timer, on_stayed, actor->stays_ms, 0);
}

static void on_paused(uv_timer_t *timer)
{
    start_round(timer->data);
}

static void listen_on_loopback(struct scene *scene)
{
    struct sockaddr_in address;
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&scene->loop, &scene->server);
    scene->server.data = scene;
    assert_int_equal(uv_tcp_bind(&scene->server, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&scene->server, 64, on_connection), 0);
    uv_tcp_getsockname(&scene->server, (struct sockaddr *)&address, &length);
    scene->url = (struct url){.host = "127.0.0.1", .port = ntohs(address.sin_port), .path = "/"};
}

static void start_bystander(struct scene *scene)
{
    uv_prepare_init(&scene->loop, &scene->prepare);
    uv_check_init(&scene->loop, &scene->check);
    scene->prepare.data = scene->check.data = scene;
    uv_prepare_start(&scene->prepare, on_prepare);
    uv_check_start(&scene->check, on_check);
    uv_unref((uv_handle_t *)&scene->prepare);
    uv_unref((uv_handle_t *)&scene->check);
}

/* The loop ends by itself, with nothing left on it. */
static void end(struct scene *scene)
{
    uv_close((uv_handle_t *)&scene->prepare, NULL);
    uv_close((uv_handle_t *)&scene->check, NULL);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    for (size_t i = 0; i < KEPT; i++)
        look_at(scene, &scene->kept[i]);
}

static void come_and_go(size_t actors, size_t rounds, uint64_t pause_ms)
{
    struct scene scene = {.actors = actors, .rounds_left = rounds, .pause_ms = pause_ms};
    struct actor all[ACTORS_MAX] = {0};
    uv_loop_init(&scene.loop);
    listen_on_loopback(&scene);
    start_bystander(&scene);
    for (size_t i = 0; i < actors; i++) {
        all[i] = (struct actor){.scene = &scene, .stays_ms = (unsigned)i};
        uv_timer_init(&scene.loop, &all[i].timer);
        all[i].timer.data = &all[i];
        start_round(&all[i]);
    }
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    end(&scene);
    assert_int_equal(scene.stolen, 0);
    assert_true(scene.accepted > 0);
}

/* The library's context ends after each. */
static void one_after_another_closes_nothing_of_others(void **state)
{
    (void)state;
    come_and_go(1, 12, 150);
}

static void one_takes_over_from_another(void **state)
{
    (void)state;
    come_and_go(1, 200, 0);
}

static void several_come_and_go_at_once(void **state)
{
    (void)state;
    come_and_go(ACTORS_MAX, 400, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_another_closes_nothing_of_others),
        cmocka_unit_test(one_takes_over_from_another),
        cmocka_unit_test(several_come_and_go_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
