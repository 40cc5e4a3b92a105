/* Budgets: how much of something one source may use over time. A source that must not hurt others (a participant, a
 * room, an address) has one for each kind of work that it can cause; what is over the budget is refused or dropped, and
 * counted.
 *
 * The algorithm is GCRA (the one of ATM's traffic contracts): one time stamp tells how far ahead of its rate a source
 * is, so a budget costs eight bytes and needs no timer. Pure. */
#ifndef HEDDLE_BASE_BUDGET_H
#define HEDDLE_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

/* `per_second` units on average (1 or more), and up to `burst` of them at once. burst / per_second is at
 * most an hour. */
struct budget_limit {
    uint64_t per_second;
    uint64_t burst;
};

/* Zeroed: nothing taken yet. */
struct budget {
    int64_t paid_ns; /* when the budget is full again */
};

/* Takes `units`. False: they are more than what is left; then nothing is taken. */
bool budget_take(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now);
/* Takes `units` even if that leaves a debt, for work whose cost is known only afterwards: budget_is_spent() tells
 * whether more of it may begin. The debt is at most one more burst. */
void budget_charge(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now);
/* Gives back `units` that were taken, or makes good for some that will be; never more than a full budget. */
void budget_give_back(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now);
bool budget_is_spent(const struct budget *budget, const struct budget_limit *limit, usec_t now);
/* How many units can be taken. */
uint64_t budget_left(const struct budget *budget, const struct budget_limit *limit, usec_t now);
/* When `units` can be taken; `now` if at once, USEC_NEVER if they are more than the burst. */
usec_t budget_when(const struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now);

/* A bounded number of budgets by key, for sources without an object of their own: mostly addresses. A place can be
 * reused as soon as its budget is full again. Keys that find no place share one budget, so that a flood of faked
 * addresses is limited as a whole, and sources that were there before are not disturbed. */
struct budget_table {
    struct budget_limit limit;
    size_t mask; /* places minus one */
    uint64_t seed;
    struct budget others;
    struct budget_place *places;
};

/* `places` is a power of two. `seed` makes the places of keys unpredictable. */
void budget_table_init(struct budget_table *table, size_t places, struct budget_limit limit, uint64_t seed);
void budget_table_fini(struct budget_table *table);
bool budget_table_take(struct budget_table *table, uint64_t key, uint64_t units, usec_t now);
/* The same as for one budget. */
void budget_table_charge(struct budget_table *table, uint64_t key, uint64_t units, usec_t now);
bool budget_table_is_spent(struct budget_table *table, uint64_t key, usec_t now);

struct sockaddr;
/* The key of an address: all of an IPv4 address (mapped ones, too), the first 64 bits of an IPv6 address, since one
 * household can use all of the rest. Ports don't count. 0: another family. */
uint64_t budget_key_of(const struct sockaddr *address);

#endif
