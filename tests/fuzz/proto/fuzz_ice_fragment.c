/* Any bytes as a fragment that carries ICE: what it names can be written into an offer, and is read there again. */
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/ice_fragment.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

static const char offer[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
                            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"
                            "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT "\r\n"
                            "a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n";

static void restart(const struct ice_fragment *fragment)
{
    struct refusal refusal;
    struct sdp *sdp;
    char fragment_of_it[8192];
    char *text = ice_fragment_restart(offer, fragment);
    CHECK(sdp_parse(&sdp, text, strlen(text), &refusal) == 0 && sdp->media_count == 1);
    CHECK(strcmp(sdp->media[0].ice_ufrag, fragment->ufrag) == 0 && strcmp(sdp->media[0].ice_pwd, fragment->pwd) == 0);
    CHECK(ice_fragment_write(sdp, fragment_of_it, sizeof fragment_of_it) > 0);
    sdp_free(sdp);
    free(text);
}

static void write_again(const char *text, size_t size)
{
    struct refusal refusal;
    struct sdp *sdp;
    char again[8192];
    if (sdp_parse(&sdp, text, size, &refusal) != 0)
        return;
    int length = ice_fragment_write(sdp, again, sizeof again);
    CHECK(length < 0 || strlen(again) == (size_t)length);
    sdp_free(sdp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ice_fragment fragment;
    struct refusal refusal;
    struct sdp *sdp;
    if (sdp_parse_fragment(&sdp, (const char *)data, size, &refusal) == 0)
        sdp_free(sdp);
    if (ice_fragment_parse(&fragment, (const char *)data, size, &refusal) == 0 && fragment.ufrag[0] != '\0')
        restart(&fragment);
    write_again((const char *)data, size);
    return 0;
}
