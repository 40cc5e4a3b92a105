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

bool sdp_read_number(const char **text, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;
    const char *at = *text;
    while (isdigit((unsigned char)*at) && value <= max)
        value = value * 10 + (uint64_t)(*at++ - '0');
    if (at == *text || value > max)
        return false;
    *number = (uint32_t)value;
    *text = at;
    return true;
}

bool sdp_read_token(const char **text, char *out, size_t size)
{
    size_t length = strcspn(*text, " ");
    if (length == 0 || length >= size)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)(*text)[i];
        if (!isgraph(c) || strchr("\"(),/:;<=>?@[\\]", c) != NULL)
            return false;
    }
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length;
    return true;
}

/* "96 ...": a payload type and the rest behind one space. */
static bool read_payload_type(const char **text, uint32_t *payload_type)
{
    return sdp_read_number(text, 127, payload_type) && *(*text)++ == ' ';
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

/* Pairs of hexadecimal digits with colons between, as many as the hash has bytes. */
static bool is_fingerprint(const char *algorithm, const char *text)
{
    static const struct {
        const char *algorithm;
        size_t length;
    } hashes[] = {{"sha-1", 59}, {"sha-224", 83}, {"sha-256", 95}, {"sha-384", 143}, {"sha-512", 191}};
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        if (strcmp(algorithm, hashes[i].algorithm) == 0)
            return length == hashes[i].length;
    }
    return length % 3 == 2;
}

static bool is_strong(const char *algorithm)
{
    return strcmp(algorithm, "sha-256") == 0 || strcmp(algorithm, "sha-384") == 0 || strcmp(algorithm, "sha-512") == 0;
}

/* Several may be given (RFC 8122 section 5): one that we can check is kept. */
static const char *parse_fingerprint(char algorithm[16], char fingerprint[192], const char *value)
{
    char hash[16], digits[192];
    if (sscanf(value, "%15s %191s", hash, digits) != 2)
        return "a=fingerprint wants: hash function, fingerprint";
    for (char *c = hash; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    for (char *c = digits; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    if (!is_fingerprint(hash, digits))
        return "a=fingerprint wants as many pairs of hexadecimal digits, with colons between, as the hash has bytes";
    if (is_strong(algorithm) && !is_strong(hash))
        return NULL;
    memcpy(algorithm, hash, sizeof hash);
    memcpy(fingerprint, digits, sizeof digits);
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
    if (strncmp(value, "BUNDLE", 6) != 0 || (value[6] != ' ' && value[6] != '\0'))
        return NULL;
    if (sdp->bundle_count > 0)
        return "a single BUNDLE group";
    for (value += 6; *value == ' ';) {
        char mid[MEDIA_MID_MAX + 1];
        value++;
        if (!sdp_read_token(&value, mid, sizeof mid))
            return "a mid is a token of 1 to 16 characters";
        if (sdp->bundle_count == SDP_MEDIA_MAX)
            return "at most 256 mids in the BUNDLE group";
        memcpy(sdp->bundle[sdp->bundle_count++], mid, sizeof mid);
    }
    return NULL;
}

static bool parse_direction(bool *send, bool *receive, const char *text)
{
    bool sendonly = strcmp(text, "sendonly") == 0, recvonly = strcmp(text, "recvonly") == 0;
    bool both = strcmp(text, "sendrecv") == 0;
    if (!sendonly && !recvonly && !both && strcmp(text, "inactive") != 0)
        return false;
    *send = sendonly || both;
    *receive = recvonly || both;
    return true;
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
    else
        (void)parse_direction(&session->send, &session->receive, text);
    return NULL;
}

static struct sdp_codec *find_codec(struct sdp_media *media, uint32_t payload_type)
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
    static const char expected[] = "a=rtpmap wants: payload type, name/clock rate[/channels]";
    uint32_t payload_type, clock_rate, channels = 1;
    if (!read_payload_type(&value, &payload_type))
        return expected;
    size_t length = strcspn(value, "/");
    const char *rest = value + length;
    if (length == 0 || length >= sizeof media->codecs[0].name || *rest++ != '/' ||
        !sdp_read_number(&rest, 10000000, &clock_rate) || clock_rate == 0)
        return expected;
    if (*rest == '/') {
        rest++;
        if (!sdp_read_number(&rest, 255, &channels) || channels == 0)
            return expected;
    }
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec == NULL)
        return NULL; /* not in the m-line: it is not offered */
    memcpy(codec->name, value, length);
    codec->name[length] = '\0';
    codec->clock_rate = clock_rate;
    codec->channels = (uint8_t)channels;
    return NULL;
}

static const char *parse_fmtp(struct sdp_media *media, const char *value)
{
    uint32_t payload_type;
    if (!read_payload_type(&value, &payload_type))
        return "a=fmtp wants: payload type, parameters";
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec == NULL)
        return NULL;
    codec->unusable = strlen(value) >= sizeof codec->parameters;
    if (!codec->unusable)
        memcpy(codec->parameters, value, strlen(value) + 1);
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
    uint32_t payload_type;
    if (value[0] == '*' && value[1] == ' ') {
        for (size_t i = 0; i < media->codec_count; i++)
            note_feedback(&media->codecs[i], value + 2);
        return NULL;
    }
    if (!read_payload_type(&value, &payload_type))
        return "a=rtcp-fb wants: payload type or *, feedback";
    struct sdp_codec *codec = find_codec(media, payload_type);
    if (codec != NULL)
        note_feedback(codec, value);
    return NULL;
}

static bool read_extension_direction(const char **text, enum sdp_extension_direction *direction)
{
    static const char *const names[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    *direction = SDP_EXTENSION_BOTH;
    if (**text != '/')
        return true;
    for (int i = 0; i < 4; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(*text + 1, names[i], length) == 0) {
            *direction = (enum sdp_extension_direction)i;
            *text += 1 + length;
            return true;
        }
    }
    return false;
}

/* "3 urn:..." or "3/sendonly urn:..."; attributes may follow the URI. */
static const char *parse_extmap(struct sdp_media *media, const char *value)
{
    static const char expected[] = "a=extmap wants: id[/direction], URI";
    enum sdp_extension_direction direction;
    uint32_t id;
    char uri[256];
    if (!sdp_read_number(&value, UINT16_MAX, &id) || !read_extension_direction(&value, &direction) || *value++ != ' ')
        return expected;
    size_t length = strcspn(value, " ");
    if (length == 0 || length >= sizeof uri)
        return expected;
    memcpy(uri, value, length);
    uri[length] = '\0';
    if (id == 0 || (id > 255 && (id < 4096 || id > 4351)))
        return "an extension id of 1 to 255 (or 4096 to 4351 in offers)";
    enum extension extension = extension_from_uri(uri);
    if (extension != EXTENSION_COUNT && id <= 255) {
        media->extensions.id[extension] = (uint8_t)id;
        media->extension_directions[extension] = direction;
    }
    return NULL;
}

/* "1 2130706431..." see RFC 8839 section 5.1: kept as text, "candidate:" before it. */
static const char *parse_candidate(struct sdp_media *media, const char *text)
{
    if (strlen(text) >= sizeof media->candidates[0])
        return "a candidate of at most 255 bytes";
    if (media->candidate_count < sizeof media->candidates / sizeof media->candidates[0])
        memcpy(media->candidates[media->candidate_count++], text, strlen(text) + 1);
    return NULL;
}

static bool is_rid(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && *text != '-' && *text != '_')
            return false;
    }
    return true;
}

static bool has_rid(const struct sdp_media *media, const char *rid)
{
    for (size_t i = 0; i < media->rid_count; i++) {
        if (strcmp(media->rids[i], rid) == 0)
            return true;
    }
    return false;
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
            return "a rid of 1 to 16 characters";
        memcpy(rid, send, length);
        rid[length] = '\0';
        if (!is_rid(rid))
            return "a rid of letters, digits, '-' and '_'";
        if (media->rid_count < MEDIA_ENCODINGS_MAX && !has_rid(media, rid))
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
    if (!sdp_read_number(&value, UINT32_MAX, &ssrc) || *value != ' ')
        return "a=ssrc wants: a number, an attribute";
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
    value += 4;
    if (!sdp_read_number(&value, UINT32_MAX, &ssrc) || *value++ != ' ' || !sdp_read_number(&value, UINT32_MAX, &rtx))
        return "two SSRCs in an FID group";
    size_t alone = find_ssrc(media, rtx);
    if (alone < media->ssrc_count) {
        media->ssrc_count--;
        memmove(&media->ssrcs[alone], &media->ssrcs[alone + 1], (media->ssrc_count - alone) * sizeof media->ssrcs[0]);
    }
    size_t at = find_ssrc(media, ssrc);
    if (at == MEDIA_ENCODINGS_MAX)
        return NULL;
    if (at == media->ssrc_count)
        media->ssrc_count++;
    media->ssrcs[at].ssrc = ssrc;
    media->ssrcs[at].rtx_ssrc = rtx;
    return NULL;
}

/* An identifier that is no token is left out: it only names things. */
static const char *parse_msid(struct sdp_media *media, const char *value)
{
    if (!sdp_read_token(&value, media->stream_id, sizeof media->stream_id)) {
        media->stream_id[0] = '\0';
        return NULL;
    }
    if (*value++ != ' ' || !sdp_read_token(&value, media->track_id, sizeof media->track_id))
        media->track_id[0] = '\0';
    return NULL;
}

static const char *parse_mid(struct sdp_media *media, const char *value)
{
    if (!sdp_read_token(&value, media->mid, sizeof media->mid) || *value != '\0')
        return "a mid that is a token of 1 to 16 characters";
    return NULL;
}

static const char *parse_sctp(struct sdp_media *media, const char *value)
{
    uint32_t port;
    if (!sdp_read_number(&value, 65535, &port))
        return "an SCTP port of 0 to 65535";
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
        return parse_direction(&media->send, &media->receive, text);
    return true;
}

const char *sdp_media_attribute(struct sdp_media *media, const char *text)
{
    static const struct {
        const char *name;
        const char *(*parse)(struct sdp_media *media, const char *value);
    } attributes[] = {
        {"rtpmap", parse_rtpmap},
        {"fmtp", parse_fmtp},
        {"rtcp-fb", parse_feedback},
        {"extmap", parse_extmap},
        {"simulcast", parse_simulcast},
        {"ssrc", parse_ssrc},
        {"ssrc-group", parse_ssrc_group},
        {"sctp-port", parse_sctp},
        {"sctpmap", parse_sctp},
        {"mid", parse_mid},
        {"msid", parse_msid},
    };
    bool known;
    const char *value, *reason = parse_transport(media->ice_ufrag, media->ice_pwd, media->fingerprint_algorithm,
                                                 media->fingerprint, &media->setup, text, &known);
    if (known || parse_flag(media, text))
        return reason;
    if (value_of(text, "candidate") != NULL)
        return parse_candidate(media, text);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if ((value = value_of(text, attributes[i].name)) != NULL)
            return attributes[i].parse(media, value);
    }
    return NULL;
}

void sdp_media_init(struct sdp_media *media, const struct sdp_session *session)
{
    *media = (struct sdp_media){.send = session->send, .receive = session->receive};
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
