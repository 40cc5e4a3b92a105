/* Tables of statistics: for each number of a struct one row with its name, its meaning, and where it is. All outputs of
 * statistics are written from such tables. Reading a row allocates nothing. Pure. */
#ifndef HEDDLE_BASE_STATISTIC_H
#define HEDDLE_BASE_STATISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum statistic_kind {
    STATISTIC_COUNTER, /* only grows while its owner lives */
    STATISTIC_GAUGE,
};

enum statistic_storage {
    STATISTIC_U16,
    STATISTIC_INT,
    STATISTIC_UNSIGNED,
    STATISTIC_I64,
    STATISTIC_U64,
    STATISTIC_DOUBLE
};

struct byte_reader;
struct byte_writer;

struct statistic {
    const char *name;
    const char *help; /* one line of plain text */
    const char *unit; /* of the shown number: "packets", "ms"...; "": a plain number of what the name says */
    enum statistic_kind kind;
    enum statistic_storage storage;
    size_t offset;    /* in its struct, bytes */
    unsigned divisor; /* the stored number / this = the number in `unit` (1000: us as ms); 0: shown as stored */
};

/* The numbers of one kind of struct. */
struct statistic_table {
    size_t count;
    const struct statistic *rows;
};

/* clang-format off */
#define STATISTIC_STORAGE_OF(place)                                        \
    _Generic(place,                                                        \
        unsigned short: STATISTIC_U16,                                     \
        int: STATISTIC_INT,                                                \
        unsigned: STATISTIC_UNSIGNED,                                      \
        long: sizeof(long) == 8 ? STATISTIC_I64 : STATISTIC_INT,           \
        unsigned long: sizeof(long) == 8 ? STATISTIC_U64 : STATISTIC_UNSIGNED, \
        long long: STATISTIC_I64,                                          \
        unsigned long long: STATISTIC_U64,                                 \
        double: STATISTIC_DOUBLE)
/* clang-format on */

/* A row: COUNTER or GAUGE, the name, what it is in which struct (a field of a field is fine), divisor, unit, help. */
#define STATISTIC(kind, name, structure, field, divisor, unit, help)                                                   \
    {                                                                                                                  \
        name, help, unit, STATISTIC_##kind, STATISTIC_STORAGE_OF(((structure *)NULL)->field),                          \
            offsetof(structure, field), divisor                                                                        \
    }

#define STATISTIC_TABLE(array)                                                                                         \
    {                                                                                                                  \
        sizeof(array) / sizeof(array)[0], (array)                                                                      \
    }

/* Whether the shown number is an integer, so that statistic_integer() is exact. */
bool statistic_is_integer(const struct statistic *statistic);
/* `base` is the struct that the row's table is of. Beyond INT64_MAX: INT64_MAX. */
int64_t statistic_integer(const struct statistic *statistic, const void *base);
double statistic_number(const struct statistic *statistic, const void *base);

/* All numbers of the struct as they are stored, to another thread or process: how many (1 byte), then 8 bytes each in
 * network byte order (a double by its bits, IEEE 754). */
void statistics_write(const struct statistic_table *table, const void *base, struct byte_writer *writer);
/* False: written from a table of another length, or a number does not fit. */
bool statistics_read(const struct statistic_table *table, void *base, struct byte_reader *reader);

#endif
