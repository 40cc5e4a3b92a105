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

static void unlink_waiting(struct admission *admission, struct guest *guest)
{
    if (guest->older != NULL)
        guest->older->newer = guest->newer;
    else
        admission->oldest = guest->newer;
    if (guest->newer != NULL)
        guest->newer->older = guest->older;
    else
        admission->newest = guest->older;
    guest->older = guest->newer = NULL;
}

static void insert_newest(struct admission *admission, struct guest *guest)
{
    guest->older = admission->newest;
    if (guest->older != NULL)
        guest->older->newer = guest;
    else
        admission->oldest = guest;
    admission->newest = guest;
}

static struct guest *oldest_of(const struct admission *admission, uint64_t address)
{
    struct guest *guest = admission->oldest;
    while (guest != NULL && guest->address != address)
        guest = guest->newer;
    return guest;
}

/* The guest to evict, so that one of this address can come in; NULL: there is none. */
static struct guest *find_evicted(const struct admission *admission, const struct admission_address *of,
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

bool admission_enter(struct admission *admission, struct guest *guest, uint64_t address, struct guest **evicted)
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
    *guest = (struct guest){.address = address};
    insert_newest(admission, guest);
    return true;
}

void admission_touch(struct admission *admission, struct guest *guest)
{
    if (guest->has_joined)
        return;
    unlink_waiting(admission, guest);
    insert_newest(admission, guest);
}

static void stop_waiting(struct admission *admission, struct guest *guest, struct admission_address *of)
{
    unlink_waiting(admission, guest);
    admission->waiting--;
    of->waiting--;
}

void admission_joined(struct admission *admission, struct guest *guest)
{
    if (guest->has_joined)
        return;
    stop_waiting(admission, guest, map_get(&admission->addresses, guest->address));
    guest->has_joined = true;
}

void admission_leave(struct admission *admission, struct guest *guest)
{
    struct admission_address *of = map_get(&admission->addresses, guest->address);
    CHECK(of != NULL);
    if (!guest->has_joined)
        stop_waiting(admission, guest, of);
    admission->total--;
    if (--of->total == 0) {
        (void)map_remove(&admission->addresses, guest->address);
        free(of);
    }
}
