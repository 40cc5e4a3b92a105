#include "signaling/proto/sdp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signaling/proto/sdp_attributes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

struct parser {
    struct sdp *sdp;
    struct sdp_session session; /* attributes that m-lines inherit */
    struct refusal *refusal;
    unsigned line;
    bool has_version;
};

int sdp_refuse(struct refusal *refusal, unsigned line, const char *text)
{
    refusal_set_field(refusal, "sdp", "");
    if (line > 0)
        refusal_set(refusal, "bad-sdp", "line %u: %s", line, text);
    else
        refusal_set(refusal, "bad-sdp", "%s", text);
    return ERR_INVALID;
}

static int refuse(struct parser *parser, const char *text)
{
    return sdp_refuse(parser->refusal, parser->line, text);
}

/* "96 97": the payload types behind the protocol; invalid ones are left out. */
static void parse_payload_types(struct sdp_media *media, const char *text)
{
    bool seen[128] = {false};
    size_t words = 0;
    for (const char *at = text; *at != '\0'; at += strcspn(at, " "), words++)
        at += strspn(at, " ");
    media->codecs = mem_array(words < 128 ? words : 128, sizeof *media->codecs);
    while (*(text += strspn(text, " ")) != '\0') {
        const char *word = text;
        uint32_t payload_type;
        text += strcspn(text, " ");
        if (!sdp_read_number(&word, 127, &payload_type) || word != text || seen[payload_type])
            continue;
        seen[payload_type] = true;
        media->codecs[media->codec_count++].payload_type = (uint8_t)payload_type;
    }
}

/* Visible characters up to the next space. */
static bool copy_word(char *out, size_t size, const char **text)
{
    size_t length = 0;
    while (isgraph((unsigned char)(*text)[length]))
        length++;
    if (length == 0 || length >= size || ((*text)[length] != ' ' && (*text)[length] != '\0'))
        return false;
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length;
    return true;
}

/* "/2": a number of ports, which has no meaning with ICE. */
static bool skip_port_count(const char **text)
{
    uint32_t count;
    if (**text != '/')
        return true;
    (*text)++;
    return sdp_read_number(text, 65535, &count);
}

bool sdp_is_rtp(const struct sdp_media *media)
{
    return strcmp(media->kind, "audio") == 0 || strcmp(media->kind, "video") == 0;
}

bool sdp_is_data(const struct sdp_media *media)
{
    return strcmp(media->kind, "application") == 0;
}

/* "video 9 UDP/TLS/RTP/SAVPF 96 97" */
static int parse_media_line(struct parser *parser, const char *value)
{
    struct sdp *sdp = parser->sdp;
    uint32_t port;
    if (sdp->media_count == SDP_MEDIA_MAX)
        return refuse(parser, "more m-lines than we take (256)");
    struct sdp_media *media = &sdp->media[sdp->media_count];
    sdp_media_init(media, &parser->session);
    if (!sdp_read_token(&value, media->kind, sizeof media->kind) || *value++ != ' ' ||
        !sdp_read_number(&value, 65535, &port) || !skip_port_count(&value) || *value++ != ' ' ||
        !copy_word(media->protocol, sizeof media->protocol, &value) || *value != ' ')
        return refuse(parser, "m= wants: kind, port, protocol, formats");
    media->port = (uint16_t)port;
    sdp->media_count++;
    const char *format = value + 1;
    if (!copy_word(media->format, sizeof media->format, &format))
        return refuse(parser, "m= wants a format of at most 31 characters");
    if (sdp_is_rtp(media))
        parse_payload_types(media, value);
    return 0;
}

/* The session id is kept as text: some have letters in it, and nothing depends on it being a number. */
static int parse_origin(struct parser *parser, const char *value)
{
    char version[24] = "";
    if (sscanf(value, "%*s %63s %23s", parser->sdp->session_id, version) < 2)
        return refuse(parser, "o= wants: user, session id, version, network, address");
    const char *digits = version;
    uint32_t number;
    if (sdp_read_number(&digits, UINT32_MAX, &number) && *digits == '\0')
        parser->sdp->session_version = number;
    return 0;
}

static void parse_attribute(struct parser *parser, const char *text)
{
    struct sdp *sdp = parser->sdp;
    struct sdp_media *media = sdp->media_count > 0 ? &sdp->media[sdp->media_count - 1] : NULL;
    struct sdp_fault *fault = media != NULL ? &media->fault : &parser->session.fault;
    const char *expected =
        media != NULL ? sdp_media_attribute(sdp, media, text) : sdp_session_attribute(sdp, &parser->session, text);
    if (expected != NULL)
        *fault = (struct sdp_fault){.line = parser->line, .expected = expected};
}

static int parse_line(struct parser *parser, const char *line)
{
    if (line[0] == '\0')
        return 0; /* an empty line: some write one between sections, or at the end */
    if (line[1] != '=')
        return refuse(parser, "a line is one letter, '=' and a value");
    if (!parser->has_version) {
        parser->has_version = strcmp(line, "v=0") == 0;
        return parser->has_version ? 0 : refuse(parser, "the first line is v=0");
    }
    switch (line[0]) {
    case 'o':
        return parse_origin(parser, line + 2);
    case 'm':
        return parse_media_line(parser, line + 2);
    case 'a':
        parse_attribute(parser, line + 2);
        return 0;
    default:
        return 0; /* s, t, c, b and the rest have no meaning with ICE and BUNDLE */
    }
}

/* Writes into `text`: each line becomes a string of its own, of any length. */
static int parse_lines(struct parser *parser, char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        char *line = text + at, *end = memchr(line, '\n', length - at);
        size_t size = end != NULL ? (size_t)(end - line) : length - at;
        at += size + 1;
        while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == ' ' || line[size - 1] == '\t'))
            size--;
        parser->line++;
        if (memchr(line, '\0', size) != NULL)
            return refuse(parser, "a text without NUL bytes");
        if (memchr(line, '\r', size) != NULL)
            return refuse(parser, "a carriage return only before a line feed");
        line[size] = '\0';
        int error = parse_line(parser, line);
        if (error != 0)
            return error;
    }
    return parser->has_version ? 0 : refuse(parser, "the description is empty");
}

/* RFC 8829 section 5.1.2: all profiles that are written for DTLS-SRTP. That it is used is said by a=fingerprint. */
static bool is_profile(const char *protocol)
{
    static const char *const profiles[] = {"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF",
                                           "TCP/DTLS/RTP/SAVP", "RTP/SAVPF",        "RTP/SAVP",
                                           "RTP/AVPF",          "RTP/AVP"};
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        if (strcasecmp(protocol, profiles[i]) == 0)
            return true;
    }
    return false;
}

/* RFC 8841 section 4.2, and what was written before it. */
static bool is_data_protocol(const char *protocol)
{
    return strcasecmp(protocol, "UDP/DTLS/SCTP") == 0 || strcasecmp(protocol, "TCP/DTLS/SCTP") == 0 ||
           strcasecmp(protocol, "DTLS/SCTP") == 0;
}

/* After the m-line's last attribute: decides whether it can be used, or sets the reason why not. */
static void finish_media(struct sdp_media *media)
{
    const char *reason = NULL;
    bool is_rtp = sdp_is_rtp(media), is_data = sdp_is_data(media);
    if (media->port == 0 && !media->bundle_only)
        reason = "the remote peer switched it off (port 0)";
    else if (is_data && !is_data_protocol(media->protocol))
        reason = "data channels are served over DTLS only, like UDP/DTLS/SCTP";
    else if (is_data && media->sctp_port == 0)
        reason = "data channels need a=sctp-port";
    else if (!is_rtp && !is_data)
        reason = "only audio and video, and data channels, are served";
    else if (is_rtp && !is_profile(media->protocol))
        reason = "the protocol is none of DTLS-SRTP, like UDP/TLS/RTP/SAVPF";
    else if (media->mid_fault != NULL)
        reason = media->mid_fault;
    else if (media->mid[0] == '\0')
        reason = "there is no a=mid";
    else if (is_rtp && !media->rtcp_mux)
        reason = "there is no a=rtcp-mux";
    media->rejected = reason != NULL;
    if (reason != NULL)
        snprintf(media->reject_reason, sizeof media->reject_reason, "%s", reason);
}

/* Once all lines are known. */
static int finish(struct parser *parser)
{
    struct sdp *sdp = parser->sdp;
    parser->line = 0;
    if (sdp->session_id[0] == '\0')
        return refuse(parser, "there is no o= line");
    for (size_t i = 0; i < sdp->media_count; i++) {
        finish_media(&sdp->media[i]);
        for (size_t k = 0; k < i; k++) {
            if (sdp->media[i].mid[0] != '\0' && strcmp(sdp->media[i].mid, sdp->media[k].mid) == 0)
                return refuse(parser, "two m-lines have the same a=mid");
        }
    }
    return 0;
}

static int parse(struct sdp **out, const char *text, size_t length, bool is_fragment, struct refusal *refusal)
{
    struct parser parser = {.refusal = refusal,
                            .session = {.send = true, .receive = true}, /* RFC 8866 section 6.7 */
                            .has_version = is_fragment};
    *out = NULL;
    if (length > SDP_SIZE_MAX)
        return refuse(&parser, "a description is at most 256 KiB");
    size_t lines = is_fragment ? 1 : 0; /* room for one that is not written */
    for (size_t i = 0; i + 1 < length; i++)
        lines += text[i] == 'm' && text[i + 1] == '=' && (i == 0 || text[i - 1] == '\n');
    parser.sdp = mem_alloc(sizeof *parser.sdp);
    parser.sdp->media = mem_array(lines < SDP_MEDIA_MAX ? lines : SDP_MEDIA_MAX, sizeof *parser.sdp->media);
    char *copy = mem_alloc(length + 1);
    memcpy(copy, text, length);
    int result = parse_lines(&parser, copy, length);
    free(copy);
    if (result == 0 && !is_fragment)
        result = finish(&parser);
    if (result == 0 && is_fragment && parser.sdp->media_count == 0)
        sdp_media_init(&parser.sdp->media[parser.sdp->media_count++], &parser.session);
    if (result != 0)
        sdp_free(parser.sdp);
    else
        *out = parser.sdp;
    return result;
}

int sdp_parse(struct sdp **out, const char *text, size_t length, struct refusal *refusal)
{
    return parse(out, text, length, false, refusal);
}

int sdp_parse_fragment(struct sdp **out, const char *text, size_t length, struct refusal *refusal)
{
    return parse(out, text, length, true, refusal);
}

const struct sdp_media *sdp_bundled(const struct sdp *sdp, size_t index)
{
    for (size_t i = 0; i < sdp->media_count; i++) {
        if (strcmp(sdp->media[i].mid, sdp->bundle[index]) == 0)
            return &sdp->media[i];
    }
    return NULL;
}

const struct sdp_media *sdp_transport(const struct sdp *sdp)
{
    for (size_t i = 0; i < sdp->bundle_count; i++) {
        const struct sdp_media *media = sdp_bundled(sdp, i);
        if (media != NULL && (media->port != 0 || media->bundle_only))
            return media;
    }
    for (size_t i = 0; sdp->bundle_count == 0 && i < sdp->media_count; i++) {
        if (!sdp->media[i].rejected)
            return &sdp->media[i];
    }
    return NULL;
}

bool sdp_is_bundled(const struct sdp *sdp, const struct sdp_media *media)
{
    return sdp_is_in_group(sdp, media->mid);
}

void sdp_fini(struct sdp *sdp)
{
    for (size_t i = 0; i < sdp->media_count; i++)
        free(sdp->media[i].codecs);
    free(sdp->media);
    *sdp = (struct sdp){0};
}

void sdp_free(struct sdp *sdp)
{
    if (sdp == NULL)
        return;
    sdp_fini(sdp);
    free(sdp);
}
