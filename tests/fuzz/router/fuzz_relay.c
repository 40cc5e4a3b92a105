/* A core with a viewer and a publisher of its own, that is relayed to one other core; and that other one, which says
 * whatever it likes. The input is a list of {from and milliseconds: 1 byte, length: 2 bytes, message}. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "router/relay.h"
#include "transport/base/bytes.h"

#define WALL INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct media line(const char *mid, bool is_sent)
{
    struct media media = {.kind = MEDIA_VIDEO, .receive = !is_sent, .send = is_sent, .codec_count = 1};
    snprintf(media.mid, sizeof media.mid, "%s", mid);
    media.codecs[0] = (struct media_codec){.codec = CODEC_VP8,
                                           .payload_type = 96,
                                           .rtx_payload_type = 97,
                                           .clock_rate = 90000,
                                           .channels = 1,
                                           .nack = true,
                                           .pli = true};
    media.send_ssrc = is_sent ? 1000 : 0;
    media.send_rtx_ssrc = is_sent ? 1001 : 0;
    media.encoding_count = is_sent ? 0 : 3;
    return media;
}

static void join(struct router *router, usec_t now)
{
    static const struct router_send sends[] = {{"v", "camera", false}};
    static const struct router_receive receives[] = {{"w", "p/camera"}};
    struct participant *publisher, *viewer;
    struct media up = line("v", false), down = line("w", true);
    router_join(router, &publisher, "room", "q", 1, now);
    participant_configure(publisher, &up, 1, sends, 1, NULL, 0, now);
    participant_set_ready(publisher, true, now);
    participant_relay_to(publisher, &(struct relay_endpoints){.count = 1, .numbers = {0}}, now);
    router_join(router, &viewer, "room", "s", 2, now);
    participant_configure(viewer, &down, 1, NULL, 0, receives, 1, now);
    participant_set_ready(viewer, true, now);
}

static void flush(struct router *router, bool is_taken, usec_t now)
{
    struct participant *participant;
    struct router_event event;
    struct relay_outgoing outgoing;
    uint8_t out[PACKET_CAPACITY];
    while (router_poll_relay(router, &outgoing))
        router_relay_sent(router, is_taken);
    while ((participant = router_poll(router)) != NULL) {
        const struct egress *items;
        size_t count = participant_egress(participant, &items, now);
        for (size_t i = 0; i < count; i++)
            participant_write(participant, &items[i], out, now);
        participant_sent(participant, now);
        while (participant_poll_rtcp(participant, out, sizeof out) > 0)
            ;
    }
    while (router_poll_event(router, &event))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct router *router = router_new(&(struct router_config){.packet_limit = 256}, 1);
    usec_t now = USEC_PER_SEC;
    join(router, now);
    while (size >= 3) {
        size_t length = get_u16(data + 1);
        unsigned from = data[0] & 1;
        now += usec_from_ms(data[0] >> 1);
        data += 3;
        size -= 3;
        if (length > size)
            length = size;
        (void)router_take_relay(router, from, data, length, now);
        data += length;
        size -= length;
        if (router_next(router) <= now)
            router_timeout(router, now, WALL + now);
        flush(router, length % 2 == 0, now);
    }
    router_free(router);
    return 0;
}
