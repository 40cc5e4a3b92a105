#include "router/in/publisher.h"

#include "transport/hop/repair_window.h"

/* Packets that all histories of one participant keep at most: 0.6 s (router_config.history_age) of 40 Mbit/s. */
#define HELD_PACKETS_MAX 4096
#define HELD_BYTES_MAX ((size_t)3 << 20)
#define HELD_PLACES_MAX ((size_t)4 * REPAIR_WINDOW)

_Static_assert(HELD_PACKETS_MAX >= REPAIR_WINDOW, "one stream may be repaired as far back as NACKs reach");

void publishers_init(struct publishers *publishers, struct core *core)
{
    *publishers = (struct publishers){.core = core};
    timer_init(&publishers->memory_timer, TIMER_MEMORY, publishers);
}

void publisher_init(struct publisher *publisher, struct publishers *all, struct participant_common *common, usec_t now)
{
    *publisher = (struct publisher){
        .all = all,
        .common = common,
        .held = {.packets_max = HELD_PACKETS_MAX, .bytes_max = HELD_BYTES_MAX, .places_max = HELD_PLACES_MAX},
        .twcc = twcc_recorder_new(common->core->config.twcc_interval),
        .next = all->first,
        .at = &all->first,
    };
    if (publisher->next != NULL)
        publisher->next->at = &publisher->next;
    all->first = publisher;
    receive_estimate_init(&publisher->uplink, now);
    map_init(&publisher->encodings);
    map_init(&publisher->rtx_encodings);
}

void publisher_fini(struct publisher *publisher)
{
    *publisher->at = publisher->next;
    if (publisher->next != NULL)
        publisher->next->at = publisher->at;
    twcc_recorder_free(publisher->twcc);
    map_fini(&publisher->encodings);
    map_fini(&publisher->rtx_encodings);
}

void publisher_expire(struct publisher *publisher, usec_t now)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            history_expire(p->encodings[i].history, now);
}

void publisher_shrink(struct publisher *publisher)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            history_shrink(p->encodings[i].history);
}
