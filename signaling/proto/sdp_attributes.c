#include "signaling/proto/sdp_attributes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The value behind "name:" when the attribute is called so; NULL otherwise. */
static const char *value_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == ':' ? text + length + 1 : NULL;
}

static bool copy_token(char *out, size_t size, const char *value)
{
    size_t length = strcspn(value, " ");
    if (length == 0 || length >= size)
        return false;
    memcpy(out, value, length);
    out[length] = '\0';
    return true;
}

/* ice-char of RFC 8839 section 5.4: letters, digits, '+' and '/'. */
static bool copy_ice_text(char *out, size_t size, const char *value, size_t shortest)
{
    size_t length = strlen(value);
    if (length < shortest || length >= size)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)value[i]) && value[i] != '+' && value[i] != '/' && value[i] != '-' &&
            value[i] != '_' && value[i] != '=')
            return false;
    }
    memcpy(out, value, length + 1);
    return true;
}

static bool is_fingerprint(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return length >= 59 && length % 3 == 2; /* sha-1 and longer */
}

static const char *parse_fingerprint(char algorithm[16], char fingerprint[192], const char *value)
{
    if (sscanf(value, "%15s %191s", algorithm, fingerprint) != 2 || !is_fingerprint(fingerprint))
        return "a=fingerprint wants: hash function, pairs of hexadecimal digits with colons between";
    for (char *c = algorithm; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    for (char *c = fingerprint; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return NULL;
}

static const char *parse_setup(enum sdp_setup *setup, const char *value)
{
    if (strcmp(value, "actpass") == 0)
        *setup = SDP_SETUP_ACTPASS;
    else if (strcmp(value, "active") == 0)
        *setup = SDP_SETUP_ACTIVE;
    else if (strcmp(value, "passive") == 0)
        *setup = SDP_SETUP_PASSIVE;
    else
        return "a=setup is actpass, active or passive";
    return NULL;
}

/* Attributes that may stand on either level. `*known` tells whether it was one. */
static const char *parse_transport(char ufrag[257], char pwd[257], char algorithm[16], char fingerprint[192],
                                   enum sdp_setup *setup, const char *text, bool *known)
{
    const char *value;
    *known = true;
    if ((value = value_of(text, "ice-ufrag")) != NULL)
        return copy_ice_text(ufrag, 257, value, 4) ? NULL : "a=ice-ufrag wants 4 to 256 ice-chars";
    if ((value = value_of(text, "ice-pwd")) != NULL)
        return copy_ice_text(pwd, 257, value, 22) ? NULL : "a=ice-pwd wants 22 to 256 ice-chars";
    if ((value = value_of(text, "fingerprint")) != NULL)
        return parse_fingerprint(algorithm, fingerprint, value);
    if ((value = value_of(text, "setup")) != NULL)
        return parse_setup(setup, value);
    *known = false;
    return NULL;
}

static const char *parse_group(struct sdp *sdp, const char *value)
{
    int at = 0;
    if (strncmp(value, "BUNDLE", 6) != 0)
        return NULL;
    if (sdp->bundle_count > 0)
        return "one BUNDLE group is what we take";
    for (value += 6; *value == ' '; value += at) {
        char mid[MEDIA_MID_MAX + 1];
        at = 0;
        if (sscanf(value, " %16s%n", mid, &at) != 1 || (value[at] != ' ' && value[at] != '\0'))
            return "a mid has 1 to 16 characters";
        if (sdp->bundle_count == SDP_MEDIA_MAX)
            return "more mids than we take (256)";
        memcpy(sdp->bundle[sdp->bundle_count++], mid, sizeof mid);
    }
    return NULL;
}

const char *sdp_session_attribute(struct sdp *sdp, struct sdp_session *session, const char *text)
{
    bool known;
    const char *value, *reason = parse_transport(session->ice_ufrag, session->ice_pwd, session->fingerprint_algorithm,
                                                 session->fingerprint, &session->setup, text, &known);
    if (known)
        return reason;
    if ((value = value_of(text, "group")) != NULL)
        return parse_group(sdp, value);
    if ((value = value_of(text, "ice-options")) != NULL)
        sdp->trickle = sdp->trickle || strstr(value, "trickle") != NULL;
    else if (strcmp(text, "ice-lite") == 0)
        sdp->ice_lite = true;
    else if (strcmp(text, "extmap-allow-mixed") == 0)
        session->extmap_allow_mixed = true;
    return NULL;
}

static struct sdp_codec *find_codec(struct sdp_media *media, unsigned payload_type)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].payload_type == payload_type)
            return &media->codecs[i];
    }
    return NULL;
}

/* "96 VP8/90000" or "111 opus/48000/2" */
static const char *parse_rtpmap(struct sdp_media *media, const char *value)
{
    unsigned payload_type, clock_rate, channels = 1;
    char name[32];
    if (sscanf(value, "%3u %31[^/ ]/%9u/%3u", &payload_type, name, &clock_rate, &channels) < 3 || clock_rate == 0 ||
        channels == 0 || channels > 255)
        return "a=rtpmap wants: payload type, name/clock rate[/channels]";
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec == NULL)
        return NULL; /* not in the m-line: it is not offered */
    memcpy(codec->name, name, sizeof name);
    codec->clock_rate = clock_rate;
    codec->channels = (uint8_t)channels;
    return NULL;
}

static const char *parse_fmtp(struct sdp_media *media, const char *value)
{
    unsigned payload_type;
    int at = 0;
    if (sscanf(value, "%3u%n", &payload_type, &at) != 1 || value[at] != ' ')
        return "a=fmtp wants: payload type, parameters";
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec == NULL)
        return NULL;
    if (strlen(value + at + 1) >= sizeof codec->parameters)
        return "parameters of a=fmtp are at most 255 bytes";
    strcpy(codec->parameters, value + at + 1);
    return NULL;
}

static void note_feedback(struct sdp_codec *codec, const char *what)
{
    if (strcmp(what, "nack") == 0)
        codec->nack = true;
    else if (strcmp(what, "nack pli") == 0)
        codec->pli = true;
    else if (strcmp(what, "ccm fir") == 0)
        codec->fir = true;
    else if (strcmp(what, "transport-cc") == 0)
        codec->transport_cc = true;
    else if (strcmp(what, "goog-remb") == 0)
        codec->remb = true;
}

static const char *parse_feedback(struct sdp_media *media, const char *value)
{
    unsigned payload_type;
    int at = 0;
    if (value[0] == '*' && value[1] == ' ') {
        for (size_t i = 0; i < media->codec_count; i++)
            note_feedback(&media->codecs[i], value + 2);
        return NULL;
    }
    if (sscanf(value, "%3u%n", &payload_type, &at) != 1 || value[at] != ' ')
        return "a=rtcp-fb wants: payload type or *, feedback";
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec != NULL)
        note_feedback(codec, value + at + 1);
    return NULL;
}

/* "3 urn:..." or "3/sendonly urn:..." */
static const char *parse_extmap(struct sdp_media *media, const char *value)
{
    unsigned id;
    char uri[256];
    if (sscanf(value, "%5u/%*[a-z] %255s", &id, uri) != 2 && sscanf(value, "%5u %255s", &id, uri) != 2)
        return "a=extmap wants: id[/direction], URI";
    if (id == 0 || (id > 255 && (id < 4096 || id > 4351)))
        return "an extension id is 1 to 255 (or 4096 to 4351 in offers)";
    enum extension extension = extension_from_uri(uri);
    if (extension != EXTENSION_COUNT && id <= 255)
        media->extensions.id[extension] = (uint8_t)id;
    return NULL;
}

/* "1 2130706431..." see RFC 8839 section 5.1: kept as text, "candidate:" before it. */
static const char *parse_candidate(struct sdp_media *media, const char *text)
{
    if (strlen(text) >= sizeof media->candidates[0])
        return "a candidate is at most 255 bytes";
    if (media->candidate_count < sizeof media->candidates / sizeof media->candidates[0])
        strcpy(media->candidates[media->candidate_count++], text);
    return NULL;
}

/* "send q;h;f" with alternatives (",") and pauses ("~"): the first alternative of each stream counts (RFC 8853). */
static const char *parse_simulcast(struct sdp_media *media, const char *value)
{
    const char *send = strncmp(value, "send ", 5) == 0 ? value : strstr(value, " send ");
    if (send == NULL)
        return NULL;
    send += send == value ? 5 : 6;
    media->rid_count = 0;
    while (*send != '\0' && *send != ' ') {
        char rid[MEDIA_RID_MAX + 1];
        size_t length;
        if (*send == '~')
            send++;
        length = strcspn(send, ",; ");
        if (length == 0 || length > MEDIA_RID_MAX)
            return "a rid has 1 to 16 characters";
        memcpy(rid, send, length);
        rid[length] = '\0';
        if (media->rid_count < MEDIA_ENCODINGS_MAX)
            memcpy(media->rids[media->rid_count++], rid, sizeof rid);
        send += strcspn(send, "; ");
        if (*send == ';')
            send++;
    }
    return NULL;
}

static const char *parse_ssrc(struct sdp_media *media, const char *value)
{
    uint32_t ssrc;
    if (sscanf(value, "%10u", &ssrc) != 1)
        return "a=ssrc wants a number";
    for (size_t i = 0; i < media->ssrc_count; i++) {
        if (media->ssrcs[i].ssrc == ssrc || media->ssrcs[i].rtx_ssrc == ssrc)
            return NULL;
    }
    if (media->ssrc_count < MEDIA_ENCODINGS_MAX)
        media->ssrcs[media->ssrc_count++].ssrc = ssrc;
    return NULL;
}

static size_t find_ssrc(const struct sdp_media *media, uint32_t ssrc)
{
    size_t i = 0;
    while (i < media->ssrc_count && media->ssrcs[i].ssrc != ssrc)
        i++;
    return i;
}

/* The group may stand before or after the a=ssrc lines of its members. */
static const char *parse_ssrc_group(struct sdp_media *media, const char *value)
{
    uint32_t ssrc, rtx;
    if (strncmp(value, "FID ", 4) != 0)
        return NULL; /* SIM and the like say nothing that rids do not */
    if (sscanf(value + 4, "%10u %10u", &ssrc, &rtx) != 2)
        return "an FID group has two SSRCs";
    size_t alone = find_ssrc(media, rtx);
    if (alone < media->ssrc_count)
        media->ssrcs[alone] = media->ssrcs[--media->ssrc_count];
    size_t at = find_ssrc(media, ssrc);
    if (at == MEDIA_ENCODINGS_MAX)
        return NULL;
    if (at == media->ssrc_count)
        media->ssrc_count++;
    media->ssrcs[at].ssrc = ssrc;
    media->ssrcs[at].rtx_ssrc = rtx;
    return NULL;
}

static void parse_msid(struct sdp_media *media, const char *value)
{
    if (!copy_token(media->stream_id, sizeof media->stream_id, value))
        return;
    const char *track = strchr(value, ' ');
    if (track != NULL)
        (void)copy_token(media->track_id, sizeof media->track_id, track + 1);
}

static bool parse_direction(struct sdp_media *media, const char *text)
{
    bool send = strcmp(text, "sendonly") == 0, receive = strcmp(text, "recvonly") == 0;
    bool both = strcmp(text, "sendrecv") == 0;
    if (!send && !receive && !both && strcmp(text, "inactive") != 0)
        return false;
    media->send = send || both;
    media->receive = receive || both;
    return true;
}

static const char *parse_sctp(struct sdp_media *media, const char *value)
{
    unsigned port;
    if (sscanf(value, "%5u", &port) != 1 || port > 65535)
        return "an SCTP port is 0 to 65535";
    media->sctp_port = (uint16_t)port;
    return NULL;
}

static bool parse_flag(struct sdp_media *media, const char *text)
{
    if (strcmp(text, "rtcp-mux") == 0)
        media->rtcp_mux = true;
    else if (strcmp(text, "rtcp-rsize") == 0)
        media->rtcp_reduced_size = true;
    else if (strcmp(text, "bundle-only") == 0)
        media->bundle_only = true;
    else if (strcmp(text, "end-of-candidates") == 0)
        media->end_of_candidates = true;
    else if (strcmp(text, "extmap-allow-mixed") == 0)
        media->extmap_allow_mixed = true;
    else
        return parse_direction(media, text);
    return true;
}

const char *sdp_media_attribute(struct sdp_media *media, const char *text)
{
    static const struct {
        const char *name;
        const char *(*parse)(struct sdp_media *media, const char *value);
    } attributes[] = {
        {"rtpmap", parse_rtpmap},         {"fmtp", parse_fmtp},           {"rtcp-fb", parse_feedback},
        {"extmap", parse_extmap},         {"simulcast", parse_simulcast}, {"ssrc", parse_ssrc},
        {"ssrc-group", parse_ssrc_group}, {"sctp-port", parse_sctp},      {"sctpmap", parse_sctp},
    };
    bool known;
    const char *value, *reason = parse_transport(media->ice_ufrag, media->ice_pwd, media->fingerprint_algorithm,
                                                 media->fingerprint, &media->setup, text, &known);
    if (known || parse_flag(media, text))
        return reason;
    if (value_of(text, "candidate") != NULL)
        return parse_candidate(media, text);
    if ((value = value_of(text, "mid")) != NULL)
        return copy_token(media->mid, sizeof media->mid, value) ? NULL : "a mid has 1 to 16 characters";
    if ((value = value_of(text, "msid")) != NULL)
        parse_msid(media, value);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if ((value = value_of(text, attributes[i].name)) != NULL)
            return attributes[i].parse(media, value);
    }
    return NULL;
}

void sdp_media_init(struct sdp_media *media, const struct sdp_session *session)
{
    *media = (struct sdp_media){.send = true, .receive = true}; /* RFC 8866 section 6.7: sendrecv unless said */
    memcpy(media->ice_ufrag, session->ice_ufrag, sizeof media->ice_ufrag);
    memcpy(media->ice_pwd, session->ice_pwd, sizeof media->ice_pwd);
    memcpy(media->fingerprint_algorithm, session->fingerprint_algorithm, sizeof media->fingerprint_algorithm);
    memcpy(media->fingerprint, session->fingerprint, sizeof media->fingerprint);
    media->setup = session->setup;
    media->extmap_allow_mixed = session->extmap_allow_mixed;
}

void sdp_media_finish(struct sdp_media *media)
{
    const char *reason = NULL;
    bool is_rtp = strcmp(media->kind, "audio") == 0 || strcmp(media->kind, "video") == 0;
    if (media->port == 0 && !media->bundle_only)
        reason = "the other end switched it off (port 0)";
    else if (!is_rtp && strcmp(media->kind, "application") == 0)
        reason = "data channels are not served";
    else if (!is_rtp)
        reason = "only audio and video are served";
    else if (strcmp(media->protocol, "UDP/TLS/RTP/SAVPF") != 0 && strcmp(media->protocol, "RTP/SAVPF") != 0 &&
             strcmp(media->protocol, "TCP/TLS/RTP/SAVPF") != 0)
        reason = "the protocol is not UDP/TLS/RTP/SAVPF";
    else if (media->mid[0] == '\0')
        reason = "there is no a=mid";
    else if (!media->rtcp_mux)
        reason = "there is no a=rtcp-mux";
    media->rejected = reason != NULL;
    if (reason != NULL)
        snprintf(media->reject_reason, sizeof media->reject_reason, "%s", reason);
}
