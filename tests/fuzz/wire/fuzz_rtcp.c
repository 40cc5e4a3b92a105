/* A compound RTCP packet is walked and every reader tried on every part; what they read is written and read again. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/wire/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOST_MAX 1024

static uint8_t out[8192];

/* What was written is one packet, and the whole of it. */
static struct rtcp_packet written(const struct rtcp_writer *writer)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, writer->out, writer->length);
    CHECK(rtcp_next(&reader, &packet) == 1);
    CHECK(packet.length == writer->length && reader.length == 0);
    return packet;
}

static void try_reports(const struct rtcp_packet *packet)
{
    struct rtcp_writer writer;
    struct rtcp_sender_info info;
    struct rtcp_report_block blocks[31];
    unsigned count = 0;
    bool is_sr = rtcp_read_sr(packet, &info) == 0;
    while (count < 31 && rtcp_read_report(packet, count, &blocks[count]) == 0)
        count++;
    if (!is_sr && count == 0)
        return;
    rtcp_writer_init(&writer, out, sizeof out);
    CHECK((is_sr ? rtcp_write_sr(&writer, &info, blocks, count) : rtcp_write_rr(&writer, 1, blocks, count)) == 0);
    struct rtcp_packet copy = written(&writer);
    /* Byte for byte, but for the header: a report may be followed by extensions, which are not kept. */
    size_t skip = is_sr ? 4 : 8;
    CHECK(memcmp(copy.data + skip, packet->data + skip, copy.length - skip) == 0);
}

static void mark(uint8_t *set, const uint16_t *lost, int count)
{
    memset(set, 0, 65536 / 8);
    for (int i = 0; i < count; i++)
        set[lost[i] / 8] = (uint8_t)(set[lost[i] / 8] | 1u << lost[i] % 8);
}

/* A sender may name a packet twice; the written form holds each once. So sets are compared. */
static void try_nack(const struct rtcp_packet *packet)
{
    static uint8_t before[65536 / 8], after[65536 / 8];
    uint16_t lost[LOST_MAX];
    struct rtcp_writer writer;
    uint32_t sender, media;
    int count = rtcp_read_nack(packet, lost, LOST_MAX);
    if (count <= 0)
        return;
    CHECK(rtcp_read_feedback(packet, &sender, &media) == 0);
    mark(before, lost, count);
    rtcp_writer_init(&writer, out, sizeof out);
    CHECK(rtcp_write_nack(&writer, sender, media, lost, (size_t)count) == 0);
    struct rtcp_packet copy = written(&writer);
    count = rtcp_read_nack(&copy, lost, LOST_MAX);
    CHECK(count > 0);
    mark(after, lost, count);
    CHECK(memcmp(before, after, sizeof before) == 0);
}

static void try_ssrcs(const struct rtcp_packet *packet)
{
    uint32_t ssrcs[8], again[2];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, sizeof out);
    int count = rtcp_read_fir(packet, ssrcs, 8);
    CHECK(count <= 8);
    if (count > 0) {
        CHECK(rtcp_write_fir(&writer, 1, ssrcs[0], 7) == 0);
        struct rtcp_packet copy = written(&writer);
        CHECK(rtcp_read_fir(&copy, again, 2) == 1 && again[0] == ssrcs[0]);
    }
    rtcp_writer_init(&writer, out, sizeof out);
    count = rtcp_read_bye(packet, ssrcs, 8);
    CHECK(count <= 8);
    if (count > 0) {
        CHECK(rtcp_write_bye(&writer, ssrcs[0]) == 0);
        struct rtcp_packet copy = written(&writer);
        CHECK(rtcp_read_bye(&copy, again, 2) == 1 && again[0] == ssrcs[0]);
    }
}

static void try_remb(const struct rtcp_packet *packet)
{
    uint32_t ssrcs[REMB_SSRCS_MAX], ssrcs_again[REMB_SSRCS_MAX];
    struct rtcp_writer writer;
    uint64_t bps, again;
    int count = rtcp_read_remb(packet, &bps, ssrcs, REMB_SSRCS_MAX);
    if (count < 0)
        return;
    CHECK(count <= REMB_SSRCS_MAX && 20 + 4 * (size_t)count <= packet->length);
    rtcp_writer_init(&writer, out, sizeof out);
    CHECK(rtcp_write_remb(&writer, 1, bps, ssrcs, (unsigned)count) == 0);
    struct rtcp_packet copy = written(&writer);
    CHECK(rtcp_read_remb(&copy, &again, ssrcs_again, REMB_SSRCS_MAX) == count && again == bps);
    CHECK(memcmp(ssrcs, ssrcs_again, 4 * (size_t)count) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, size);
    for (size_t left = size; rtcp_next(&reader, &packet) == 1; left = reader.length) {
        CHECK(packet.data == data + (size - left));
        CHECK(packet.length >= 4 && packet.length <= left - reader.length);
        try_reports(&packet);
        try_nack(&packet);
        try_ssrcs(&packet);
        try_remb(&packet);
    }
    return 0;
}
