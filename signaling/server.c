#include "signaling/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/api.h"
#include "signaling/dispatch.h"
#include "signaling/http/page.h"
#include "signaling/process/program_folder.h"
#include "signaling/room/room.h"
#include "signaling/router/advertised_addresses.h"
#include "signaling/router/router_messages.h"
#include "signaling/router/router_participant.h"
#include "signaling/services/services.h"
#include "signaling/whip/whip.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/descriptors.h"

#define TICK_MS 250
#define TICK_SOON_MS 20                  /* while a sender or news wait for their budget */
#define STOP_GRACE (500 * USEC_PER_MSEC) /* for the last messages and close frames */
#define MESH_COPY_BPS 600000             /* one copy of small video and audio */

#define DESCRIPTORS_OWN 24        /* standard ones, loop, listener, files that are open for a moment */
#define DESCRIPTORS_EACH_WORKER 8 /* loop, wake-up, UDP and TCP port, with some to spare */
#define DESCRIPTORS_PEOPLE 16     /* connections; with fewer the server does not start */

static void port_charge(void *user, size_t messages)
{
    struct server *server = user;
    server->signaling.sockets.sends += messages;
}

static void port_left(void *user, struct room_participant *participant)
{
    struct server *server = user;
    router_participant_left(server->signaling.router, participant);
}

static json_t *port_ice_servers(void *user, const char *participant)
{
    const struct server *server = user;
    return ice_servers_json(&server->signaling.config->ice_servers, participant, clock_wall_us() / USEC_PER_SEC);
}

static void on_session_gone(struct session *session, usec_t now)
{
    struct room_participant *participant = session->participant;
    session->participant = NULL;
    room_participant_disconnected(participant, now);
}

static void on_tick(uv_timer_t *timer)
{
    struct server *server = timer->data;
    usec_t now = clock_now();
    bool is_done = server->signaling.sockets.count == 0 && !front_is_sending(&server->signaling.front);
    if (server->is_stopping && (now >= server->stop_at || is_done)) {
        uv_stop(&server->signaling.loop);
        return;
    }
    for (struct session *session = server->signaling.sockets.oldest, *next; session != NULL; session = next) {
        next = session->newer;
        session_check(session, now);
    }
    rooms_wall_clock(server->signaling.rooms, clock_wall_us() - now);
    front_check(&server->signaling.front, now);
    bool has_news = rooms_timeout(server->signaling.rooms, now);
    router_participant_timeout(server->signaling.router, now);
    services_timeout(server->signaling.services, now);
    heap_trim_timeout(&server->heap, now);
    if (!server->is_stopping)
        uv_timer_set_repeat(timer, has_news || server->signaling.sockets.held > 0 ? TICK_SOON_MS : TICK_MS);
}

static void begin_stop(struct server *server, int number)
{
    static const struct refusal refusal = {.code = "shutting-down",
                                           .text = "the server stops; join again after a moment"};
    if (server->is_stopping)
        return;
    log_info("server", "stopping: %s", number == SIGINT ? "SIGINT" : "SIGTERM");
    server->is_stopping = true;
    server->signaling.sockets.is_stopping = true;
    server->stop_at = clock_now() + STOP_GRACE;
    uv_timer_start(&server->tick, on_tick, 10, 10);
    for (struct session *session = server->signaling.sockets.oldest; session != NULL; session = session->newer) {
        session_refuse(session, &refusal);
        session_end(session, LWS_CLOSE_STATUS_GOINGAWAY);
    }
}

static void log_state(const struct server *server)
{
    struct heap_size heap = heap_size();
    log_info(
        "server",
        "%zu rooms, %zu sockets, %zu of %zu connections, %zu bytes queued, %zu kept; heap: %zu bytes used, %zu free",
        rooms_count(server->signaling.rooms), server->signaling.sockets.count, server->signaling.front.admission.total,
        server->signaling.front.admission.limits.total, server->signaling.sockets.texts.bytes,
        rooms_kept_bytes(server->signaling.rooms), heap.used_bytes, heap.free_bytes);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    switch (number) {
    case SIGHUP:
        front_reload(&server->signaling.front);
        break;
    case SIGUSR1:
        log_state(server);
        break;
    case SIGUSR2:
        break;
    default:
        begin_stop(server, number);
        break;
    }
}

/* Where the page is: beside the installed program (wherever its prefix was moved to), or in the sources it was built
 * from. */
static const char *find_web(const struct config *config)
{
    static char installed[4096];
    if (config->web != NULL)
        return config->web;
    if (program_folder(installed, sizeof installed, "../share/heddle/web") && config_has_page(installed))
        return installed;
    return config_has_page(HEDDLE_WEB_SOURCE) ? HEDDLE_WEB_SOURCE : NULL;
}

/* Where the programs are that rooms need, or the one that asks other machines for them: beside this one. NULL:
 * nowhere. */
static const char *find_services(const struct config *config)
{
    static char beside[4096];
    if (config->services != NULL || config->no_services)
        return config->services;
    const char *needed = config->queue != NULL ? "heddle-service" : "heddle-mix";
    return program_folder(beside, sizeof beside, "") && config_has_program(beside, needed) ? beside : NULL;
}

/* Whether the programs are there that the command line asks for. */
static bool has_services(const struct config *config, const char *services)
{
    if (config->queue != NULL && services == NULL) {
        log_error("server", "--services nats://HOST needs heddle-service, which is not beside this program");
        return false;
    }
    if (config->outputs.recordings == NULL || config->no_services)
        return true; /* nobody is to, or whoever runs the recorder knows where it is */
    if (services != NULL && config_has_program(services, "heddle-record"))
        return true;
    log_error("server", "--recordings needs heddle-record, which is not %s%s: --services DIR names its folder",
              services != NULL ? "in " : "beside this program", services != NULL ? services : "");
    return false;
}

static void start_services(struct server *server, const char *folder)
{
    struct signaling *signaling = &server->signaling;
    char url[CONFIG_URL_SIZE];
    server_url(server, url, sizeof url);
    signaling->services =
        services_new(&signaling->loop, signaling->config, folder,
                     signaling->config->queue != NULL ? signaling->config->services_url : url, signaling->rooms);
}

static int start_handles(struct server *server)
{
    static const int numbers[SERVER_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    uv_timer_init(&server->signaling.loop, &server->tick);
    server->tick.data = server;
    uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
    for (; server->signal_count < SERVER_SIGNALS; server->signal_count++) {
        uv_signal_t *handle = &server->signals[server->signal_count];
        int result = uv_signal_init(&server->signaling.loop, handle);
        if (result == 0) {
            handle->data = server;
            result = uv_signal_start(handle, on_signal, numbers[server->signal_count]);
        }
        if (result < 0) {
            log_error("server", "cannot wait for signals: %s", uv_strerror(result));
            return ERR_IO;
        }
    }
    return 0;
}

/* Sessions end first, because they still call into rooms; then the rooms, whose participants have connections on
 * workers; then the workers. */
static void stop(struct server *server)
{
    front_stop(&server->signaling.front);
    rooms_free(server->signaling.rooms);
    router_participant_stop(server->signaling.router);
    services_stop(server->signaling.services);
    api_stop(server->api);
    uv_close((uv_handle_t *)&server->tick, NULL);
    for (size_t i = 0; i < server->signal_count; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_run(&server->signaling.loop, UV_RUN_DEFAULT);
    services_free(server->signaling.services);
    api_free(server->api);
    page_free(server->signaling.http.page);
    router_participant_free(server->signaling.router);
    front_fini(&server->signaling.front);
    whip_sessions_fini(&server->signaling.whip.sessions);
    pace_addresses_fini(&server->signaling.sockets.addresses);
    unfinished_input_fini(&server->signaling.sockets.input);
    unfinished_input_fini(&server->signaling.http.input);
    CHECK(uv_loop_close(&server->signaling.loop) == 0);
}

static struct rooms *make_rooms(struct server *server)
{
    const struct config *config = server->signaling.config;
    const struct rooms_config rooms = {
        .room_max = config->room_max,
        .participant_max = config->participant_max,
        .grace = config->grace,
        .dedicated_slots = config->dedicated_slots,
        .audio_slots = config->audio_slots,
        .relay_only = config->relay_only,
        .can_record = config->outputs.recordings != NULL || (config->queue != NULL && config->recorders_max > 0),
        .is_loopback_only = advertised_addresses_are_loopback(config),
        .chooses_host = config->open,
        .ice_servers_life = ice_servers_life_s(&config->ice_servers) * USEC_PER_SEC,
        .topology = {.mesh_max = config->mesh_max, .hold = config->mesh_hold, .copy_bps = MESH_COPY_BPS}};
    const struct room_port port = {.charge = port_charge,
                                   .left = port_left,
                                   .ice_servers = port_ice_servers,
                                   .texts = &server->signaling.sockets.texts,
                                   .user = server};
    return rooms_new(&rooms, &port);
}

static void wire(struct server *server, const char *web, size_t connections)
{
    const struct admission_limits limits = admission_limits_for(connections);
    struct signaling *signaling = &server->signaling;
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    front_init(&signaling->front, signaling->config, &signaling->loop, &signaling->http, &signaling->sockets, &limits);
    pace_addresses_init(&signaling->sockets.addresses, seed);
    unfinished_input_init(&signaling->sockets.input,
                          &(struct unfinished_limits){.all = SESSION_INPUT_ALL, .address = SESSION_INPUT_ADDRESS});
    unfinished_input_init(&signaling->http.input,
                          &(struct unfinished_limits){.all = HTTP_INPUT_ALL, .address = HTTP_INPUT_ADDRESS});
    signaling->sockets.message = dispatch_text;
    signaling->sockets.gone = on_session_gone;
    signaling->sockets.owner = signaling;
    signaling->rooms = make_rooms(server);
    rooms_wall_clock(signaling->rooms, clock_wall_us() - clock_now());
    server->api = api_new(signaling);
    random_secure(&seed, sizeof seed);
    signaling->whip = (struct whip_host){
        .config = signaling->config, .rooms = signaling->rooms, .addresses = &signaling->sockets.addresses};
    whip_sessions_init(&signaling->whip.sessions, &limits, seed);
    server->routes[0] = api_route(server->api);
    server->routes[1] = whip_route(&signaling->whip, false);
    server->routes[2] = whip_route(&signaling->whip, true);
    signaling->http.web = web;
    signaling->http.time = &signaling->sockets.addresses.time;
    signaling->http.page = page_new(web);
    signaling->http.origins = signaling->config->open ? &signaling->config->origins : NULL;
    signaling->http.routes = server->routes;
    signaling->http.route_count = sizeof server->routes / sizeof server->routes[0];
}

/* How many HTTP connections the remaining descriptors allow, after all others, media over TCP included; 0: too few to
 * start. */
static size_t count_places(const struct config *config, size_t descriptors)
{
    size_t workers = config_workers(config);
    size_t needed = DESCRIPTORS_OWN + DESCRIPTORS_EACH_WORKER * workers + DESCRIPTORS_PEOPLE;
    size_t each = config->tls_certificate != NULL ? TLS_STREAM_DESCRIPTORS : 1;
    if (descriptors >= needed)
        return (descriptors - needed) * 3 / 4 / each + DESCRIPTORS_PEOPLE / each;
    log_error("server",
              "%zu workers need at least %zu open files, and %zu are allowed: raise the limit (ulimit -n, "
              "LimitNOFILE=) or use fewer --workers",
              workers, needed, descriptors);
    return 0;
}

/* Each says what it lacks, so that a port that is taken is not told only when the other one has been mended. */
static int start_parts(struct server *server, size_t descriptors)
{
    struct signaling *signaling = &server->signaling;
    int handles = start_handles(server);
    int router = router_participant_new(&signaling->router, signaling->config, &signaling->loop, signaling->rooms,
                                        &router_messages);
    signaling->whip.router = signaling->router;
    int front = front_start(&signaling->front, descriptors);
    return handles < 0 ? handles : router < 0 ? router : front;
}

int server_start(struct server *server, const struct config *config)
{
    size_t descriptors = descriptors_raise(), places = count_places(config, descriptors);
    *server = (struct server){.signaling = {.config = config, .started_at = clock_now()}};
    if (places == 0)
        return ERR_LIMIT;
    const char *web = find_web(config);
    if (web == NULL) {
        log_error("server",
                  "the page is neither beside the program (../share/heddle/web) nor in %s: --web DIR names it",
                  HEDDLE_WEB_SOURCE);
        return ERR_NOT_FOUND;
    }
    const char *services = find_services(config);
    if (!has_services(config, services))
        return ERR_NOT_FOUND;
    signal(SIGPIPE, SIG_IGN);
    int result = uv_loop_init(&server->signaling.loop);
    if (result < 0) {
        log_error("server", "cannot start an event loop: %s", uv_strerror(result));
        return ERR_IO;
    }
    wire(server, web, places);
    result = start_parts(server, descriptors);
    if (result < 0)
        stop(server);
    else
        start_services(server, services);
    return result;
}

static void write_url(const struct server *server, const char *host, char *out, size_t size)
{
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(out, size, "%s://%s%s%s:%d/", server->signaling.config->tls_certificate != NULL ? "https" : "http",
             is_v6 ? "[" : "", host, is_v6 ? "]" : "", server->signaling.front.listener.port);
}

void server_url(const struct server *server, char *out, size_t size)
{
    write_url(server, listener_shown_host(server->signaling.config->http_host), out, size);
}

bool server_public_url(const struct server *server, char *out, size_t size)
{
    const struct config *config = server->signaling.config;
    bool is_everywhere = strcmp(listener_shown_host(config->http_host), config->http_host) != 0;
    if (!is_everywhere || config->public_ip_count == 0)
        return false;
    write_url(server, config->public_ips[0], out, size);
    return true;
}

void server_run(struct server *server)
{
    uv_run(&server->signaling.loop, UV_RUN_DEFAULT);
    stop(server);
}
