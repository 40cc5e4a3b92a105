#include "transport/net/receive_hook.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "transport/base/bytes.h"
#include "transport/net/agent_intake.h"
#include "transport/net/clock.h"
#include "transport/net/stun_messages.h"

typedef gssize receive_function(GSocket *socket, GSocketAddress **address, GInputVector *vectors, gint count,
                                GSocketControlMessage ***messages, gint *message_count, gint *flags,
                                GCancellable *cancellable, GError **error);

static _Thread_local struct agent_intake *current;
static uv_once_t once = UV_ONCE_INIT;
static receive_function *of_glib;

static receive_function *find(void *where)
{
    receive_function *function;
    void *symbol = dlsym(where, "g_socket_receive_message");
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static void find_glib(void)
{
    of_glib = find(RTLD_NEXT);
}

bool receive_hook_works(void)
{
    return find(RTLD_DEFAULT) == g_socket_receive_message;
}

void receive_hook_set(struct agent_intake *intake)
{
    current = intake;
}

static uint64_t key_of(const struct sockaddr_storage *address)
{
    uint16_t port; /* at the same place in both families */
    memcpy(&port, (const char *)address + offsetof(struct sockaddr_in, sin_port), sizeof port);
    return budget_key_of((const struct sockaddr *)address) ^ (uint64_t)port << 40;
}

/* Of the local address and port. Streams that were accepted share their listener's. */
static uint64_t port_of(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &length) == 0 ? key_of(&address) : 0;
}

static uint64_t source_of(GSocketAddress *address)
{
    struct sockaddr_storage native = {.ss_family = AF_UNSPEC};
    return address != NULL && g_socket_address_to_native(address, &native, sizeof native, NULL) ? key_of(&native) : 0;
}

static bool accepts(int fd, GSocketAddress *from, const uint8_t *data, size_t length)
{
    return !stun_is_message(data, length) ||
           agent_intake_accepts(current, port_of(fd), source_of(from), get_u16(data), clock_now());
}

static gssize nothing_now(GError **error)
{
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "others have their turn");
    return -1;
}

/* Ours, in place of GLib's; both have the same contract. */
__attribute__((visibility("default"))) gssize g_socket_receive_message(GSocket *socket, GSocketAddress **address,
                                                                       GInputVector *vectors, gint count,
                                                                       GSocketControlMessage ***messages,
                                                                       gint *message_count, gint *flags,
                                                                       GCancellable *cancellable, GError **error)
{
    const gint asked = flags != NULL ? *flags : 0;
    uv_once(&once, find_glib);
    if (current == NULL || count < 1 || (asked & G_SOCKET_MSG_PEEK) != 0)
        return of_glib(socket, address, vectors, count, messages, message_count, flags, cancellable, error);
    int fd = g_socket_get_fd(socket);
    if (g_socket_get_socket_type(socket) != G_SOCKET_TYPE_DATAGRAM) {
        uint64_t key = port_of(fd);
        if (!agent_intake_may_stream(current, fd, key, clock_now()))
            return nothing_now(error);
        gssize length = of_glib(socket, address, vectors, count, messages, message_count, flags, cancellable, error);
        if (length > 0)
            agent_intake_streamed(current, key, (size_t)length, clock_now());
        return length;
    }
    while (agent_intake_may_read(current, fd)) {
        gssize length = of_glib(socket, address, vectors, count, messages, message_count, flags, cancellable, error);
        if (length <= 0 ||
            accepts(fd, address != NULL ? *address : NULL, vectors[0].buffer, MIN((size_t)length, vectors[0].size)))
            return length;
        if (address != NULL)
            g_clear_object(address);
        if (flags != NULL)
            *flags = asked;
    }
    return nothing_now(error);
}
