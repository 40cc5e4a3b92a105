#include "signaling/server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signaling/api.h"
#include "signaling/http.h"
#include "signaling/listen.h"
#include "signaling/proto/message.h"
#include "signaling/room.h"
#include "signaling/router_link.h"
#include "signaling/session.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/net/clock.h"
#include "transport/net/library.h"

#define TICK_MS 250
#define STOP_GRACE (500 * USEC_PER_MSEC) /* for the last messages and close frames */
#define MESH_COPY_BPS 600000             /* one copy of small video and audio */

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = http_callback, .per_session_data_size = sizeof(struct http_request)},
    {.name = MESSAGE_SUBPROTOCOL,
     .callback = session_callback,
     .per_session_data_size = sizeof(struct session),
     .rx_buffer_size = 2048}, /* held by every socket */
    {.name = NULL},
};

static void port_send(void *user, struct session *session, const char *text, size_t length)
{
    (void)user;
    session_send_text(session, text, length);
}

static void port_end(void *user, struct session *session)
{
    (void)user;
    session->member = NULL;
    session_end(session, LWS_CLOSE_STATUS_POLICY_VIOLATION);
}

static void port_left(void *user, struct member *member)
{
    struct server *server = user;
    if (member->session != NULL)
        member->session->member = NULL;
    router_link_left(server->link, member);
}

static json_t *port_ice_servers(void *user, const char *participant)
{
    const struct server *server = user;
    return ice_servers_json(&server->config->ice_servers, participant, clock_wall_us() / USEC_PER_SEC);
}

static void on_tick(uv_timer_t *timer)
{
    struct server *server = timer->data;
    usec_t now = clock_now();
    if (server->is_stopping && (now >= server->stop_at || server->session_count == 0)) {
        uv_stop(&server->loop);
        return;
    }
    for (struct session *session = server->sessions, *next; session != NULL; session = next) {
        next = session->next;
        session_check(session, now);
    }
    rooms_timeout(server->rooms, now);
    router_link_timeout(server->link, now);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    if (server->is_stopping)
        return;
    log_info("server", "stopping: %s", number == SIGINT ? "SIGINT" : "SIGTERM");
    server->is_stopping = true;
    server->stop_at = clock_now() + STOP_GRACE;
    uv_timer_start(&server->tick, on_tick, 10, 10);
    for (struct session *session = server->sessions; session != NULL; session = session->next) {
        session_error(session, &(struct session_error){.code = "shutting-down",
                                                       .message = "the server stops; join again after a moment"});
        session_end(session, LWS_CLOSE_STATUS_GOINGAWAY);
    }
}

static void lws_log(int level, const char *line)
{
    int length = (int)strcspn(line, "\n");
    log_line(level == LLL_ERR ? LEVEL_ERROR : LEVEL_WARNING, "websockets", "%.*s", length, line);
}

/* Where the page is: beside the installed program (wherever its prefix was moved to), or in the sources it was built
 * from. */
static const char *find_web(const struct config *config)
{
    static const char below[] = "../share/heddle/web";
    static char installed[4096];
    struct stat info;
    if (config->web != NULL)
        return config->web;
    ssize_t length = readlink("/proc/self/exe", installed, sizeof installed - sizeof below);
    while (length > 0 && installed[length - 1] != '/')
        length--;
    if (length > 0) {
        memcpy(installed + length, below, sizeof below);
        if (stat(installed, &info) == 0 && S_ISDIR(info.st_mode))
            return installed;
    }
    return stat(HEDDLE_WEB_SOURCE, &info) == 0 && S_ISDIR(info.st_mode) ? HEDDLE_WEB_SOURCE : NULL;
}

static int start_websockets(struct server *server)
{
    const struct config *config = server->config;
    void *loops[] = {&server->loop};
    struct lws_context_creation_info info = {.port = config->http_port,
                                             .iface = config->http_host[0] != '\0' ? config->http_host : NULL,
                                             .protocols = protocols,
                                             .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
                                             .foreign_loops = loops,
                                             .count_threads = 1,
                                             .gid = -1,
                                             .uid = -1,
                                             .user = server,
                                             .vhost_name = "default",
                                             .server_string = "heddle",
                                             .alpn = "http/1.1"};
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);
    if (config->tls_certificate != NULL) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = config->tls_certificate;
        info.ssl_private_key_filepath = config->tls_key;
    }
    if (config->http_host[0] != '\0' && strchr(config->http_host, ':') == NULL)
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    int error = listen_check(config->http_host, config->http_port);
    if (error != 0) {
        log_error("server", "cannot serve on %s:%u: %s", config->http_host, config->http_port, strerror(error));
        return ERR_IO;
    }
    server->lws = lws_create_context(&info);
    if (server->lws == NULL) {
        log_error("server", "libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
        return ERR_IO;
    }
    library_keep("libwebsockets-evlib");
    server->vhost = lws_create_vhost(server->lws, &info);
    if (server->vhost == NULL || lws_get_vhost_listen_port(server->vhost) <= 0) {
        log_error("server", "cannot serve on %s:%u: is the port taken%s?", config->http_host, config->http_port,
                  config->tls_certificate != NULL ? ", or a certificate file unreadable" : "");
        return ERR_IO;
    }
    return 0;
}

static void start_handles(struct server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_timer_init(&server->loop, &server->tick);
    server->tick.data = server;
    uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
}

/* Sessions go first, because they still speak to the rooms; then the rooms, whose members hold connections; then the
 * workers. */
static void stop(struct server *server)
{
    if (server->lws != NULL)
        lws_context_destroy(server->lws);
    rooms_free(server->rooms);
    router_link_stop(server->link);
    uv_close((uv_handle_t *)&server->tick, NULL);
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    api_free(server->api);
    router_link_free(server->link);
    CHECK(uv_loop_close(&server->loop) == 0);
}

int server_start(struct server *server, const struct config *config)
{
    struct rooms_config rooms = {
        .room_max = config->room_max,
        .participant_max = config->participant_max,
        .grace = config->grace,
        .dedicated_slots = config->dedicated_slots,
        .audio_slots = config->audio_slots,
        .relay_only = config->relay_only,
        .shape = {.mesh_max = config->mesh_max, .hold = config->mesh_hold, .copy_bps = MESH_COPY_BPS}};
    struct room_port port = {
        .send = port_send, .end = port_end, .left = port_left, .ice_servers = port_ice_servers, .user = server};
    *server = (struct server){.config = config, .web = find_web(config), .started_at = clock_now()};
    signal(SIGPIPE, SIG_IGN);
    CHECK(uv_loop_init(&server->loop) == 0);
    server->rooms = rooms_new(&rooms, &port);
    server->api = api_new(server);
    start_handles(server);
    int result = router_link_new(&server->link, config, &server->loop, server->rooms);
    if (result == 0)
        result = start_websockets(server);
    if (result < 0)
        stop(server);
    else if (server->web == NULL)
        log_warning("server", "no folder with the page was found; --web DIR names it");
    return result;
}

void server_url(const struct server *server, char *out, size_t size)
{
    const struct config *config = server->config;
    const char *host = listen_shown_host(config->http_host);
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(out, size, "%s://%s%s%s:%d/", config->tls_certificate != NULL ? "https" : "http", is_v6 ? "[" : "", host,
             is_v6 ? "]" : "", lws_get_vhost_listen_port(server->vhost));
}

void server_run(struct server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    stop(server);
}
