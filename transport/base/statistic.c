#include "transport/base/statistic.h"

#include <string.h>

#include "transport/base/check.h"

_Static_assert(sizeof(long) == sizeof(int64_t), "a long is what STATISTIC_I64 and STATISTIC_U64 are stored as");

bool statistic_is_integer(const struct statistic *statistic)
{
    return statistic->storage != STATISTIC_DOUBLE && statistic->divisor == 0;
}

/* As it is stored, of any storage. */
union stored {
    uint16_t u16;
    int i;
    unsigned u;
    int64_t i64;
    uint64_t u64;
    double number;
};

static union stored load(const struct statistic *statistic, const void *base)
{
    static const size_t sizes[] = {
        [STATISTIC_U16] = sizeof(uint16_t), [STATISTIC_INT] = sizeof(int),      [STATISTIC_UNSIGNED] = sizeof(unsigned),
        [STATISTIC_I64] = sizeof(int64_t),  [STATISTIC_U64] = sizeof(uint64_t), [STATISTIC_DOUBLE] = sizeof(double)};
    union stored stored;
    memcpy(&stored, (const char *)base + statistic->offset, sizes[statistic->storage]);
    return stored;
}

/* Of any storage but STATISTIC_DOUBLE. */
static int64_t whole(const struct statistic *statistic, union stored stored)
{
    switch (statistic->storage) {
    case STATISTIC_U16:
        return stored.u16;
    case STATISTIC_INT:
        return stored.i;
    case STATISTIC_UNSIGNED:
        return stored.u;
    case STATISTIC_I64:
        return stored.i64;
    case STATISTIC_U64:
        return stored.u64 < INT64_MAX ? (int64_t)stored.u64 : INT64_MAX;
    case STATISTIC_DOUBLE:
        break;
    }
    return 0;
}

int64_t statistic_integer(const struct statistic *statistic, const void *base)
{
    CHECK(statistic_is_integer(statistic));
    return whole(statistic, load(statistic, base));
}

double statistic_number(const struct statistic *statistic, const void *base)
{
    union stored stored = load(statistic, base);
    double number = statistic->storage == STATISTIC_DOUBLE ? stored.number
                    : statistic->storage == STATISTIC_U64  ? (double)stored.u64
                                                           : (double)whole(statistic, stored);
    return statistic->divisor > 0 ? number / statistic->divisor : number;
}
