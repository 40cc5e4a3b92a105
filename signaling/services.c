#include "signaling/services.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signaling/respawn.h"
#include "signaling/room/room_removal.h"
#include "signaling/room/room_table.h"
#include "signaling/room/room_topology.h"
#include "transport/base/budget.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define KEY_SIZE 32
#define TOKEN_LIFE_S 600                 /* a program joins at once */
#define UNNEEDED_MAX (30 * USEC_PER_SEC) /* a mixer that is not needed stays so long: the pin may come back */
#define PEOPLE_LEAST 2                   /* nobody needs a mix of one */
#define STARTS_ADDRESSES 256
#define NOTICE_INTERVAL (60 * USEC_PER_SEC) /* that too many rooms need a mixer is not said more often */

/* Rooms of an address that get a mixer: six at once, then one in ten seconds. */
#define STARTS_COST 10 /* units, since budgets count whole ones a second */
static const struct budget_limit starts_limit = {.per_second = 1, .burst = 6 * STARTS_COST};

/* A room that has, had or needs a mixer of ours. */
struct mixer_process {
    struct mixer_process *next;
    char room[65];
    uint64_t address; /* of who made the room */
    uv_process_t process;
    bool has_process; /* until its handle is closed */
    bool is_running, is_ending;
    struct respawn respawn;
    usec_t needed_at;
};

struct services {
    uv_loop_t *loop;
    const struct config *config;
    const char *folder;
    char url[512];
    struct rooms *rooms;
    struct mixer_process *mixers;
    size_t count;
    uint8_t key[KEY_SIZE];      /* signs the tokens of our programs */
    struct budget_table starts; /* by address */
    usec_t noticed_at;
};

struct services *services_new(uv_loop_t *loop, const struct config *config, const char *folder, const char *url,
                              struct rooms *rooms)
{
    struct services *services = mem_alloc(sizeof *services);
    *services = (struct services){.loop = loop, .config = config, .folder = folder, .rooms = rooms};
    snprintf(services->url, sizeof services->url, "%s", url);
    random_secure(services->key, sizeof services->key);
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    budget_table_init(&services->starts, STARTS_ADDRESSES, starts_limit, seed);
    return services;
}

bool services_know(const struct services *services, struct token *out, const char *token, int64_t wall_s)
{
    return token_check(out, token, services->key, sizeof services->key, wall_s) == 0 && out->may.mix;
}

/* Who has had no media can neither send nor watch: a socket alone costs nothing, and a mixer half a core. */
static bool needs_mixer(const struct room *room)
{
    size_t people = 0;
    if (room->pin != PIN_MCU)
        return false;
    for (const struct room_participant *each = room->participants; each != NULL; each = each->next)
        people += room_participant_is_shown(each) && room_participant_is_active(each) && each->has_had_media;
    return people >= PEOPLE_LEAST;
}

static struct mixer_process *find(const struct services *services, const char *room)
{
    for (struct mixer_process *mixer = services->mixers; mixer != NULL; mixer = mixer->next)
        if (strcmp(mixer->room, room) == 0)
            return mixer;
    return NULL;
}

static void on_closed(uv_handle_t *handle)
{
    struct mixer_process *mixer = handle->data;
    mixer->has_process = false;
}

static void on_exit_of(uv_process_t *process, int64_t status, int by_signal)
{
    struct mixer_process *mixer = process->data;
    mixer->is_running = mixer->is_ending = false;
    respawn_ended(&mixer->respawn, clock_now());
    if (by_signal != 0)
        log_warning(mixer->room, "its mixer was ended by signal %d", by_signal);
    else
        log_info(mixer->room, "its mixer ended with status %d", (int)status);
    uv_close((uv_handle_t *)process, on_closed);
}

/* Ours, and the token, which is not among the arguments, since everybody here can read those. The caller frees
 * the array. */
static char **make_environment(char *token)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **environment = mem_array(count + 2, sizeof *environment);
    memcpy(environment, environ, count * sizeof *environment);
    environment[count] = token;
    return environment;
}

static void start(struct services *services, struct mixer_process *mixer, usec_t now)
{
    static const char name[] = "HEDDLE_TOKEN=";
    char payload[256], variable[sizeof name + 768], program[4200];
    snprintf(payload, sizeof payload, "{\"room\":\"%s\",\"exp\":%lld,\"name\":\"Mixer\",\"service\":\"mixer\"}",
             mixer->room, (long long)(clock_wall_us() / USEC_PER_SEC + TOKEN_LIFE_S));
    char *token = variable + sizeof name - 1; /* not among the arguments */
    memcpy(variable, name, sizeof name);
    int length = token_sign(token, 768, payload, services->key, sizeof services->key);
    token[length > 0 ? length : 0] = '\0';
    snprintf(program, sizeof program, "%s/heddle-mix", services->folder);
    char *arguments[] = {program, services->url, "--room", mixer->room, "--insecure", NULL};
    char **environment = make_environment(variable);
    uv_stdio_container_t streams[] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data = {.fd = 2}}};
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = program,
                                          .args = arguments,
                                          .env = environment,
                                          .stdio_count = 3,
                                          .stdio = streams};
    mixer->process.data = mixer;
    respawn_started(&mixer->respawn, now);
    int result = uv_spawn(services->loop, &mixer->process, &options);
    free(environment);
    mixer->has_process = true; /* also when it did not start */
    mixer->is_running = result == 0;
    if (result == 0) {
        log_info(mixer->room, "a mixer was started: process %d", mixer->process.pid);
        return;
    }
    log_warning(mixer->room, "%s does not start: %s", program, uv_strerror(result));
    respawn_ended(&mixer->respawn, now);
    uv_close((uv_handle_t *)&mixer->process, on_closed);
}

/* As for rooms: an address that has more than half of them gets none of the last quarter. */
static bool are_for_others(const struct services *services, uint64_t address)
{
    size_t most = services->config->mixers_max, own = 0;
    if (services->count < most - most / 4)
        return false;
    for (const struct mixer_process *mixer = services->mixers; mixer != NULL; mixer = mixer->next)
        own += mixer->address == address;
    return own > most / 2;
}

static bool may_add(struct services *services, const struct room *room, usec_t now)
{
    if (services->count >= services->config->mixers_max)
        return false;
    return room->is_local || (!are_for_others(services, room->address) &&
                              budget_table_take(&services->starts, room->address, STARTS_COST, now));
}

static void set_refused(struct services *services, struct room *room, bool is_refused, usec_t now)
{
    if (room->is_mixer_refused == is_refused)
        return;
    room->is_mixer_refused = is_refused;
    services->rooms->counters.mixers_refused += is_refused;
    room_review_topology(room, NULL, false, now);
    if (!is_refused || (services->noticed_at != 0 && now - services->noticed_at < NOTICE_INTERVAL))
        return;
    log_warning(room->name, "no mixer for this room: %zu run already (--max-mixers), or its address has had too many",
                services->count);
    services->noticed_at = now;
}

static struct mixer_process *add(struct services *services, const struct room *room)
{
    struct mixer_process *mixer = mem_alloc(sizeof *mixer);
    snprintf(mixer->room, sizeof mixer->room, "%s", room->name);
    mixer->address = room->address;
    mixer->next = services->mixers;
    services->mixers = mixer;
    services->count++;
    return mixer;
}

static void serve(struct services *services, struct room *room, usec_t now)
{
    struct mixer_process *mixer = find(services, room->name);
    bool is_new = mixer == NULL && room->mixer == NULL, is_refused = is_new && !may_add(services, room, now);
    if (is_new && !is_refused)
        mixer = add(services, room);
    set_refused(services, room, is_refused, now);
    if (mixer == NULL)
        return;
    mixer->needed_at = now;
    if (room->mixer == NULL && !mixer->has_process && now >= respawn_due(&mixer->respawn))
        start(services, mixer, now);
}

static void end(struct mixer_process *mixer, int by_signal)
{
    if (mixer->is_running && !mixer->is_ending)
        uv_process_kill(&mixer->process, by_signal);
    mixer->is_ending = true;
}

/* Ends programs that no room needs, and forgets those that have ended. */
static void clear(struct services *services, usec_t now)
{
    for (struct mixer_process **at = &services->mixers; *at != NULL;) {
        struct mixer_process *mixer = *at;
        bool is_unneeded = now - mixer->needed_at >= UNNEEDED_MAX || rooms_find(services->rooms, mixer->room) == NULL;
        if (is_unneeded && mixer->is_running) {
            end(mixer, SIGTERM);
        } else if (is_unneeded && !mixer->has_process) {
            *at = mixer->next;
            services->count--;
            free(mixer);
            continue;
        }
        at = &mixer->next;
    }
}

void services_timeout(struct services *services, usec_t now)
{
    for (struct room *room = rooms_next(services->rooms, NULL), *next; room != NULL; room = next) {
        next = rooms_next(services->rooms, room);
        if (services->folder != NULL && needs_mixer(room))
            serve(services, room, now);
        else
            set_refused(services, room, false, now);
        if (room->mixer != NULL && room_shown_count(room) == 0)
            room_dismiss(room->mixer, now);
    }
    clear(services, now);
}

void services_stop(struct services *services)
{
    for (struct mixer_process *mixer = services != NULL ? services->mixers : NULL; mixer != NULL; mixer = mixer->next) {
        mixer->is_ending = false;
        end(mixer, SIGKILL); /* it has nothing to save */
    }
}

void services_free(struct services *services)
{
    for (struct mixer_process *mixer; services != NULL && (mixer = services->mixers) != NULL;) {
        services->mixers = mixer->next;
        free(mixer);
    }
    if (services != NULL)
        budget_table_fini(&services->starts);
    free(services);
}
