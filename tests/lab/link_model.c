#include "tests/lab/link_model.h"

#include <math.h>
#include <stdlib.h>

#include "transport/base/memory.h"

#define REORDER_DELAY_DEFAULT (10 * USEC_PER_MSEC)
#define CAPACITY_FIRST 64
#define OPPORTUNITY_BITS (LINK_TRACE_BYTES * 8)

struct link_queued {
    uint64_t number;
    size_t bytes;
};

struct link_arrival {
    usec_t at;
    uint64_t serial; /* equal times keep their order */
    uint64_t number;
    size_t bytes;
    enum link_event event;
};

void link_model_init(struct link_model *model, const struct link_config *config, uint64_t seed, usec_t now)
{
    *model = (struct link_model){.config = *config,
                                 .served_until = now,
                                 .last_arrival = now,
                                 .bucket_bits = (double)config->bucket_bytes * 8,
                                 .police_bits = (double)config->police_bytes * 8,
                                 .policed_at = now,
                                 .trace_start = now};
    rng_init(&model->rng, seed);
}

void link_model_fini(struct link_model *model)
{
    free(model->queue);
    free(model->heap);
    *model = (struct link_model){0};
}

static bool is_earlier(const struct link_arrival *a, const struct link_arrival *b)
{
    return a->at != b->at ? a->at < b->at : a->serial < b->serial;
}

static void heap_push(struct link_model *model, struct link_arrival arrival)
{
    if (model->heap_count == model->heap_capacity) {
        model->heap_capacity = model->heap_capacity > 0 ? model->heap_capacity * 2 : CAPACITY_FIRST;
        model->heap = mem_resize(model->heap, model->heap_capacity, sizeof *model->heap);
    }
    arrival.serial = model->heap_serial++;
    size_t at = model->heap_count++;
    for (size_t parent; at > 0 && is_earlier(&arrival, &model->heap[parent = (at - 1) / 2]); at = parent)
        model->heap[at] = model->heap[parent];
    model->heap[at] = arrival;
}

static struct link_arrival heap_pop(struct link_model *model)
{
    struct link_arrival first = model->heap[0];
    struct link_arrival last = model->heap[--model->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= model->heap_count)
            break;
        if (child + 1 < model->heap_count && is_earlier(&model->heap[child + 1], &model->heap[child]))
            child++;
        if (!is_earlier(&model->heap[child], &last))
            break;
        model->heap[at] = model->heap[child];
        at = child;
    }
    model->heap[at] = last;
    return first;
}

static bool chance(struct link_model *model, double probability)
{
    return probability > 0 && rng_unit(&model->rng) < probability;
}

static bool is_lost(struct link_model *model)
{
    const struct link_config *config = &model->config;
    if (model->in_burst)
        model->in_burst = !chance(model, config->burst_exit);
    else
        model->in_burst = chance(model, config->burst_enter);
    bool lost = chance(model, config->loss);
    return lost || (model->in_burst && config->burst_enter > 0);
}

/* Without reordering of its own, jitter only stretches: no packet arrives before the one sent before it. */
static usec_t arrival_time(struct link_model *model, usec_t sent)
{
    const struct link_config *config = &model->config;
    usec_t at = sent + config->delay;
    if (config->jitter > 0)
        at += (usec_t)rng_below(&model->rng, (uint64_t)(2 * config->jitter + 1)) - config->jitter;
    at = usec_max(at, sent);
    if (chance(model, config->reorder)) {
        model->stats.reordered++;
        return usec_max(at, model->last_arrival) +
               (config->reorder_delay > 0 ? config->reorder_delay : REORDER_DELAY_DEFAULT);
    }
    model->last_arrival = usec_max(at, model->last_arrival);
    return model->last_arrival;
}

/* The last bit of a packet has left the queue at `sent`. */
static void propagate(struct link_model *model, uint64_t number, size_t bytes, usec_t sent)
{
    bool lost = is_lost(model);
    struct link_arrival arrival = {.number = number, .bytes = bytes, .event = lost ? LINK_LOST : LINK_DELIVER};
    arrival.at = lost ? sent : arrival_time(model, sent);
    if (!lost && chance(model, model->config.duplicate)) {
        arrival.event = LINK_COPY;
        heap_push(model, arrival);
        arrival.event = LINK_DELIVER;
    }
    heap_push(model, arrival);
}

static struct link_queued *queue_head(const struct link_model *model)
{
    return &model->queue[model->queue_first];
}

static usec_t time_for(const struct link_model *model, double bits)
{
    /* Serving in parts leaves rounding errors, which must not cost a microsecond each. */
    return model->config.rate_bps > 0 ? (usec_t)ceil(bits * 1e6 / model->config.rate_bps - 0.001) : 0;
}

static usec_t opportunity_at(const struct link_model *model, uint64_t index)
{
    return model->trace_start + link_trace_at(model->config.trace, index);
}

/* When so much of the queue will have been sent. */
static usec_t sent_at(const struct link_model *model, double bits)
{
    if (model->config.trace == NULL)
        return model->served_until + time_for(model, bits);
    uint64_t needed = (uint64_t)ceil(bits / OPPORTUNITY_BITS);
    return needed > 0 ? opportunity_at(model, model->opportunity + needed - 1) : model->served_until;
}

/* The first of the queue is another one: it takes what the bucket has. */
static void begin_head(struct link_model *model)
{
    if (model->queue_count == 0)
        return;
    model->head_bits = (double)queue_head(model)->bytes * 8;
    double spent = fmin(model->bucket_bits, model->head_bits);
    model->bucket_bits -= spent;
    model->head_bits -= spent;
}

static void send_head(struct link_model *model, usec_t at)
{
    struct link_queued head = *queue_head(model);
    model->queue_first = (model->queue_first + 1) % model->queue_capacity;
    model->queue_count--;
    model->queue_bytes -= head.bytes;
    begin_head(model);
    propagate(model, head.number, head.bytes, at);
}

static void serve_by_rate(struct link_model *model, usec_t now)
{
    while (model->queue_count > 0) {
        usec_t done = sent_at(model, model->head_bits);
        if (done > now) {
            model->head_bits -= (double)(now - model->served_until) * model->config.rate_bps / 1e6;
            return;
        }
        model->served_until = done;
        send_head(model, done);
    }
    if (now > model->served_until)
        model->bucket_bits =
            fmin((double)model->config.bucket_bytes * 8,
                 model->bucket_bits + (double)(now - model->served_until) * model->config.rate_bps / 1e6);
}

static void use_opportunity(struct link_model *model, usec_t at)
{
    double left = OPPORTUNITY_BITS;
    while (model->queue_count > 0 && left >= model->head_bits) {
        left -= model->head_bits;
        send_head(model, at);
    }
    if (model->queue_count > 0)
        model->head_bits -= left;
}

/* An opportunity that finds nothing to send is gone. */
static void serve_by_trace(struct link_model *model, usec_t now)
{
    for (usec_t at; (at = opportunity_at(model, model->opportunity)) <= now; model->opportunity++) {
        if (model->queue_count > 0)
            use_opportunity(model, at);
        else
            model->opportunity += (uint64_t)((now - at) / link_trace_length(model->config.trace)) *
                                  model->config.trace->count; /* whole repetitions */
    }
}

/* Sends from the queue until `now`. */
static void serve(struct link_model *model, usec_t now)
{
    if (model->config.trace != NULL)
        serve_by_trace(model, now);
    else
        serve_by_rate(model, now);
    model->served_until = usec_max(model->served_until, now);
}

void link_model_set(struct link_model *model, const struct link_config *config, usec_t now)
{
    serve(model, now);
    if (config->trace != model->config.trace) {
        model->trace_start = now;
        model->opportunity = 0;
    }
    model->bucket_bits = fmin(model->bucket_bits, (double)config->bucket_bytes * 8);
    if (config->police_bytes != model->config.police_bytes)
        model->police_bits = (double)config->police_bytes * 8;
    model->config = *config;
    serve(model, now);
}

static double queued_bits(const struct link_model *model)
{
    if (model->queue_count == 0)
        return 0;
    return (double)(model->queue_bytes - queue_head(model)->bytes) * 8 + model->head_bits;
}

usec_t link_model_queue_time(const struct link_model *model)
{
    return model->queue_count > 0 ? sent_at(model, queued_bits(model)) - model->served_until : 0;
}

static void enqueue(struct link_model *model, uint64_t number, size_t bytes)
{
    if (model->queue_count == model->queue_capacity) {
        size_t capacity = model->queue_capacity > 0 ? model->queue_capacity * 2 : CAPACITY_FIRST;
        struct link_queued *queue = mem_array(capacity, sizeof *queue);
        for (size_t i = 0; i < model->queue_count; i++)
            queue[i] = model->queue[(model->queue_first + i) % model->queue_capacity];
        free(model->queue);
        model->queue = queue;
        model->queue_capacity = capacity;
        model->queue_first = 0;
    }
    model->queue[(model->queue_first + model->queue_count++) % model->queue_capacity] =
        (struct link_queued){number, bytes};
    model->queue_bytes += bytes;
    if (model->queue_count == 1)
        begin_head(model);
}

/* The policer's bucket has filled since it was last asked, and lets in what is in it. */
static bool is_let_in(struct link_model *model, size_t bytes, usec_t now)
{
    const struct link_config *config = &model->config;
    double bits = (double)bytes * 8;
    if (config->police_bps <= 0)
        return true;
    model->police_bits = fmin((double)config->police_bytes * 8,
                              model->police_bits + (double)(now - model->policed_at) * config->police_bps / 1e6);
    model->policed_at = now;
    if (model->police_bits < bits)
        return false;
    model->police_bits -= bits;
    return true;
}

bool link_model_push(struct link_model *model, uint64_t number, size_t bytes, usec_t now)
{
    const struct link_config *config = &model->config;
    serve(model, now);
    model->stats.offered++;
    if (!is_let_in(model, bytes, now)) {
        model->stats.policed++;
        return false;
    }
    usec_t wait = link_model_queue_time(model);
    /* A packet always fits an empty queue: the one being sent does not wait. */
    if (model->queue_count > 0 && ((config->queue_bytes > 0 && model->queue_bytes + bytes > config->queue_bytes) ||
                                   (config->queue_time > 0 && wait > config->queue_time))) {
        model->stats.queue_drops++;
        return false;
    }
    enqueue(model, number, bytes);
    model->stats.longest_queue = usec_max(model->stats.longest_queue, wait);
    serve(model, now);
    return true;
}

enum link_event link_model_pop(struct link_model *model, usec_t now, uint64_t *number, usec_t *at)
{
    serve(model, now);
    if (model->heap_count == 0 || model->heap[0].at > now)
        return LINK_NONE;
    struct link_arrival arrival = heap_pop(model);
    *number = arrival.number;
    *at = arrival.at;
    if (arrival.event == LINK_LOST) {
        model->stats.lost++;
        return LINK_LOST;
    }
    if (arrival.event == LINK_COPY)
        model->stats.copies++;
    else
        model->stats.delivered++;
    model->stats.delivered_bytes += arrival.bytes;
    return arrival.event;
}

usec_t link_model_next(const struct link_model *model)
{
    usec_t next = model->heap_count > 0 ? model->heap[0].at : USEC_NEVER;
    if (model->queue_count > 0)
        next = usec_min(next, sent_at(model, model->head_bits));
    return next;
}
