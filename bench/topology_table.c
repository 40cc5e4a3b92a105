#include "bench/topology_table.h"

#include <string.h>

#include "bench/measurement.h"

#define USABLE_FRAMES 0.8 /* of the frame rate that was asked for */
#define USABLE_DELAY_MS 400
#define MIXER_FRAMES 25 /* a second: the most that there are of a mix */

const char *const topology_names[TOPOLOGY_COUNT] = {"mesh", "sfu", "mcu"};

/* The columns of a topology in charts. */
static const struct {
    const char *all, *client, *up;
} charted[TOPOLOGY_COUNT] = {
    {"Mesh", "Mesh, a client", "Mesh, up"},
    {"SFU", "SFU, a client", "SFU, up"},
    {"MCU", "MCU, a client", "MCU, up"},
};

void topology_table_begin(struct results *results)
{
    results_add_column(results, "topology", "topology", 0);
    results_add_column(results, "participants", "people", 0);
    results_add_column(results, "client_percent", "client CPU %", 1);
    results_add_column(results, "server_percent", "server CPU %", 2);
    results_add_column(results, "mixer_percent", "of it mixer", 1);
    results_add_column(results, "total_percent", "all CPU %", 1);
    results_add_column(results, "noise_percent", "+- %", 1);
    results_add_column(results, "up_kbit", "up kbit/s", 0);
    results_add_column(results, "down_kbit", "down kbit/s", 0);
    results_add_column(results, "packets_per_s", "packets/s in", 0);
    results_add_column(results, "wire_mbit", "wire Mbit/s", 2);
    results_add_column(results, "signaling_kb", "signaling kB/client", 1);
    results_add_column(results, "messages_kb_per_pair", "messages kB/pair", 1);
    results_add_column(results, "delay_p50_ms", "delay p50 ms", 0);
    results_add_column(results, "delay_p95_ms", "p95", 0);
    results_add_column(results, "ssim", "SSIM", 3);
    results_add_column(results, "frames_per_s", "frames/s", 1);
    results_add_column(results, "freezes", "freezes", 1);
    results_add_column(results, "client_mb", "client MB", 1);
    results_add_column(results, "usable", "usable", 0);
    struct results_chart all = {"CPU of all together, % of a core", "participants", {NULL}},
                         client = {"CPU of a client, % of a core", "participants", {NULL}},
                         up = {"Up-link of a client, kbit/s", "participants", {NULL}};
    for (size_t i = 0; i < TOPOLOGY_COUNT; i++) {
        all.y[i] = charted[i].all;
        client.y[i] = charted[i].client;
        up.y[i] = charted[i].up;
    }
    results_add_chart(results, &all);
    results_add_chart(results, &client);
    results_add_chart(results, &up);
}

static bool is_usable(const struct topology_row *row, unsigned frames_per_second)
{
    bool is_mixed = strcmp(row->topology, "mcu") == 0;
    unsigned most = is_mixed && frames_per_second > MIXER_FRAMES ? MIXER_FRAMES : frames_per_second;
    return row->frames_per_s >= USABLE_FRAMES * most && row->delay_p95_ms >= 0 && row->delay_p95_ms <= USABLE_DELAY_MS;
}

void topology_table_add(struct results *results, const struct topology_row *row, unsigned frames_per_second)
{
    double total = row->client_percent * row->participants + row->server_percent;
    json_t *json = json_pack(
        "{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}",
        "topology", row->topology, "participants", (int)row->participants, "client_percent", row->client_percent,
        "server_percent", row->server_percent, "mixer_percent", row->mixer_percent, "total_percent", total,
        "noise_percent", row->noise_percent, "up_kbit", row->up_kbit, "down_kbit", row->down_kbit, "packets_per_s",
        row->packets_per_s, "wire_mbit", row->wire_mbit, "signaling_kb", row->signaling_kb, "messages_kb_per_pair",
        row->messages_kb_per_pair, "delay_p50_ms", row->delay_p50_ms, "delay_p95_ms", row->delay_p95_ms, "ssim",
        row->ssim, "frames_per_s", row->frames_per_s, "freezes", row->freezes, "client_mb", row->client_mb,
        "others_percent", row->others_percent > 0 ? row->others_percent : 0, "usable",
        is_usable(row, frames_per_second) ? "yes" : "no");
    for (size_t i = 0; i < TOPOLOGY_COUNT; i++) {
        if (strcmp(topology_names[i], row->topology) != 0)
            continue;
        json_object_set_new(json, charted[i].all, json_real(total));
        json_object_set_new(json, charted[i].client, json_real(row->client_percent));
        json_object_set_new(json, charted[i].up, json_real(row->up_kbit));
    }
    json_array_append_new(results->rows, json);
}

static const json_t *find_row(const struct results *results, const char *topology, unsigned participants)
{
    size_t index;
    const json_t *row;
    json_array_foreach(results->rows, index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "topology")), topology) == 0 &&
            (unsigned)json_integer_value(json_object_get(row, "participants")) == participants)
            return row;
    }
    return NULL;
}

static double value_of(const struct results *results, const char *topology, unsigned participants, const char *name)
{
    return json_number_value(json_object_get(find_row(results, topology, participants), name));
}

static void note_usable(struct results *results, const char *topology, const char *key, unsigned low, unsigned high)
{
    unsigned most = 0;
    for (unsigned n = low; n <= high; n++) {
        const json_t *row = find_row(results, topology, n);
        if (strcmp(json_string_value(json_object_get(row, "usable")), "yes") == 0)
            most = n;
    }
    results_set(results, key, most);
    results_note(results,
                 "%s was usable here with up to %u participants (at least %.0f %% of the frames, 95 %% of them within "
                 "%d ms); all clients run on this one machine.",
                 topology, most, USABLE_FRAMES * 100, USABLE_DELAY_MS);
}

/* From how many participants on `less` takes less of `name` than `more`; 0: never. */
static unsigned find_crossing(const struct results *results, const char *name, const char *less, const char *more,
                              unsigned low, unsigned high)
{
    for (unsigned n = low; n <= high; n++) {
        if (value_of(results, less, n, name) < value_of(results, more, n, name))
            return n;
    }
    return 0;
}

static void note_crossings(struct results *results, unsigned low, unsigned high)
{
    static const struct {
        const char *key, *value, *less, *more, *words;
    } crossings[] = {
        {"crossing_client_cpu", "client_percent", "sfu", "mesh",
         "A client spends less CPU time through the router than in a Mesh"},
        {"crossing_total_cpu", "total_percent", "sfu", "mesh",
         "Clients and server together spend less through the router than in a Mesh"},
        {"crossing_client_cpu_mixed", "client_percent", "mcu", "sfu",
         "A client spends less CPU time with a mixer than through the router"},
        {"crossing_down_mixed", "down_kbit", "mcu", "sfu",
         "A client receives less with a mixer than through the router"},
    };
    for (size_t i = 0; i < sizeof crossings / sizeof crossings[0]; i++) {
        unsigned from = find_crossing(results, crossings[i].value, crossings[i].less, crossings[i].more, low, high);
        results_set(results, crossings[i].key, from);
        if (from > 0)
            results_note(results, "%s from %u participants on.", crossings[i].words, from);
    }
}

void topology_table_end(struct results *results, unsigned low, unsigned high)
{
    static const char *const usable[TOPOLOGY_COUNT] = {"mesh_usable", "sfu_usable", "mcu_usable"};
    double others = 0;
    size_t index;
    const json_t *row;
    for (size_t i = 0; i < TOPOLOGY_COUNT; i++)
        note_usable(results, topology_names[i], usable[i], low, high);
    note_crossings(results, low, high);
    json_array_foreach(results->rows, index, row)
    {
        double percent = json_number_value(json_object_get(row, "others_percent"));
        others = percent > others ? percent : others;
    }
    measure_note_others(results, others < 100 ? others : 100);
    results_note(results,
                 "Up and down are media of one client, and wire is every byte of the call with all headers, the "
                 "mixer's too. Delay is from the picture's making to its decoding; in a mix, of its first tile. "
                 "SSIM compares what is decoded with the picture that was made, scaled to its size: 1 is the same.");
}
