#include "signaling/hoard.h"

#include <stdbool.h>
#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

struct hoard_address {
    size_t bytes;
};

void hoard_init(struct hoard *hoard, const struct hoard_limits *limits)
{
    *hoard = (struct hoard){.limits = *limits};
    map_init(&hoard->addresses);
}

void hoard_fini(struct hoard *hoard)
{
    CHECK(hoard->bytes == 0 && hoard->addresses.count == 0);
    map_fini(&hoard->addresses);
}

static void insert_first(struct hoard *hoard, struct hoarder *hoarder)
{
    hoarder->next = hoard->first;
    if (hoarder->next != NULL)
        hoarder->next->before = hoarder;
    hoard->first = hoarder;
}

static void unlink_it(struct hoard *hoard, struct hoarder *hoarder)
{
    if (hoarder->before != NULL)
        hoarder->before->next = hoarder->next;
    else
        hoard->first = hoarder->next;
    if (hoarder->next != NULL)
        hoarder->next->before = hoarder->before;
    hoarder->next = hoarder->before = NULL;
}

/* Among the connections of one address, or (NULL) among all. */
static struct hoarder *find_largest(const struct hoard *hoard, const uint64_t *address)
{
    struct hoarder *largest = NULL;
    for (struct hoarder *hoarder = hoard->first; hoarder != NULL; hoarder = hoarder->next)
        if ((address == NULL || hoarder->address == *address) && (largest == NULL || hoarder->bytes > largest->bytes))
            largest = hoarder;
    return largest;
}

/* What its address holds now. */
static size_t count(struct hoard *hoard, const struct hoarder *hoarder, size_t bytes)
{
    struct hoard_address *of = map_get(&hoard->addresses, hoarder->address);
    if (of == NULL) {
        of = mem_alloc(sizeof *of);
        map_put(&hoard->addresses, hoarder->address, of);
    }
    hoard->bytes += bytes - hoarder->bytes;
    of->bytes += bytes - hoarder->bytes;
    if (of->bytes > 0)
        return of->bytes;
    (void)map_remove(&hoard->addresses, hoarder->address);
    free(of);
    return 0;
}

struct hoarder *hoard_set(struct hoard *hoard, struct hoarder *hoarder, size_t bytes)
{
    if (bytes == hoarder->bytes)
        return NULL;
    size_t of_address = count(hoard, hoarder, bytes);
    if (hoarder->bytes == 0)
        insert_first(hoard, hoarder);
    else if (bytes == 0)
        unlink_it(hoard, hoarder);
    bool has_grown = bytes > hoarder->bytes;
    hoarder->bytes = bytes;
    if (has_grown && of_address > hoard->limits.address)
        return find_largest(hoard, &hoarder->address);
    return has_grown && hoard->bytes > hoard->limits.all ? find_largest(hoard, NULL) : NULL;
}
