#include "client/rtp/decode_budget.h"

#include <math.h>
#include <stddef.h>

#define MEMORY (USEC_PER_SEC / 2)
#define ALL_MAX 0.75 /* of the thread */
#define ROOM 0.5
#define LOOK_INTERVAL (100 * USEC_PER_MSEC)
/* Between two that come back while there is time to spare: the cost of the first must show before the second. */
#define BACK_SPACING USEC_PER_SEC
#define TURN_SPACING (5 * USEC_PER_SEC) /* between two that come back in turn while there is no time to spare */
#define SILENCE USEC_PER_SEC

/* Microseconds; audio costs less than a hundredth of the thread. */
static const struct budget_limit limits[] = {
    [MEDIA_AUDIO] = {.per_second = USEC_PER_SEC / 8, .burst = USEC_PER_SEC / 4},
    [MEDIA_VIDEO] = {.per_second = USEC_PER_SEC / 2, .burst = USEC_PER_SEC},
};

void decode_budget_add(struct decode_budget *budget, struct decode_cost *cost, enum media_kind kind)
{
    *cost = (struct decode_cost){.kind = kind, .next = budget->costs};
    budget->costs = cost;
}

void decode_budget_remove(struct decode_budget *budget, struct decode_cost *cost)
{
    struct decode_cost **at = &budget->costs;
    while (*at != cost)
        at = &(*at)->next;
    *at = cost->next;
}

static double recent_cost(const struct decode_cost *cost, usec_t now)
{
    return cost->recent_us * exp((double)(cost->charged_at - now) / MEMORY);
}

/* Its share of the thread; at most its own limit, so that one stream alone never exceeds the limit of all. */
static double share_of(const struct decode_cost *cost, usec_t now)
{
    double most = (double)limits[cost->kind].per_second / USEC_PER_SEC;
    return cost->left_out_at != 0 ? 0 : fmin(recent_cost(cost, now) / MEMORY, most);
}

static void leave_out_costliest(struct decode_budget *budget, double sum, usec_t now)
{
    while (sum > ALL_MAX) {
        struct decode_cost *most = budget->costs;
        for (struct decode_cost *cost = most->next; cost != NULL; cost = cost->next)
            most = share_of(cost, now) > share_of(most, now) ? cost : most;
        sum -= share_of(most, now);
        most->left_out_at = budget->changed_at = now;
    }
}

static void take_back(struct decode_budget *budget, usec_t now)
{
    struct decode_cost *longest = NULL;
    for (struct decode_cost *cost = budget->costs; cost != NULL; cost = cost->next)
        if (cost->left_out_at != 0 && now - cost->asked_at < SILENCE &&
            (longest == NULL || cost->left_out_at < longest->left_out_at))
            longest = cost;
    if (longest == NULL)
        return;
    longest->left_out_at = 0;
    budget->changed_at = now;
}

static void look(struct decode_budget *budget, usec_t now)
{
    double sum = 0;
    for (const struct decode_cost *cost = budget->costs; cost != NULL; cost = cost->next)
        sum += share_of(cost, now);
    if (sum > ALL_MAX)
        leave_out_costliest(budget, sum, now);
    else if (now - budget->changed_at >= (sum < ROOM ? BACK_SPACING : TURN_SPACING))
        take_back(budget, now);
}

bool decode_budget_allows(struct decode_budget *budget, struct decode_cost *cost, usec_t now)
{
    cost->asked_at = now;
    if (now - budget->looked_at >= LOOK_INTERVAL) {
        budget->looked_at = now;
        look(budget, now);
    }
    return cost->left_out_at == 0 && !budget_is_spent(&cost->own, &limits[cost->kind], now);
}

void decode_budget_charge(struct decode_cost *cost, usec_t spent, usec_t now)
{
    if (spent <= 0)
        return;
    budget_charge(&cost->own, &limits[cost->kind], (uint64_t)spent, now);
    cost->recent_us = recent_cost(cost, now) + (double)spent;
    cost->charged_at = now;
}

bool decode_budget_leaves_out(const struct decode_budget *budget)
{
    for (const struct decode_cost *cost = budget->costs; cost != NULL; cost = cost->next)
        if (cost->kind == MEDIA_VIDEO && cost->left_out_at != 0)
            return true;
    return false;
}
