/* A core with a viewer and a publisher of its own, that is relayed to one other core; and that other one, which says
 * whatever it likes. The input is a list of {from and milliseconds: 1 byte, length: 2 bytes, message}. */
#include <stddef.h>
#include <stdint.h>

#include "router/relay.h"
#include "tests/fuzz/router/discard.h"
#include "tests/support/pieces.h"
#include "tests/support/video_line.h"

#define WALL INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct media line(const char *mid, bool is_sent)
{
    struct media media = video_line(mid);
    media.receive = !is_sent;
    media.send = is_sent;
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
    struct relay_outgoing outgoing;
    while (router_poll_relay(router, &outgoing))
        router_relay_sent(router, is_taken);
    discard_output(router, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct router *router = router_new(&(struct router_config){.packet_limit = 256}, 1);
    struct pieces pieces = {data, size};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    join(router, now);
    while (pieces_next(&pieces, 3, 65536, &piece)) {
        now += usec_from_ms(piece.head[0] >> 1);
        (void)router_take_relay(router, piece.head[0] & 1, piece.data, piece.length, now);
        if (router_next(router) <= now)
            router_timeout(router, now, WALL + now);
        flush(router, piece.length % 2 == 0, now);
    }
    router_free(router);
    return 0;
}
