/* Feedback packets, transport-wide and RFC 8888. What was read from the first kind is written again, in as many parts
 * as it takes, and must say the same. */
#include <stddef.h>
#include <stdint.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/wire/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WRAP ((usec_t)1 << 24) * 64000 /* of the reference time */

static void compare(const struct rtcp_writer *writer, const struct twcc_status *status, size_t count)
{
    static struct twcc_feedback again;
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, writer->out, writer->length);
    CHECK(rtcp_next(&reader, &packet) == 1 && reader.length == 0);
    CHECK(twcc_read(&again, &packet) == 0);
    CHECK(again.count == count);
    for (size_t i = 0; i < count; i++) {
        CHECK(again.status[i].sequence == status[i].sequence);
        CHECK(again.status[i].received == status[i].received);
        CHECK((again.status[i].arrival - status[i].arrival) % (WRAP) == 0);
    }
}

static void write_again(const struct twcc_feedback *feedback, size_t capacity)
{
    static uint8_t out[8192];
    struct rtcp_writer writer;
    for (size_t done = 0; done < feedback->count;) {
        rtcp_writer_init(&writer, out, capacity);
        int count = twcc_write(&writer, 1, 2, 3, feedback->status + done, feedback->count - done);
        CHECK(writer.length <= capacity);
        if (count == ERR_NO_SPACE) {
            CHECK(writer.length == 0 && capacity < sizeof out);
            return;
        }
        CHECK(count > 0 && (size_t)count <= feedback->count - done);
        compare(&writer, feedback->status + done, (size_t)count);
        done += (size_t)count;
    }
}

static void try_ccfb(const struct rtcp_packet *packet)
{
    struct ccfb_status status[64];
    uint32_t now;
    int count = ccfb_read(packet, status, 64, &now);
    CHECK(count <= 64);
    for (int i = 0; i < count; i++)
        CHECK(status[i].arrival_before_report >= 0 && status[i].arrival_before_report < 8 * USEC_PER_SEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct twcc_feedback feedback;
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, size);
    while (rtcp_next(&reader, &packet) == 1) {
        if (twcc_read(&feedback, &packet) == 0) {
            CHECK(feedback.count <= TWCC_MAX_PACKETS);
            write_again(&feedback, 8192);
            write_again(&feedback, 20 + feedback.feedback_count);
        }
        try_ccfb(&packet);
    }
    return 0;
}
