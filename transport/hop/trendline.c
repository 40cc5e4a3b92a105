#include "transport/hop/trendline.h"

#include <math.h>

#define BURST (5 * USEC_PER_MSEC)
#define BURST_MAX (100 * USEC_PER_MSEC)
#define SMOOTHING 0.9
#define GAIN 4.0
#define DELTAS_MAX 60
#define THRESHOLD_START 12.5
#define THRESHOLD_MIN 6.0
#define THRESHOLD_MAX 600.0
#define THRESHOLD_UP 0.0087
#define THRESHOLD_DOWN 0.039
#define THRESHOLD_OUTLIER 15.0
#define OVERUSE_TIME_MS 10.0
#define SILENCE (3 * USEC_PER_SEC)

void trendline_init(struct trendline *trendline)
{
    *trendline = (struct trendline){.threshold = THRESHOLD_START};
}

static void restart(struct trendline *trendline)
{
    trendline->has_group = trendline->has_previous = false;
    trendline->count = trendline->next = 0;
    trendline->deltas = 0;
    trendline->last_trend = trendline->overuse_ms = 0;
    trendline->overuses = 0;
    trendline->usage = LINK_NORMAL;
}

void trendline_pause(struct trendline *trendline, bool paused)
{
    if (paused != trendline->is_paused)
        restart(trendline);
    trendline->is_paused = paused;
}

static double slope(const struct trendline *trendline)
{
    double mean_x = 0, mean_y = 0, numerator = 0, denominator = 0;
    for (size_t i = 0; i < trendline->count; i++) {
        mean_x += trendline->at_ms[i];
        mean_y += trendline->delay_ms[i];
    }
    mean_x /= (double)trendline->count;
    mean_y /= (double)trendline->count;
    for (size_t i = 0; i < trendline->count; i++) {
        double x = trendline->at_ms[i] - mean_x;
        numerator += x * (trendline->delay_ms[i] - mean_y);
        denominator += x * x;
    }
    return denominator > 0 ? numerator / denominator : 0;
}

static void adapt(struct trendline *trendline, double trend, usec_t arrival)
{
    double size = fabs(trend);
    double elapsed_ms = (double)(arrival - trendline->last_update) / USEC_PER_MSEC;
    bool is_first = trendline->last_update == 0;
    trendline->last_update = arrival;
    if (is_first || size > trendline->threshold + THRESHOLD_OUTLIER)
        return;
    double rate = size < trendline->threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
    trendline->threshold += rate * (size - trendline->threshold) * fmin(fmax(elapsed_ms, 0), 100);
    trendline->threshold = fmin(fmax(trendline->threshold, THRESHOLD_MIN), THRESHOLD_MAX);
}

static void detect(struct trendline *trendline, double trend, double sent_ms, usec_t arrival)
{
    double scaled = trend * fmin(trendline->deltas, DELTAS_MAX) * GAIN;
    if (scaled > trendline->threshold) {
        trendline->overuse_ms += trendline->overuses == 0 ? sent_ms / 2 : sent_ms;
        trendline->overuses++;
        if (trendline->overuse_ms > OVERUSE_TIME_MS && trendline->overuses > 1 && trend >= trendline->last_trend) {
            trendline->overuse_ms = 0;
            trendline->overuses = 0;
            trendline->usage = LINK_OVERUSE;
        }
    } else {
        trendline->overuse_ms = 0;
        trendline->overuses = 0;
        trendline->usage = scaled < -trendline->threshold ? LINK_UNDERUSE : LINK_NORMAL;
    }
    trendline->last_trend = trend;
    adapt(trendline, scaled, arrival);
}

static void add_delta(struct trendline *trendline, double sent_ms, usec_t arrival)
{
    usec_t delay = arrival - trendline->last_sent;
    if (!trendline->has_origin)
        trendline->origin_delay = delay;
    trendline->has_origin = true;
    double grown_ms = (double)(delay - trendline->origin_delay) / USEC_PER_MSEC;
    trendline->smoothed_ms = SMOOTHING * trendline->smoothed_ms + (1 - SMOOTHING) * grown_ms;
    if (trendline->is_paused)
        return;
    trendline->deltas++;
    if (trendline->count == 0)
        trendline->origin = arrival;
    trendline->at_ms[trendline->next] = (double)(arrival - trendline->origin) / USEC_PER_MSEC;
    trendline->delay_ms[trendline->next] = trendline->smoothed_ms;
    trendline->next = (trendline->next + 1) % TRENDLINE_WINDOW;
    if (trendline->count < TRENDLINE_WINDOW)
        trendline->count++;
    detect(trendline, trendline->count == TRENDLINE_WINDOW ? slope(trendline) : 0, sent_ms, arrival);
}

static bool belongs(const struct trendline *trendline, usec_t sent, usec_t arrival)
{
    if (sent - trendline->first_sent <= BURST)
        return true;
    /* Packets that were held up and arrived together say nothing about a queue. */
    usec_t arrival_delta = arrival - trendline->last_arrival;
    usec_t propagation = arrival_delta - (sent - trendline->last_sent);
    return propagation < 0 && arrival_delta <= BURST && arrival - trendline->first_arrival < BURST_MAX;
}

static void finish_group(struct trendline *trendline)
{
    if (trendline->has_previous)
        add_delta(trendline, (double)(trendline->last_sent - trendline->previous_sent) / USEC_PER_MSEC,
                  trendline->last_arrival);
    trendline->previous_sent = trendline->last_sent;
    trendline->has_previous = true;
}

void trendline_packet(struct trendline *trendline, usec_t sent, usec_t arrival)
{
    if (trendline->has_group && (sent - trendline->last_sent > SILENCE || arrival - trendline->last_arrival < -SILENCE))
        restart(trendline);
    if (!trendline->has_group) {
        trendline->first_sent = trendline->last_sent = sent;
        trendline->first_arrival = trendline->last_arrival = arrival;
        trendline->has_group = true;
        return;
    }
    if (sent < trendline->first_sent)
        return; /* an older packet that arrived late */
    if (!belongs(trendline, sent, arrival)) {
        finish_group(trendline);
        trendline->first_sent = sent;
        trendline->first_arrival = trendline->last_arrival = arrival;
    }
    trendline->last_sent = usec_max(trendline->last_sent, sent);
    trendline->last_arrival = usec_max(trendline->last_arrival, arrival);
}
