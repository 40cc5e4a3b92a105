#include "signaling/services/services.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/room/room_mix.h"
#include "signaling/room/room_recording.h"
#include "signaling/room/room_removal.h"
#include "signaling/room/room_table.h"
#include "signaling/room/room_topology.h"
#include "signaling/services/program.h"
#include "signaling/services/service_command.h"
#include "transport/base/budget.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define KEY_SIZE 32
#define TOKEN_LIFE_S 600                  /* a program joins at once */
#define UNNEEDED_MAX (30 * USEC_PER_SEC)  /* a mixer that is not needed stays so long: the pin may come back */
#define RECORDER_WAIT (30 * USEC_PER_SEC) /* who asked for a recording is told by then that there is none */
#define PEOPLE_LEAST 2                    /* nobody needs a mix of one */
#define STARTS_ADDRESSES 256
#define NOTICE_INTERVAL (60 * USEC_PER_SEC) /* that too many rooms need a program is not said more often */

/* Rooms of an address that get a program: six at once, then one in ten seconds. */
#define STARTS_COST 10 /* units, since budgets count whole ones a second */
static const struct budget_limit starts_limit = {.per_second = 1, .burst = 6 * STARTS_COST};

/* A room that has, had or needs a program of ours. */
struct job {
    struct job *next;
    enum service_kind kind;
    char room[65];
    uint64_t address; /* of who made the room */
    struct program program;
    usec_t needed_at;
};

struct services {
    uv_loop_t *loop;
    const struct config *config;
    const char *folder;
    char url[512];
    struct rooms *rooms;
    struct job *jobs;
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
    return token_check(out, token, services->key, sizeof services->key, wall_s) == 0 &&
           out->may.service != SERVICE_NONE;
}

/* Who has had no media can neither send nor watch: a socket alone costs nothing, and a program of ours much. */
static bool needs_mixer(const struct room *room)
{
    size_t people = 0;
    bool is_wanted = room->pin == PIN_MCU;
    for (const struct room_participant *each = room->participants; each != NULL; each = each->next) {
        is_wanted = is_wanted || (room_participant_is_active(each) && room_mix_is_wanted(each));
        people += room_participant_is_shown(each) && room_participant_is_active(each) && each->has_had_media;
    }
    return is_wanted && people >= PEOPLE_LEAST;
}

static bool has_had_media(const struct room *room)
{
    const struct room_participant *each = room->participants;
    while (each != NULL && !(room_participant_is_shown(each) && each->has_had_media))
        each = each->next;
    return each != NULL;
}

static struct room_participant *service_of(const struct room *room, enum service_kind kind)
{
    return kind == SERVICE_MIXER ? room->mixer : room->recorder;
}

static bool is_needed(const struct room *room, enum service_kind kind)
{
    return kind == SERVICE_MIXER ? needs_mixer(room) : room_wants_recorder(room) && has_had_media(room);
}

static size_t most_of(const struct services *services, enum service_kind kind)
{
    return kind == SERVICE_MIXER ? services->config->mixers_max : services->config->recorders_max;
}

static struct job *find(const struct services *services, const char *room, enum service_kind kind)
{
    for (struct job *job = services->jobs; job != NULL; job = job->next)
        if (job->kind == kind && strcmp(job->room, room) == 0)
            return job;
    return NULL;
}

/* `variable` gets "HEDDLE_TOKEN=" and a token for the room. */
static void write_token(const struct services *services, const struct job *job, char *variable, size_t size)
{
    static const char name[] = "HEDDLE_TOKEN=";
    char payload[256];
    const char *kind = service_kind_name(job->kind);
    snprintf(payload, sizeof payload, "{\"room\":\"%s\",\"exp\":%lld,\"name\":\"%s\",\"service\":\"%s\"}", job->room,
             (long long)(clock_wall_us() / USEC_PER_SEC + TOKEN_LIFE_S),
             job->kind == SERVICE_MIXER ? "Mixer" : "Recorder", kind);
    memcpy(variable, name, sizeof name);
    char *token = variable + sizeof name - 1;
    int length = token_sign(token, size - sizeof name, payload, services->key, sizeof services->key);
    token[length > 0 ? length : 0] = '\0';
}

static void start(struct services *services, struct job *job, usec_t now)
{
    const struct config *config = services->config;
    char variable[800];
    struct service_command command;
    const struct service_run run = {.kind = job->kind,
                                    .folder = services->folder,
                                    .url = services->url,
                                    .room = job->room,
                                    .outputs = &config->outputs,
                                    .accept_any_certificate = true, /* it is our own, on this machine */
                                    .core_dumps = config->core_dumps};
    write_token(services, job, variable, sizeof variable);
    if (config->queue != NULL)
        service_command_write_asking(&command, &run, config->queue);
    else
        service_command_write(&command, &run);
    program_start(&job->program, services->loop, (char **)command.arguments, variable, now);
}

/* How many of a kind there are; of an address, when one is given. */
static size_t count(const struct services *services, enum service_kind kind, const uint64_t *address)
{
    size_t found = 0;
    for (const struct job *job = services->jobs; job != NULL; job = job->next)
        found += job->kind == kind && (address == NULL || job->address == *address);
    return found;
}

/* As for rooms: an address that has more than half of them gets none of the last quarter. */
static bool are_for_others(const struct services *services, enum service_kind kind, uint64_t address)
{
    size_t most = most_of(services, kind);
    return count(services, kind, NULL) >= most - most / 4 && count(services, kind, &address) > most / 2;
}

static bool may_add(struct services *services, const struct room *room, enum service_kind kind, usec_t now)
{
    if (count(services, kind, NULL) >= most_of(services, kind))
        return false;
    return room->is_local || (!are_for_others(services, kind, room->address) &&
                              budget_table_take(&services->starts, room->address, STARTS_COST, now));
}

static void set_mixer_refused(struct services *services, struct room *room, bool is_refused, usec_t now)
{
    if (room->is_mixer_refused == is_refused)
        return;
    room->is_mixer_refused = is_refused;
    services->rooms->counters.mixers_refused += is_refused;
    room_review_topology(room, NULL, false, now);
}

static void refuse(struct services *services, struct room *room, enum service_kind kind, usec_t now)
{
    bool is_news = kind == SERVICE_RECORDER || !room->is_mixer_refused;
    if (kind == SERVICE_MIXER) {
        set_mixer_refused(services, room, true, now);
    } else {
        services->rooms->counters.recorders_refused++;
        room_recording_failed(room, "busy", now);
    }
    if (!is_news || (services->noticed_at != 0 && now - services->noticed_at < NOTICE_INTERVAL))
        return;
    log_warning(room->name, "no %s for this room: %zu run already (--max-%ss), or its address has had too many",
                service_kind_name(kind), count(services, kind, NULL), service_kind_name(kind));
    services->noticed_at = now;
}

static struct job *add(struct services *services, const struct room *room, enum service_kind kind)
{
    struct job *job = mem_alloc(sizeof *job);
    snprintf(job->room, sizeof job->room, "%s", room->name);
    job->kind = kind;
    job->program.room = job->room;
    job->program.what = service_kind_name(kind);
    job->address = room->address;
    job->next = services->jobs;
    services->jobs = job;
    return job;
}

static void serve(struct services *services, struct room *room, enum service_kind kind, usec_t now)
{
    struct job *job = find(services, room->name, kind);
    bool is_new = job == NULL && service_of(room, kind) == NULL,
         is_refused = is_new && !may_add(services, room, kind, now);
    if (is_refused) {
        refuse(services, room, kind, now);
        return;
    }
    if (kind == SERVICE_MIXER)
        set_mixer_refused(services, room, false, now);
    if (is_new)
        job = add(services, room, kind);
    if (job == NULL)
        return;
    job->needed_at = now;
    if (service_of(room, kind) == NULL && program_may_start(&job->program, now))
        start(services, job, now);
}

static bool is_unneeded(const struct services *services, const struct job *job, usec_t now)
{
    usec_t stays = job->kind == SERVICE_MIXER ? UNNEEDED_MAX : 1;
    return now - job->needed_at >= stays || rooms_find(services->rooms, job->room) == NULL;
}

/* Ends programs that no room needs, and forgets those that have ended. */
static void clear(struct services *services, usec_t now)
{
    for (struct job **at = &services->jobs; *at != NULL;) {
        struct job *job = *at;
        bool is_over = is_unneeded(services, job, now);
        if (is_over && job->program.is_running) {
            program_end(&job->program, SIGTERM);
        } else if (is_over && !program_is_there(&job->program)) {
            *at = job->next;
            free(job);
            continue;
        }
        at = &job->next;
    }
}

/* The machine that ran it is gone: the room need not wait until its connection is missed, too. */
static void give_up_lost(const struct services *services, struct room *room, enum service_kind kind, usec_t now)
{
    struct job *job = find(services, room->name, kind);
    if (job == NULL || program_is_there(&job->program) || job->program.status != PROGRAM_IS_LOST)
        return;
    job->program.status = 0;
    if (service_of(room, kind) != NULL)
        room_dismiss(service_of(room, kind), now);
}

/* One whose job is over: it outlived what stood for it, or came by itself. */
static void dismiss_idle_mixer(const struct services *services, struct room *room, usec_t now)
{
    bool is_idle =
        room->mixer != NULL && !is_needed(room, SERVICE_MIXER) && find(services, room->name, SERVICE_MIXER) == NULL;
    if (!is_idle)
        room->mixer_idle_since = 0;
    else if (room->mixer_idle_since == 0)
        room->mixer_idle_since = now;
    else if (now - room->mixer_idle_since >= UNNEEDED_MAX)
        room_dismiss(room->mixer, now);
}

static void look_after(struct services *services, struct room *room, usec_t now)
{
    if (!has_had_media(room))
        room_recording_waits(room, now);
    bool is_late = room->recording.state == RECORDING_STARTING && now - room->recording.since >= RECORDER_WAIT;
    for (int i = SERVICE_MIXER; i <= SERVICE_RECORDER; i++) {
        enum service_kind kind = (enum service_kind)i;
        give_up_lost(services, room, kind, now);
        if (services->folder != NULL && is_needed(room, kind))
            serve(services, room, kind, now);
        else if (kind == SERVICE_MIXER)
            set_mixer_refused(services, room, false, now);
    }
    dismiss_idle_mixer(services, room, now);
    if (is_late)
        room_recording_failed(room, "no-recorder", now);
    if (room->recorder != NULL && (room->recording.is_ending || !room_wants_recorder(room)))
        room_dismiss(room->recorder, now);
}

/* The room goes with the last of them. */
static void dismiss_all(const struct room *room, usec_t now)
{
    struct room_participant *all[] = {room->mixer, room->recorder};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] != NULL)
            room_dismiss(all[i], now);
}

void services_timeout(struct services *services, usec_t now)
{
    for (struct room *room = rooms_next(services->rooms, NULL), *next; room != NULL; room = next) {
        next = rooms_next(services->rooms, room);
        if (room_shown_count(room) > 0)
            look_after(services, room, now);
        else
            dismiss_all(room, now);
    }
    clear(services, now);
}

void services_stop(struct services *services)
{
    for (struct job *job = services != NULL ? services->jobs : NULL; job != NULL; job = job->next) {
        job->program.is_ending = false;                 /* a mixer here has nothing to save */
        bool is_here = services->config->queue == NULL; /* who asked for one elsewhere tells that machine */
        program_end(&job->program, is_here && job->kind == SERVICE_MIXER ? SIGKILL : SIGTERM);
    }
}

void services_free(struct services *services)
{
    for (struct job *job; services != NULL && (job = services->jobs) != NULL;) {
        services->jobs = job->next;
        free(job);
    }
    if (services != NULL)
        budget_table_fini(&services->starts);
    free(services);
}
