#include "transport/base/statistic.h"

#include <string.h>

#include "transport/base/byte_cursor.h"
#include "transport/base/check.h"

_Static_assert(sizeof(long) == sizeof(int64_t), "a long is what STATISTIC_I64 and STATISTIC_U64 are stored as");

bool statistic_is_integer(const struct statistic *statistic)
{
    return statistic->storage != STATISTIC_DOUBLE && statistic->divisor == 0;
}

/* A stored number of any type. */
union stored {
    uint16_t u16;
    int i;
    unsigned u;
    int64_t i64;
    uint64_t u64;
    double number;
};

static const size_t stored_sizes[] = {
    [STATISTIC_U16] = sizeof(uint16_t), [STATISTIC_INT] = sizeof(int),      [STATISTIC_UNSIGNED] = sizeof(unsigned),
    [STATISTIC_I64] = sizeof(int64_t),  [STATISTIC_U64] = sizeof(uint64_t), [STATISTIC_DOUBLE] = sizeof(double)};

static union stored load(const struct statistic *statistic, const void *base)
{
    union stored stored;
    memcpy(&stored, (const char *)base + statistic->offset, stored_sizes[statistic->storage]);
    return stored;
}

/* Of any type but STATISTIC_DOUBLE. */
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

/* 64 bits that hold a number of any type. */
static uint64_t to_bits(const struct statistic *statistic, union stored stored)
{
    return statistic->storage == STATISTIC_DOUBLE || statistic->storage == STATISTIC_U64
               ? stored.u64
               : (uint64_t)whole(statistic, stored);
}

/* False: the number does not fit into its type. */
static bool from_bits(const struct statistic *statistic, uint64_t bits, union stored *stored)
{
    switch (statistic->storage) {
    case STATISTIC_U16:
        stored->u16 = (uint16_t)bits;
        break;
    case STATISTIC_INT:
        stored->i = (int)(int64_t)bits;
        break;
    case STATISTIC_UNSIGNED:
        stored->u = (unsigned)bits;
        break;
    case STATISTIC_I64:
    case STATISTIC_U64:
    case STATISTIC_DOUBLE:
        stored->u64 = bits;
        break;
    }
    return to_bits(statistic, *stored) == bits;
}

void statistics_write(const struct statistic_table *table, const void *base, struct byte_writer *writer)
{
    CHECK(table->count <= UINT8_MAX);
    write_u8(writer, (uint8_t)table->count);
    for (size_t i = 0; i < table->count; i++)
        write_u64(writer, to_bits(&table->rows[i], load(&table->rows[i], base)));
}

bool statistics_read(const struct statistic_table *table, void *base, struct byte_reader *reader)
{
    bool is_valid = read_u8(reader) == table->count;
    for (size_t i = 0; is_valid && i < table->count; i++) {
        const struct statistic *row = &table->rows[i];
        union stored stored;
        is_valid = from_bits(row, read_u64(reader), &stored);
        memcpy((char *)base + row->offset, &stored, stored_sizes[row->storage]);
    }
    return is_valid;
}
