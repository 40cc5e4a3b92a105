#include "signaling/process/admission.h"

#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

struct admission_address {
    size_t total, waiting;
};

struct admission_limits admission_limits_for(size_t total)
{
    size_t waiting = total / 2 > 0 ? total / 2 : 1;
    if (waiting > ADMISSION_WAITING_MAX)
        waiting = ADMISSION_WAITING_MAX;
    size_t of_address = total * 3 / 4 > 0 ? total * 3 / 4 : 1;
    return (struct admission_limits){.total = total,
                                     .address = of_address,
                                     .waiting = waiting,
                                     .waiting_per_address = waiting / 2 > 0 ? waiting / 2 : 1};
}

void admission_init(struct admission *admission, const struct admission_limits *limits)
{
    *admission = (struct admission){.limits = *limits};
    map_init(&admission->addresses);
}

void admission_fini(struct admission *admission)
{
    CHECK(admission->total == 0 && admission->addresses.count == 0);
    map_fini(&admission->addresses);
}

static void unlink_waiting(struct admission *admission, struct admission_entry *entry)
{
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        admission->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        admission->newest = entry->older;
    entry->older = entry->newer = NULL;
}

static void insert_newest(struct admission *admission, struct admission_entry *entry)
{
    entry->older = admission->newest;
    if (entry->older != NULL)
        entry->older->newer = entry;
    else
        admission->oldest = entry;
    admission->newest = entry;
}

static struct admission_entry *oldest_of(const struct admission *admission, uint64_t address)
{
    struct admission_entry *entry = admission->oldest;
    while (entry != NULL && entry->address != address)
        entry = entry->newer;
    return entry;
}

/* The entry to evict, so that one of this address can come in; NULL: there is none. */
static struct admission_entry *find_evicted(const struct admission *admission, const struct admission_address *of,
                                            uint64_t address)
{
    const struct admission_limits *limits = &admission->limits;
    if (of != NULL && (of->total >= limits->address || of->waiting >= limits->waiting_per_address))
        return oldest_of(admission, address);
    return admission->oldest;
}

static bool needs_place(const struct admission *admission, const struct admission_address *of)
{
    const struct admission_limits *limits = &admission->limits;
    return admission->total >= limits->total || admission->waiting >= limits->waiting ||
           (of != NULL && (of->total >= limits->address || of->waiting >= limits->waiting_per_address));
}

bool admission_enter(struct admission *admission, struct admission_entry *entry, uint64_t address,
                     struct admission_entry **evicted)
{
    struct admission_address *of = map_get(&admission->addresses, address);
    *evicted = NULL;
    if (needs_place(admission, of)) {
        *evicted = find_evicted(admission, of, address);
        if (*evicted == NULL) {
            admission->refused++;
            return false;
        }
        admission_leave(admission, *evicted);
        admission->evicted++;
        of = map_get(&admission->addresses, address);
    }
    if (of == NULL) {
        of = mem_alloc(sizeof *of);
        map_put(&admission->addresses, address, of);
    }
    of->total++;
    of->waiting++;
    admission->total++;
    admission->waiting++;
    *entry = (struct admission_entry){.address = address};
    insert_newest(admission, entry);
    return true;
}

void admission_touch(struct admission *admission, struct admission_entry *entry)
{
    if (entry->has_joined)
        return;
    unlink_waiting(admission, entry);
    insert_newest(admission, entry);
}

static void stop_waiting(struct admission *admission, struct admission_entry *entry, struct admission_address *of)
{
    unlink_waiting(admission, entry);
    admission->waiting--;
    of->waiting--;
}

void admission_joined(struct admission *admission, struct admission_entry *entry)
{
    if (entry->has_joined)
        return;
    stop_waiting(admission, entry, map_get(&admission->addresses, entry->address));
    entry->has_joined = true;
}

void admission_leave(struct admission *admission, struct admission_entry *entry)
{
    struct admission_address *of = map_get(&admission->addresses, entry->address);
    CHECK(of != NULL);
    if (!entry->has_joined)
        stop_waiting(admission, entry, of);
    admission->total--;
    if (--of->total == 0) {
        (void)map_remove(&admission->addresses, entry->address);
        free(of);
    }
}
