/* data: what a message of data channels costs the router, in rooms of several sizes where one participant sends them to
 * all others, and what very many of them do to the media of the same room. */
#include <stdlib.h>

#include "bench/commands.h"
#include "bench/load.h"
#include "bench/measurement.h"
#include "bench/participant_data.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define ONE_SENDER_RATE 250 /* with 1,000 bytes to 50 still below what the router lets one participant send */
#define WARM_UP (2 * USEC_PER_SEC)
#define DRAIN_TIMEOUT (20 * USEC_PER_SEC) /* what is missing is sent again */
#define OPEN_TIMEOUT (20 * USEC_PER_SEC)
#define MEDIA_TIMEOUT (20 * USEC_PER_SEC)

struct data {
    struct options options;
    struct results *results;
    struct swarm *swarm;
    struct load load;
    double others_percent, noise_percent;
    uint64_t expected, received, lost; /* messages, over all receivers of all rooms */
};

/* A row of the table: who sends which messages. */
struct traffic {
    const char *name;
    unsigned people, senders;
    struct message_source_config messages;
};

static bool all_have_data(void *user)
{
    struct swarm *swarm = user;
    for (size_t i = 0; i < swarm_count(swarm); i++) {
        if (!bench_participant_has_data(swarm_participant(swarm, i)))
            return false;
    }
    return true;
}

/* Each is told of all others, before any hears of one. */
static void meet(struct swarm *swarm)
{
    size_t count = swarm_count(swarm);
    const char **ids = mem_array(count, sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        size_t others = 0;
        for (size_t j = 0; j < count; j++)
            if (j != i)
                ids[others++] = bench_participant_id(swarm_participant(swarm, j));
        bench_participant_meet(swarm_participant(swarm, i), ids, others, clock_now());
    }
    free(ids);
}

/* A server, and a room with one publisher, who is silent yet. */
static int open_room(struct data *data, unsigned people)
{
    const struct options *options = &data->options;
    struct adapter_options server = {
        .variant = "",
        .workers = options->workers,
        .srtp_profiles = options->srtp_profiles,
        .room_size = people,
        .gro = options->gro,
        .server = options->server,
    };
    struct load_config config = load_config_of(options);
    char why[512];
    config.data = true;
    progress(options, "a room of %u", people);
    data->swarm = swarm_new(&adapter_heddle, &server, why, sizeof why);
    if (data->swarm == NULL) {
        complain("the server does not start: %s", why);
        return ERR_IO;
    }
    load_init(&data->load, data->swarm, &config);
    int error = load_grow(&data->load, 1, people - 1);
    if (error == 0)
        error = swarm_until(data->swarm, all_have_data, data->swarm, OPEN_TIMEOUT);
    if (error != 0)
        complain("the room does not come up: %s", load_why(&data->load, error));
    else
        meet(data->swarm);
    return error;
}

static void close_room(struct data *data, unsigned people)
{
    if (data->swarm != NULL) {
        const struct bench_participant_totals *totals = &swarm_host(data->swarm)->totals;
        data->expected += totals->messages_sent * (people - 1);
        data->received += totals->messages_received;
        data->lost += totals->messages_lost;
    }
    load_fini(&data->load);
    swarm_free(data->swarm);
    data->load = (struct load){0};
    data->swarm = NULL;
}

static void set_senders(struct data *data, const struct traffic *traffic, bool sending)
{
    for (unsigned i = 0; i < traffic->senders; i++)
        bench_participant_set_messages(data->load.rooms[0].subscribers[i], sending ? &traffic->messages : NULL,
                                       clock_now());
}

/* Each message that was sent has come to everybody, or is known to be lost. */
static bool all_came(void *user)
{
    const struct data *data = user;
    const struct bench_participant_totals *totals = &swarm_host(data->swarm)->totals;
    size_t receivers = data->load.rooms[0].subscriber_count; /* all but the sender */
    return totals->messages_received + totals->messages_lost >= totals->messages_sent * receivers;
}

static void measure(struct data *data, const struct traffic *traffic, struct measurement *m)
{
    progress(&data->options, "a room of %u: %s", traffic->people, traffic->name);
    set_senders(data, traffic, true);
    swarm_run(data->swarm, WARM_UP);
    measure_spans(data->swarm, (usec_t)(data->options.seconds * 1e6), data->options.repeats, m, &data->noise_percent);
    set_senders(data, traffic, false);
    (void)swarm_until(data->swarm, all_came, data, DRAIN_TIMEOUT);
    if (m->others_percent > data->others_percent)
        data->others_percent = m->others_percent;
}

static double percent(uint64_t part, uint64_t rest)
{
    return part > 0 ? (double)part * 100 / (double)(part + rest) : 0;
}

/* `idle_cpu_s`: what the server spent on other things than messages in that time. */
static void add_row(struct data *data, const struct traffic *traffic, const struct measurement *m, double idle_cpu_s)
{
    double cpu_s = m->server_cpu_s - idle_cpu_s;
    json_t *row =
        json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f}", "load", traffic->name, "people", (json_int_t)traffic->people,
                  "senders", (json_int_t)traffic->senders, "core_percent", m->server_cpu_s / m->seconds * 100,
                  "noise_percent", data->noise_percent, "generator_percent", m->generator_cpu_s / m->seconds * 100,
                  "others_percent", m->others_percent);
    if (traffic->senders > 0)
        json_object_update_new(
            row, json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "bytes", (json_int_t)traffic->messages.size,
                           "in_per_s", (double)m->messages_sent / m->seconds, "out_per_s",
                           (double)m->messages_received / m->seconds, "in_us", per_packet_us(cpu_s, m->messages_sent),
                           "out_us", per_packet_us(cpu_s, m->messages_received), "message_p50_us", m->message_delay_p50,
                           "message_p99_us", m->message_delay_p99, "message_again_percent",
                           percent(m->messages_again, m->messages_received), "message_lost_percent",
                           percent(m->messages_lost, m->messages_received)));
    if (m->packets > 0)
        json_object_update_new(row, json_pack("{s:f, s:f, s:f}", "delay_p50_us", m->delay_p50, "delay_p99_us",
                                              m->delay_p99, "lost_percent", percent(m->lost, m->packets)));
    json_array_append_new(data->results->rows, row);
}

static struct message_source_config messages_of(const struct data *data, unsigned rate, unsigned size)
{
    return (struct message_source_config){
        .per_second = rate, .size = size, .policy = data->options.lossy ? ENVELOPE_LOSSY : ENVELOPE_ORDERED};
}

static void measure_sizes(struct data *data, unsigned people)
{
    for (unsigned i = 0; i < data->options.sizes.count; i++) {
        struct measurement m;
        struct traffic traffic = {"one sends", people, 1,
                                  messages_of(data, ONE_SENDER_RATE, data->options.sizes.at[i])};
        measure(data, &traffic, &m);
        add_row(data, &traffic, &m, 0);
    }
}

static void set_summary(struct data *data, const struct traffic *crowd, const struct measurement *alone,
                        const struct measurement *both)
{
    struct results *results = data->results;
    double p50 = both->delay_p50 - alone->delay_p50, p99 = both->delay_p99 - alone->delay_p99;
    results_set(results, "added_delay_p50_us", p50);
    results_set(results, "added_delay_p99_us", p99);
    results_set(results, "packets_lost", (double)both->lost);
    results_set(results, "packets_lost_alone", (double)alone->lost);
    results_note(results,
                 "%u senders of %u messages a second in a room of %u: media came %.1f ms later in the middle, and "
                 "%.1f ms later at the 99th percentile; %.3f %% of it was lost, %.3f %% without messages.",
                 crowd->senders, crowd->messages.per_second, crowd->people, p50 / 1e3, p99 / 1e3,
                 percent(both->lost, both->packets), percent(alone->lost, alone->packets));
}

/* The media of the last room, alone and beside a crowd that sends messages. */
static int measure_media(struct data *data, unsigned people)
{
    const struct options *options = &data->options;
    struct measurement alone, both;
    struct traffic none = {.name = "media", .people = people};
    struct traffic crowd = {"media and messages", people, options->senders < people ? options->senders : people - 1,
                            messages_of(data, options->rate, options->sizes.at[0])};
    int error = load_start(&data->load, MEDIA_TIMEOUT);
    if (error != 0) {
        complain("media does not start: %s", load_why(&data->load, error));
        return error;
    }
    measure(data, &none, &alone);
    add_row(data, &none, &alone, 0);
    measure(data, &crowd, &both);
    add_row(data, &crowd, &both, alone.server_cpu_s / alone.seconds * both.seconds);
    set_summary(data, &crowd, &alone, &both);
    return 0;
}

static void add_columns(struct results *results)
{
    results_add_column(results, "load", "load", 0);
    results_add_column(results, "people", "people", 0);
    results_add_column(results, "senders", "senders", 0);
    results_add_column(results, "bytes", "bytes", 0);
    results_add_column(results, "in_per_s", "messages/s in", 0);
    results_add_column(results, "out_per_s", "messages/s out", 0);
    results_add_column(results, "core_percent", "% of a core", 1);
    results_add_column(results, "noise_percent", "+- %", 1);
    results_add_column(results, "in_us", "CPU us/message in", 1);
    results_add_column(results, "out_us", "CPU us/message out", 2);
    results_add_column(results, "message_p50_us", "message delay p50 us", 0);
    results_add_column(results, "message_p99_us", "p99", 0);
    results_add_column(results, "message_again_percent", "sent again %", 3);
    results_add_column(results, "message_lost_percent", "messages lost %", 3);
    results_add_column(results, "delay_p50_us", "media delay p50 us", 0);
    results_add_column(results, "delay_p99_us", "p99", 0);
    results_add_column(results, "lost_percent", "media lost %", 3);
    results_add_column(results, "generator_percent", "generator %", 1);
    results_add_chart(results, &(struct results_chart){"CPU time of a message, by room", "people", {"out_us"}});
}

static void apply_defaults(struct options *options)
{
    options_default_to_fan_out(options);
    if (options->rooms.count == 0)
        options->rooms = (struct options_list){3, {2, 10, 50}};
    if (options->sizes.count == 0)
        options->sizes = (struct options_list){3, {20, 200, 1000}};
    if (options->senders == 0)
        options->senders = 20;
    if (options->rate == 0)
        options->rate = 1000;
}

int command_data(const struct options *options, struct results *results)
{
    struct data data = {.options = *options, .results = results};
    int error = 0;
    apply_defaults(&data.options);
    describe_options(&data.options, results);
    json_object_set_new(results->options, "lossy", json_boolean(options->lossy));
    json_object_set_new(results->options, "senders", json_integer(data.options.senders));
    json_object_set_new(results->options, "rate", json_integer(data.options.rate));
    add_columns(results);
    for (unsigned i = 0; error == 0 && i < data.options.rooms.count; i++) {
        unsigned people = data.options.rooms.at[i];
        error = open_room(&data, people);
        if (error == 0)
            measure_sizes(&data, people);
        if (error == 0 && i + 1 == data.options.rooms.count)
            error = measure_media(&data, people);
        close_room(&data, people);
    }
    results_set(results, "messages_expected", (double)data.expected);
    results_set(results, "messages_received", (double)data.received);
    results_set(results, "messages_lost", (double)data.lost);
    measure_note_others(results, data.others_percent);
    results_note(results,
                 "CPU is of the whole server process; beside media, without what media alone cost. One sends "
                 "%d messages a second to all others; acknowledgements are in the cost of a message.",
                 ONE_SENDER_RATE);
    return error;
}
