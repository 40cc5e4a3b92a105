#include "bench/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/options.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define WAVE 48 /* participants that join or connect at the same time */
/* The server's end of DTLS connects a little after ours; only then it knows the publications. */
#define SETTLE (USEC_PER_SEC / 2)
#define JOIN_TIMEOUT (120 * USEC_PER_SEC)

struct load_config load_config_of(const struct options *options)
{
    return (struct load_config){
        .publishers = 1,
        .video = true,
        .audio = options->audio,
        .burst = options->burst,
        .video_bps = options->video_bps,
        .frames_per_second = options->frames_per_second,
        .width = options->width,
        .height = options->height,
        .encodings = 1,
    };
}

void load_init(struct load *load, struct swarm *swarm, const struct load_config *config)
{
    *load = (struct load){.swarm = swarm, .config = *config};
}

void load_fini(struct load *load)
{
    for (size_t i = 0; i < load->room_count; i++) {
        free(load->rooms[i].publishers);
        free(load->rooms[i].subscribers);
    }
    free(load->rooms);
}

static struct load_room *add_room(struct load *load)
{
    if (load->room_count == load->room_capacity) {
        load->room_capacity = load->room_capacity * 2 + 8;
        load->rooms = mem_resize(load->rooms, load->room_capacity, sizeof *load->rooms);
    }
    struct load_room *room = &load->rooms[load->room_count];
    *room = (struct load_room){0};
    snprintf(room->name, sizeof room->name, "%zu", 1000 + load->room_count++);
    return room;
}

static struct bench_participant *add_participant(struct load *load, const struct load_room *room)
{
    char name[32];
    snprintf(name, sizeof name, "load-%zu", swarm_count(load->swarm));
    return swarm_add(load->swarm, room->name, name);
}

static void fill_room(struct load *load, struct load_room *room, size_t subscribers)
{
    if (room->publishers == NULL) {
        room->publishers = mem_array(load->config.publishers, sizeof *room->publishers);
        while (room->publisher_count < load->config.publishers)
            room->publishers[room->publisher_count++] = add_participant(load, room);
    }
    if (subscribers > room->subscriber_count)
        room->subscribers = mem_resize(room->subscribers, subscribers, sizeof *room->subscribers);
    while (room->subscriber_count < subscribers)
        room->subscribers[room->subscriber_count++] = add_participant(load, room);
}

static void make_sends(const struct load_config *config, struct bench_participant_sends *sends)
{
    *sends = (struct bench_participant_sends){.encodings = config->encodings, .data = config->data};
    if (config->video)
        sends->sources[sends->count++] = (struct media_source_config){
            .is_video = true,
            .packet_interval = config->burst ? 0 : MEDIA_SOURCE_PACKET_INTERVAL,
            .bitrate_bps = config->video_bps,
            .frames_per_second = config->frames_per_second,
            .width = (uint16_t)config->width,
            .height = (uint16_t)config->height,
        };
    if (config->audio)
        sends->sources[sends->count++] = (struct media_source_config){.bitrate_bps = 32000};
}

/* Which publications a participant receives: first those of the publishers behind it in the list, so that each
 * publisher is received by somebody even when there are more than `visible`. `self` is its own place in the list, or
 * the list's length when it is no publisher. */
static size_t make_receives(const struct load *load, const struct load_room *room, size_t self,
                            struct bench_participant_receive *receives)
{
    size_t count = 0, videos = 0, visible = load->config.visible > 0 ? load->config.visible : SIZE_MAX;
    for (size_t i = 0; i < room->publisher_count; i++) {
        size_t at = (self + 1 + i) % room->publisher_count;
        const char *id = bench_participant_id(room->publishers[at]);
        if (at == self)
            continue;
        if (load->config.video && videos++ < visible) {
            snprintf(receives[count].publication, sizeof receives[count].publication, "%s/camera", id);
            receives[count++].is_video = true;
        }
        if (load->config.audio) {
            snprintf(receives[count].publication, sizeof receives[count].publication, "%s/microphone", id);
            receives[count++].is_video = false;
        }
    }
    return count;
}

static void connect_publisher(const struct load *load, const struct load_room *room, size_t index)
{
    struct bench_participant_receive *receives = mem_array(room->publisher_count * 2 + 1, sizeof *receives);
    size_t count = load->config.publishers_view ? make_receives(load, room, index, receives) : 0;
    struct bench_participant_sends sends;
    make_sends(&load->config, &sends);
    bench_participant_connect(room->publishers[index], &sends, receives, count);
    free(receives);
}

void load_connect_subscriber(const struct load *load, size_t room, struct bench_participant *participant)
{
    struct bench_participant_receive *receives = mem_array(load->rooms[room].publisher_count * 2 + 1, sizeof *receives);
    struct bench_participant_sends sends = {.data = load->config.data};
    bench_participant_connect(participant, &sends, receives,
                              make_receives(load, &load->rooms[room], load->rooms[room].publisher_count, receives));
    free(receives);
}

/* One round of bringing participants from one state to the next, at most WAVE at a time. */
struct wave {
    struct load *load;
    enum bench_participant_state from, to;
    bool publishers, subscribers;
    size_t at_room, at_participant;
};

static size_t participants_of(const struct wave *wave, const struct load_room *room)
{
    return (wave->publishers ? room->publisher_count : 0) + (wave->subscribers ? room->subscriber_count : 0);
}

static void start_participant(const struct wave *wave, size_t room_index, size_t index)
{
    const struct load_room *room = &wave->load->rooms[room_index];
    size_t publishers = wave->publishers ? room->publisher_count : 0;
    bool is_publisher = index < publishers;
    struct bench_participant *participant =
        is_publisher ? room->publishers[index] : room->subscribers[index - publishers];
    if (bench_participant_get_state(participant) != wave->from)
        return;
    if (wave->to == BENCH_PARTICIPANT_JOINED)
        bench_participant_join(participant);
    else if (is_publisher)
        connect_publisher(wave->load, room, index);
    else
        load_connect_subscriber(wave->load, room_index, participant);
}

static size_t count_underway(const struct wave *wave)
{
    size_t count = 0;
    for (size_t i = 0; i < swarm_count(wave->load->swarm); i++) {
        enum bench_participant_state state = bench_participant_get_state(swarm_participant(wave->load->swarm, i));
        count += state > wave->from && state < wave->to;
    }
    return count;
}

static bool drive_wave(void *user)
{
    struct wave *wave = user;
    struct load *load = wave->load;
    size_t underway = count_underway(wave);
    while (underway < WAVE && wave->at_room < load->room_count) {
        if (wave->at_participant >= participants_of(wave, &load->rooms[wave->at_room])) {
            wave->at_room++;
            wave->at_participant = 0;
            continue;
        }
        start_participant(wave, wave->at_room, wave->at_participant++);
        underway++;
    }
    return underway == 0 && wave->at_room == load->room_count;
}

static int bring(struct load *load, enum bench_participant_state from, enum bench_participant_state to, bool publishers,
                 bool subscribers)
{
    struct wave wave = {load, from, to, publishers, subscribers, 0, 0};
    return swarm_until(load->swarm, drive_wave, &wave, JOIN_TIMEOUT);
}

int load_check_room(struct load *load, size_t more)
{
    size_t requested = swarm_count(load->swarm) + more, most = swarm_most(load->swarm);
    if (requested <= most)
        return 0;
    snprintf(load->too_many, sizeof load->too_many,
             "%zu participants are too many: each needs an open file, and with the limit as it is (ulimit -n) there "
             "can be %zu",
             requested, most);
    return ERR_LIMIT;
}

const char *load_why(const struct load *load, int error)
{
    if (error == ERR_LIMIT)
        return load->too_many;
    if (error == ERR_IO)
        return swarm_error(load->swarm);
    return "not everybody is connected and has media in time; this machine may be too busy for so many";
}

/* Participants that are missing until there are so many rooms with so many subscribers. */
static size_t count_missing(const struct load *load, size_t rooms, size_t subscribers)
{
    size_t missing = 0;
    for (size_t i = 0; i < rooms || i < load->room_count; i++) {
        size_t here = i < load->room_count ? load->rooms[i].subscriber_count : 0;
        missing += i < load->room_count ? 0 : load->config.publishers;
        missing += subscribers > here ? subscribers - here : 0;
    }
    return missing;
}

int load_grow(struct load *load, size_t rooms, size_t subscribers)
{
    int error = load_check_room(load, count_missing(load, rooms, subscribers));
    if (error != 0)
        return error;
    while (load->room_count < rooms)
        (void)add_room(load);
    for (size_t i = 0; i < load->room_count; i++)
        fill_room(load, &load->rooms[i], subscribers);
    error = bring(load, BENCH_PARTICIPANT_IDLE, BENCH_PARTICIPANT_JOINED, true, true);
    if (error == 0)
        error = bring(load, BENCH_PARTICIPANT_JOINED, BENCH_PARTICIPANT_CONNECTED, true, false);
    swarm_run(load->swarm, SETTLE);
    if (error == 0)
        error = bring(load, BENCH_PARTICIPANT_JOINED, BENCH_PARTICIPANT_CONNECTED, false, true);
    return error;
}

static bool all_have_media(void *user)
{
    struct swarm *swarm = user;
    for (size_t i = 0; i < swarm_count(swarm); i++) {
        if (!bench_participant_has_media(swarm_participant(swarm, i)))
            return false;
    }
    return true;
}

int load_start(struct load *load, usec_t timeout)
{
    swarm_set_sending(load->swarm, true);
    return swarm_until(load->swarm, all_have_media, load->swarm, timeout);
}

size_t load_streams(const struct load *load)
{
    size_t each = load->config.publishers, own = load->config.publishers_view && each > 0 ? each - 1 : 0, streams = 0;
    size_t visible = load->config.visible > 0 ? load->config.visible : SIZE_MAX;
    for (size_t i = 0; i < load->room_count; i++) {
        const struct load_room *room = &load->rooms[i];
        size_t videos = room->subscriber_count * (each < visible ? each : visible) +
                        room->publisher_count * (own < visible ? own : visible);
        size_t audios = room->subscriber_count * each + room->publisher_count * own;
        streams += (load->config.video ? videos : 0) + (load->config.audio ? audios : 0);
    }
    return streams;
}
