#include "transport/hop/remb.h"

#include <stdbool.h>
#include <stdlib.h>

#include "transport/base/memory.h"

#define LISTS_MAX 32

struct list {
    uint64_t bps; /* 0: the place is free */
    usec_t at;
};

struct listed {
    uint32_t ssrc;
    uint8_t list;
};

struct remb {
    struct list lists[LISTS_MAX];
    struct listed listed[REMB_SSRCS_MAX];
    size_t listed_count;
};

struct remb *remb_new(void)
{
    return mem_alloc(sizeof(struct remb));
}

void remb_free(struct remb *remb)
{
    free(remb);
}

/* Forgets streams whose lists have been replaced or are too old. */
static void tidy(struct remb *remb)
{
    size_t kept = 0;
    for (size_t i = 0; i < remb->listed_count; i++)
        if (remb->lists[remb->listed[i].list].bps != 0)
            remb->listed[kept++] = remb->listed[i];
    remb->listed_count = kept;
}

static void expire(struct remb *remb, usec_t now)
{
    for (size_t i = 0; i < LISTS_MAX; i++)
        if (remb->lists[i].bps != 0 && now - remb->lists[i].at >= REMB_LIFETIME)
            remb->lists[i].bps = 0;
    tidy(remb);
}

static bool has(const uint32_t *ssrcs, size_t count, uint32_t ssrc)
{
    for (size_t i = 0; i < count; i++)
        if (ssrcs[i] == ssrc)
            return true;
    return false;
}

static bool is_about_all(const struct remb *remb, size_t list)
{
    for (size_t i = 0; i < remb->listed_count; i++)
        if (remb->listed[i].list == list)
            return false;
    return true;
}

static void replace(struct remb *remb, const uint32_t *ssrcs, size_t count)
{
    for (size_t i = 0; i < LISTS_MAX; i++)
        if (count == 0 || is_about_all(remb, i))
            remb->lists[i].bps = 0;
    for (size_t i = 0; i < remb->listed_count; i++)
        if (has(ssrcs, count, remb->listed[i].ssrc))
            remb->lists[remb->listed[i].list].bps = 0;
    tidy(remb);
}

/* A free place, or else that of the oldest. */
static size_t find_place(struct remb *remb)
{
    size_t oldest = 0;
    for (size_t i = 0; i < LISTS_MAX; i++) {
        if (remb->lists[i].bps == 0)
            return i;
        if (remb->lists[i].at < remb->lists[oldest].at)
            oldest = i;
    }
    remb->lists[oldest].bps = 0;
    tidy(remb);
    return oldest;
}

void remb_put(struct remb *remb, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now)
{
    expire(remb, now);
    replace(remb, ssrcs, count);
    size_t place = find_place(remb);
    if (count > 0 && remb->listed_count == REMB_SSRCS_MAX)
        return; /* the list has more streams than a connection can have */
    remb->lists[place] = (struct list){bitrate_bps > 0 ? bitrate_bps : 1, now};
    for (size_t i = 0; i < count && remb->listed_count < REMB_SSRCS_MAX; i++)
        remb->listed[remb->listed_count++] = (struct listed){ssrcs[i], (uint8_t)place};
}

uint64_t remb_bps(struct remb *remb, usec_t now)
{
    uint64_t sum = 0;
    expire(remb, now);
    for (size_t i = 0; i < LISTS_MAX; i++)
        sum = sum + remb->lists[i].bps < sum ? UINT64_MAX : sum + remb->lists[i].bps;
    return sum;
}

usec_t remb_next(const struct remb *remb)
{
    usec_t next = USEC_NEVER;
    for (size_t i = 0; i < LISTS_MAX; i++)
        if (remb->lists[i].bps != 0)
            next = usec_min(next, remb->lists[i].at + REMB_LIFETIME);
    return next;
}

int remb_write(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps, const struct remb_line *lines,
               size_t count)
{
    size_t before = writer->length;
    int error = 0;
    for (size_t i = 0; i < count && error == 0; i++)
        error = rtcp_write_remb(writer, sender_ssrc, bitrate_bps / count, lines[i].ssrcs, lines[i].count);
    if (count > 1 && error == 0)
        error = rtcp_write_remb(writer, sender_ssrc, bitrate_bps, NULL, 0);
    if (error != 0)
        writer->length = before;
    return error;
}
