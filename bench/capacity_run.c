#include "bench/capacity_run.h"

#include "bench/commands.h"
#include "transport/base/error.h"

#define DRAIN (USEC_PER_SEC / 2)
#define MEDIA_TIMEOUT (30 * USEC_PER_SEC)

int capacity_start(struct capacity *capacity)
{
    const struct options *options = &capacity->options;
    struct adapter_options server = {
        .variant = "",
        .workers = options->workers,
        .srtp_profiles = options->srtp_profiles,
        .room_size = options->subscribers + options->publishers,
        .gro = options->gro,
        .server = options->server,
    };
    char error[512];
    progress(options, "starting the server");
    capacity->swarm = swarm_new(&adapter_heddle, &server, error, sizeof error);
    if (capacity->swarm == NULL) {
        complain("the server does not start: %s", error);
        return ERR_IO;
    }
    load_init(&capacity->load, capacity->swarm, &capacity->config);
    measure_now(capacity->swarm, &capacity->first);
    return 0;
}

void capacity_stop(struct capacity *capacity)
{
    load_fini(&capacity->load);
    swarm_free(capacity->swarm);
    capacity->load = (struct load){0};
    capacity->swarm = NULL;
}

int capacity_grow(struct capacity *capacity, size_t rooms, size_t subscribers)
{
    progress(&capacity->options, "connecting %zu rooms, %zu + %zu participants each", rooms,
             (size_t)capacity->config.publishers, subscribers);
    int error = load_grow(&capacity->load, rooms, subscribers);
    if (error == 0)
        error = load_start(&capacity->load, MEDIA_TIMEOUT);
    return error;
}

int capacity_complain(const struct capacity *capacity, int error)
{
    complain("the load does not come up: %s", load_why(&capacity->load, error));
    return error;
}

void capacity_add_up(struct capacity *capacity)
{
    struct measure_point last;
    struct measurement all;
    swarm_set_sending(capacity->swarm, false);
    swarm_run(capacity->swarm, DRAIN);
    measure_now(capacity->swarm, &last);
    measure_between(&capacity->first, &last, &all);
    capacity->sent += all.server_packets;
    capacity->received += all.packets;
    capacity->lost += all.lost;
    capacity->decrypt_errors += all.decrypt_errors;
}
