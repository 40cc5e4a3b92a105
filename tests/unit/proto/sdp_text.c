#include "tests/unit/proto/sdp_text.h"

const char good[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
                    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"
                    "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT "\r\n"
                    "a=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n"
                    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
                    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtcp-mux\r\na=sendonly\r\n"
                    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:96 VP8/90000\r\n"
                    "a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
                    "a=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc-group:FID 11 12\r\n";

char *replaced(const char *text, const char *from, const char *to)
{
    char *out = mem_alloc(strlen(text) + strlen(to) + 1);
    const char *at = strstr(text, from);
    if (at == NULL)
        fail_msg("the text lacks '%s'", from);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

char *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vectors/sdp/%s.sdp", TEST_ROOT, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("no %s", path);
    char *text = mem_alloc(SDP_SIZE_MAX);
    assert_true(fread(text, 1, SDP_SIZE_MAX - 1, file) > 0);
    fclose(file);
    return text;
}

void says(const struct refusal *refusal, unsigned line, const char *part)
{
    char begin[24] = "";
    if (line > 0)
        snprintf(begin, sizeof begin, "line %u: ", line);
    bool names_line = strncmp(refusal->text, "line ", 5) == 0;
    if (strncmp(refusal->text, begin, strlen(begin)) != 0 || names_line != (line > 0) ||
        strstr(refusal->text, part) == NULL)
        fail_msg("instead of %s%s: %s", begin, part, refusal->text);
    assert_string_equal(refusal->code, "bad-sdp");
    assert_string_equal(refusal->field, "sdp");
}

struct sdp *must_parse(const char *text)
{
    struct refusal refusal;
    struct sdp *sdp = NULL;
    if (sdp_parse(&sdp, text, strlen(text), &refusal) != 0)
        fail_msg("%s", refusal.text);
    return sdp;
}
