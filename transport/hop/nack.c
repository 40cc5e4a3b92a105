#include "transport/hop/nack.h"

#include <stdlib.h>

#include "transport/base/budget.h"
#include "transport/base/memory.h"
#include "transport/hop/rate_meter.h"
#include "transport/hop/repair_window.h"

#define ATTEMPTS_MAX 10
#define AGE_MAX USEC_PER_SEC
#define SPACING_MIN (20 * USEC_PER_MSEC)
#define SPACING_MAX (500 * USEC_PER_MSEC)
#define REORDER_WAIT_MAX (25 * USEC_PER_MSEC)
#define RUNS_LEAST 16 /* most paths lose little */
#define RUNS_KEPT 64  /* runs whose memory is kept when nothing is missing any more */
#define RTT_START (100 * USEC_PER_MSEC)
/* Requests a second: half as many as packets received. A slow or new stream may ask for some more. */
#define SHARE 2
#define SHARE_FRUGAL 16
#define REQUESTS_LEAST 64
#define REQUESTS_LEAST_FRUGAL 8
#define WORDS (REPAIR_WINDOW / 64)

/* Consecutive packets that were found missing at the same time, and are asked for together. */
struct run {
    int64_t first, last;
    int64_t ask_from; /* of this round; earlier ones have been asked for */
    usec_t since, next, asked_first;
    unsigned attempts, missing; /* how many of them are still missing */
};

struct nack {
    bool started, given_up, is_frugal;
    int64_t newest;
    usec_t rtt;
    usec_t answer;       /* how long answers take; 0: not known */
    usec_t reorder_wait; /* how late packets come on this path without being lost */
    usec_t next;         /* when the earliest run is due, or earlier */
    struct rate_meter meter;
    struct budget budget;
    uint64_t held_back;
    size_t missing;
    uint64_t is_missing[WORDS]; /* bits, by number modulo the window */
    size_t head, count, capacity;
    struct run *runs; /* ascending; those before `head` are finished */
};

struct nack *nack_new(void)
{
    struct nack *nack = mem_alloc(sizeof *nack);
    nack->rtt = RTT_START;
    nack->next = USEC_NEVER;
    return nack;
}

void nack_free(struct nack *nack)
{
    if (nack != NULL)
        free(nack->runs);
    free(nack);
}

void nack_set_frugal(struct nack *nack, bool is_frugal)
{
    nack->is_frugal = is_frugal;
}

void nack_set_rtt(struct nack *nack, usec_t rtt)
{
    nack->rtt = rtt;
}

uint64_t nack_held_back(const struct nack *nack)
{
    return nack->held_back;
}

/* Nothing is missing any more: drops the runs, and gives back memory that a burst of losses needed. */
static void end_runs(struct nack *nack)
{
    nack->head = nack->count = 0;
    nack->next = USEC_NEVER;
    if (nack->capacity <= RUNS_KEPT)
        return;
    free(nack->runs);
    nack->runs = NULL;
    nack->capacity = 0;
}

void nack_reset(struct nack *nack)
{
    for (size_t i = 0; i < WORDS; i++)
        nack->is_missing[i] = 0;
    nack->missing = 0;
    end_runs(nack);
}

/* The bits of one word that stand for numbers from `from` up to `to`, and where it begins. */
static uint64_t bits_of(int64_t from, int64_t to, int64_t *after)
{
    unsigned low = (unsigned)from & 63;
    int64_t end = from - low + 64;
    *after = end <= to ? end : to + 1;
    uint64_t bits = UINT64_MAX << low;
    return end > to + 1 ? bits & UINT64_MAX >> (end - to - 1) : bits;
}

static uint64_t *word_of(struct nack *nack, int64_t sequence)
{
    return &nack->is_missing[(uint64_t)sequence / 64 % WORDS];
}

static void set_missing(struct nack *nack, int64_t from, int64_t to)
{
    for (int64_t after; from <= to; from = after) {
        uint64_t bits = bits_of(from, to, &after);
        *word_of(nack, from) |= bits;
    }
}

static unsigned clear_missing(struct nack *nack, int64_t from, int64_t to)
{
    unsigned count = 0;
    for (int64_t after; from <= to; from = after) {
        uint64_t bits = bits_of(from, to, &after), *word = word_of(nack, from);
        count += (unsigned)__builtin_popcountll(*word & bits);
        *word &= ~bits;
    }
    return count;
}

/* The first that is missing from `from` up to `to`; to + 1: none. */
static int64_t next_missing(struct nack *nack, int64_t from, int64_t to)
{
    for (int64_t after; from <= to; from = after) {
        uint64_t bits = bits_of(from, to, &after) & *word_of(nack, from);
        if (bits != 0)
            return (from & ~INT64_C(63)) + __builtin_ctzll(bits);
    }
    return to + 1;
}

/* After several requests it is not known which one was answered: it may be the first, if answers take longer than
 * assumed. Such samples have little weight, so that on a path that loses many answers those to a single request count
 * more. */
static void learn_answer(struct nack *nack, const struct run *run, usec_t now)
{
    usec_t answer = now - run->asked_first;
    int weight = run->attempts == 1 ? 4 : 16;
    if (run->attempts > 0)
        nack->answer = nack->answer == 0 ? answer : nack->answer + (answer - nack->answer) / weight;
}

/* A missing packet came. If it is too early to be an answer, the path has reordered packets. */
static void learn(struct nack *nack, const struct run *run, usec_t now)
{
    usec_t late = now - run->since;
    if (late >= nack->rtt * 3 / 4)
        nack->reorder_wait -= nack->reorder_wait / 16;
    else if (late > nack->reorder_wait)
        nack->reorder_wait = usec_min(late + late / 4, REORDER_WAIT_MAX);
    learn_answer(nack, run, now);
}

static struct run *find_run(struct nack *nack, int64_t sequence)
{
    size_t low = nack->head, high = nack->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (nack->runs[middle].first <= sequence)
            low = middle;
        else
            high = middle;
    }
    return &nack->runs[low];
}

static void arrived(struct nack *nack, int64_t sequence, usec_t now)
{
    if (nack->newest - sequence >= REPAIR_WINDOW || clear_missing(nack, sequence, sequence) == 0)
        return;
    struct run *run = find_run(nack, sequence);
    learn(nack, run, now);
    run->missing--;
    if (--nack->missing == 0)
        end_runs(nack);
}

static void give_up(struct nack *nack, struct run *run, int64_t to)
{
    unsigned count = clear_missing(nack, run->first, to < run->last ? to : run->last);
    nack->given_up = nack->given_up || count > 0;
    nack->missing -= count;
    run->missing -= count;
    run->first = to + 1;
    if (run->ask_from < run->first)
        run->ask_from = run->first;
}

/* Gives up packets that are behind the window. */
static void move_window(struct nack *nack, int64_t newest)
{
    int64_t gone = newest - REPAIR_WINDOW;
    nack->newest = newest;
    while (nack->head < nack->count) {
        struct run *run = &nack->runs[nack->head];
        if (run->missing > 0 && run->first <= gone)
            give_up(nack, run, gone);
        if (run->missing > 0)
            break;
        nack->head++;
    }
    if (nack->missing == 0 && nack->count > 0)
        end_runs(nack);
}

static void drop_ended_runs(struct nack *nack)
{
    size_t kept = 0;
    for (size_t i = nack->head; i < nack->count; i++)
        if (nack->runs[i].missing > 0)
            nack->runs[kept++] = nack->runs[i];
    nack->head = 0;
    nack->count = kept;
}

static void add_run(struct nack *nack, int64_t first, int64_t last, usec_t now)
{
    if (nack->count == nack->capacity)
        drop_ended_runs(nack);
    if (nack->count * 2 >= nack->capacity) {
        nack->capacity = nack->capacity * 2 < RUNS_LEAST ? RUNS_LEAST : nack->capacity * 2;
        nack->runs = mem_resize(nack->runs, nack->capacity, sizeof *nack->runs);
    }
    usec_t next = now + nack->reorder_wait;
    nack->runs[nack->count++] = (struct run){.first = first,
                                             .last = last,
                                             .ask_from = first,
                                             .since = now,
                                             .next = next,
                                             .missing = (unsigned)(last - first + 1)};
    nack->missing += (size_t)(last - first + 1);
    nack->next = usec_min(nack->next, next);
    set_missing(nack, first, last);
}

bool nack_packet(struct nack *nack, int64_t sequence, usec_t now)
{
    rate_meter_add(&nack->meter, 1, now);
    if (!nack->started) {
        nack->started = true;
        nack->newest = sequence;
        return false;
    }
    if (sequence <= nack->newest) {
        arrived(nack, sequence, now);
        return false;
    }
    int64_t first = nack->newest + 1, gap = sequence - first;
    if (gap + (int64_t)nack->missing > REPAIR_GAP_MAX) {
        nack_reset(nack);
        nack->newest = sequence;
        return true;
    }
    move_window(nack, sequence);
    if (gap > 0)
        add_run(nack, first, sequence - 1, now);
    return false;
}

/* A little more than the time of answers, else half of the packets would be asked for twice. */
static usec_t spacing_of(const struct nack *nack)
{
    usec_t answer = nack->answer + nack->answer / 8;
    return usec_min(usec_max(usec_max(nack->rtt, answer), SPACING_MIN), SPACING_MAX);
}

static void give_up_old(struct nack *nack, usec_t now)
{
    bool is_unanswered = false;
    for (size_t i = nack->head; i < nack->count; i++) {
        struct run *run = &nack->runs[i];
        bool is_tried = run->attempts >= ATTEMPTS_MAX && run->next <= now;
        if (run->missing == 0 || (!is_tried && now - run->since <= AGE_MAX))
            continue;
        is_unanswered = is_unanswered || is_tried;
        give_up(nack, run, run->last);
    }
    if (is_unanswered) /* they might have come later */
        nack->answer = usec_min(2 * spacing_of(nack), SPACING_MAX);
    drop_ended_runs(nack);
    if (nack->missing == 0)
        end_runs(nack);
}

static struct budget_limit limit_of(const struct nack *nack, usec_t now)
{
    uint64_t packets = rate_meter_bps(&nack->meter, now) / 8; /* it counts one "byte" for each */
    uint64_t share = packets / (nack->is_frugal ? SHARE_FRUGAL : SHARE);
    uint64_t least = nack->is_frugal ? REQUESTS_LEAST_FRUGAL : REQUESTS_LEAST;
    uint64_t per_second = share > least ? share : least;
    return (struct budget_limit){per_second, per_second / 2 > least ? per_second / 2 : least};
}

/* Asks for the rest of the run's round. False: there is no room, or no budget, for more. */
static bool ask(struct nack *nack, struct run *run, uint16_t *lost, size_t *count, size_t capacity,
                const struct budget_limit *limit, usec_t now)
{
    int64_t sequence;
    while ((sequence = next_missing(nack, run->ask_from, run->last)) <= run->last) {
        if (*count == capacity)
            return false;
        if (!budget_take(&nack->budget, limit, 1, now)) {
            nack->held_back++;
            return false;
        }
        lost[(*count)++] = (uint16_t)sequence;
        run->ask_from = sequence + 1;
    }
    run->ask_from = run->first;
    run->next = now + spacing_of(nack);
    if (run->attempts++ == 0)
        run->asked_first = now;
    return true;
}

static void find_next(struct nack *nack, const struct budget_limit *limit, usec_t now)
{
    usec_t allowed = budget_when(&nack->budget, limit, 1, now);
    nack->next = USEC_NEVER;
    for (size_t i = nack->head; i < nack->count; i++) {
        const struct run *run = &nack->runs[i];
        usec_t next = usec_min(usec_max(run->next, allowed), run->since + AGE_MAX + 1);
        nack->next = usec_min(nack->next, next);
    }
}

size_t nack_due(struct nack *nack, uint16_t *lost, size_t capacity, usec_t now)
{
    size_t count = 0;
    if (nack->missing == 0 || now < nack->next)
        return 0;
    const struct budget_limit limit = limit_of(nack, now);
    give_up_old(nack, now);
    for (size_t i = nack->head; i < nack->count; i++)
        if (nack->runs[i].next <= now && !ask(nack, &nack->runs[i], lost, &count, capacity, &limit, now))
            break;
    find_next(nack, &limit, now);
    return count;
}

usec_t nack_next(const struct nack *nack)
{
    return nack->missing > 0 ? nack->next : USEC_NEVER;
}

bool nack_take_given_up(struct nack *nack)
{
    bool given_up = nack->given_up;
    nack->given_up = false;
    return given_up;
}
