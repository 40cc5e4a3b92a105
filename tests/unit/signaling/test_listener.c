/* The HTTP port's listening socket: what it accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/process/listener.h"

static void accept_one(void *user, int fd, const struct sockaddr *peer)
{
    assert_int_equal(peer->sa_family, AF_INET);
    *(int *)user = fd;
}

static void test_nothing_waits_for_what_was_sent_before(void **state)
{
    uv_loop_t loop;
    struct listener listener;
    int accepted = -1, on = 0;
    socklen_t size = sizeof on;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(listener_open(&listener, &loop, "127.0.0.1", 0, accept_one, &accepted), 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(listener.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    while (accepted < 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_true(on);
    close(client);
    close(accepted);
    listener_close(&listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_waits_for_what_was_sent_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
