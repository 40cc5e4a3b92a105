/* Any bytes as a description; what parses is answered, and our answer must parse again. */
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(const struct sdp *offer)
{
    static char text[SDP_SIZE_MAX * 2];
    struct negotiate_local local = {
        .ice_lite = true,
        .ice_ufrag = "abcd",
        .ice_pwd = "abcdefghijklmnopqrstuv",
        .fingerprint =
            "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
        .session_id = "1",
        .cname = "c",
    };
    struct negotiate_line line = {.mid = "0", .send = true, .receive = true, .stream_id = "s", .track_id = "t"};
    struct negotiated negotiated;
    struct sdp_error error;
    struct sdp *again;
    struct rng rng;
    size_t length;
    rng_init(&rng, 1);
    if (negotiate_answer(offer, &local, &line, 1, NULL, &rng, &negotiated, text, sizeof text, &length, &error) != 0)
        return;
    CHECK(sdp_parse(&again, text, length, &error) == 0 || length > SDP_SIZE_MAX);
    sdp_free(again);
    negotiated_fini(&negotiated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sdp_error error;
    struct sdp *sdp;
    if (sdp_parse(&sdp, (const char *)data, size, &error) == 0) {
        answer(sdp);
        sdp_free(sdp);
    } else {
        CHECK(error.text[0] != '\0');
    }
    return 0;
}
