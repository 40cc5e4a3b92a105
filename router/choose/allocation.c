#include "router/choose/allocation.h"

/* In percent of the bitrate of what is to be shown. */
#define KEEP 95
#define GROW 110
#define GROW_CAUTIOUSLY 150

struct division {
    struct allocation_slot *slots;
    size_t order[ALLOCATION_SLOTS];
    size_t count;
    uint64_t left;
    const struct allocation_budget *budget;
};

static bool is_before(const struct allocation_slot *a, const struct allocation_slot *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->pixels > b->pixels;
}

/* Insertion sort: stable, and the slots are nearly always in order. */
static void sort(struct division *division)
{
    for (size_t i = 1; i < division->count; i++) {
        size_t moving = division->order[i], at = i;
        for (; at > 0 && is_before(&division->slots[moving], &division->slots[division->order[at - 1]]); at--)
            division->order[at] = division->order[at - 1];
        division->order[at] = moving;
    }
}

static uint64_t step_to(const struct allocation_slot *slot, int level)
{
    uint64_t has = slot->level >= 0 ? slot->levels[slot->level].bps : 0;
    return slot->levels[level].bps > has ? slot->levels[level].bps - has : 0;
}

/* How much bandwidth must be left for a step to `level`. */
static uint64_t room_for(const struct division *division, const struct allocation_slot *slot, int level)
{
    unsigned percent = division->budget->is_cautious ? GROW_CAUTIOUSLY : GROW;
    if (level <= slot->current)
        percent = division->budget->is_full ? 100 : KEEP;
    return step_to(slot, level) * percent / 100;
}

/* Takes the bandwidth for a step to `level` if it is left. */
static bool take(struct division *division, struct allocation_slot *slot, int level)
{
    uint64_t needs = step_to(slot, level);
    if (room_for(division, slot, level) > division->left)
        return false;
    division->left -= needs < division->left ? needs : division->left;
    slot->level = level;
    return true;
}

static void give_least(struct division *division)
{
    for (size_t i = 0; i < division->count; i++) {
        struct allocation_slot *slot = &division->slots[division->order[i]];
        slot->level = -1;
        if (slot->level_count == 0)
            continue;
        if (take(division, slot, 0) || division->budget->may_pause)
            continue;
        slot->level = 0;
        division->left = 0;
    }
}

/* Slots of one priority grow in turns, one step at a time. */
static void grow(struct division *division, size_t first, size_t end)
{
    bool has_grown = true;
    while (has_grown) {
        has_grown = false;
        for (size_t i = first; i < end; i++) {
            struct allocation_slot *slot = &division->slots[division->order[i]];
            for (int level = slot->level + 1; slot->level >= 0 && level < (int)slot->level_count; level++) {
                if (!take(division, slot, level))
                    continue;
                has_grown = true;
                break;
            }
        }
    }
}

/* The step that takes the least. */
static void find_next(const struct division *division, struct allocation_result *result)
{
    uint64_t used = division->budget->reserved_bps, least = UINT64_MAX, step = 0;
    for (size_t i = 0; i < division->count; i++) {
        const struct allocation_slot *slot = &division->slots[i];
        int next = slot->level + 1;
        if (slot->level >= 0)
            used += slot->levels[slot->level].bps;
        if (next == (int)slot->level_count || room_for(division, slot, next) >= least)
            continue;
        least = room_for(division, slot, next);
        step = step_to(slot, next);
    }
    result->next_bps = least != UINT64_MAX ? used + least : 0;
    result->next_used_bps = used + step;
}

struct allocation_result allocate(struct allocation_slot *slots, size_t count, const struct allocation_budget *budget)
{
    struct division division = {.slots = slots, .budget = budget};
    struct allocation_result result = {.target_bps = budget->reserved_bps};
    division.count = count < ALLOCATION_SLOTS ? count : ALLOCATION_SLOTS;
    division.left = budget->estimate_bps > budget->reserved_bps ? budget->estimate_bps - budget->reserved_bps : 0;
    for (size_t i = 0; i < division.count; i++) {
        division.order[i] = i;
        if (slots[i].level_count > 0)
            result.target_bps += slots[i].levels[slots[i].level_count - 1].bps;
    }
    sort(&division);
    give_least(&division);
    for (size_t first = 0, end; first < division.count; first = end) {
        for (end = first + 1;
             end < division.count && slots[division.order[end]].priority == slots[division.order[first]].priority;)
            end++;
        grow(&division, first, end);
    }
    find_next(&division, &result);
    return result;
}
