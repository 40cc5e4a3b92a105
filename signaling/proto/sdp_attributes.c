#include "signaling/proto/sdp_attributes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* The text behind "name:", where some write a blank; NULL: the attribute has another name. */
static const char *value_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == ':' ? skip_blanks(text + length + 1) : NULL;
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

/* "96 ...": a payload type and the rest behind blanks. */
static bool read_payload_type(const char **text, uint32_t *payload_type)
{
    if (!sdp_read_number(text, 127, payload_type) || (**text != ' ' && **text != '\t'))
        return false;
    *text = skip_blanks(*text);
    return **text != '\0';
}

/* ice-char of RFC 8839 section 5.4: letters, digits, '+' and '/'. "" when it is anything else. */
static bool copy_ice_text(char *out, size_t size, const char *value, size_t shortest)
{
    size_t length = strlen(value);
    out[0] = '\0';
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

/* There may be several (RFC 8122 section 5): one that we can check is kept, and the others are ignored. */
static const char *parse_fingerprint(char algorithm[16], char fingerprint[192], const char *value)
{
    char hash[16], digits[193];
    if (sscanf(value, "%15s %192s", hash, digits) != 2)
        return "a=fingerprint wants: hash function, fingerprint";
    for (char *c = hash; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    for (char *c = digits; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    if (is_strong(algorithm) && !is_strong(hash))
        return NULL;
    if (!is_fingerprint(hash, digits))
        return "a=fingerprint wants as many pairs of hexadecimal digits, with colons between, as the hash has bytes";
    memcpy(algorithm, hash, sizeof hash);
    memcpy(fingerprint, digits, strlen(digits) + 1);
    return NULL;
}

static const char *parse_setup(enum sdp_setup *setup, const char *value)
{
    *setup = SDP_SETUP_NONE;
    if (strcasecmp(value, "actpass") == 0)
        *setup = SDP_SETUP_ACTPASS;
    else if (strcasecmp(value, "active") == 0)
        *setup = SDP_SETUP_ACTIVE;
    else if (strcasecmp(value, "passive") == 0)
        *setup = SDP_SETUP_PASSIVE;
    return *setup != SDP_SETUP_NONE ? NULL : "a=setup is actpass, active or passive";
}

/* Attributes that are allowed in the session and in m-lines. *known tells whether it was one of these. */
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

/* A mid is a token (RFC 5888 section 4), but some write base64 with '=' in it: any visible characters that fit. */
static bool read_mid(const char **text, char mid[MEDIA_MID_MAX + 1])
{
    size_t length = 0;
    while (isgraph((unsigned char)(*text)[length]))
        length++;
    if (length == 0 || length > MEDIA_MID_MAX)
        return false;
    memcpy(mid, *text, length);
    mid[length] = '\0';
    *text += length;
    return true;
}

bool sdp_is_in_group(const struct sdp *sdp, const char *mid)
{
    for (size_t i = 0; i < sdp->bundle_count; i++) {
        if (strcmp(sdp->bundle[i], mid) == 0)
            return true;
    }
    return false;
}

/* The first BUNDLE group counts: there is one transport, so m-lines of another are not served. An invalid or repeated
 * mid is left out; no more are read than there may be m-lines. */
static void parse_group(struct sdp *sdp, const char *value)
{
    if (strncmp(value, "BUNDLE", 6) != 0 || (value[6] != ' ' && value[6] != '\0') || sdp->bundle_count > 0)
        return;
    value = skip_blanks(value + 6);
    for (unsigned words = 0; words < SDP_MEDIA_MAX && *value != '\0'; words++, value = skip_blanks(value)) {
        char mid[MEDIA_MID_MAX + 1];
        if (!read_mid(&value, mid))
            value += strcspn(value, " \t");
        else if (!sdp_is_in_group(sdp, mid))
            memcpy(sdp->bundle[sdp->bundle_count++], mid, sizeof mid);
    }
}

/* RFC 8842 section 4: 20 to 255 letters, digits, '+', '/', '-' and '_'. A value of another form is ignored. If each
 * m-line has its own, the first counts: a BUNDLE is one DTLS association, whatever m-lines are added or removed after
 * the first. */
static bool parse_tls_id(struct sdp *sdp, const char *text)
{
    const char *value = value_of(text, "tls-id");
    if (value != NULL && sdp->tls_id[0] == '\0')
        (void)copy_ice_text(sdp->tls_id, sizeof sdp->tls_id, value, 20);
    return value != NULL;
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

/* "3 urn:..." or "3/sendonly urn:..."; attributes may follow the URI. Ids above 255 are for offers with more extensions
 * than ids (RFC 8285 section 6); we accept none of those. */
static void parse_extmap(struct extension_map *extensions, enum sdp_extension_direction *directions, const char *value)
{
    enum sdp_extension_direction direction;
    uint32_t id;
    char uri[256];
    if (!sdp_read_number(&value, 255, &id) || id == 0 || !read_extension_direction(&value, &direction) ||
        (*value != ' ' && *value != '\t'))
        return;
    value = skip_blanks(value);
    size_t length = strcspn(value, " \t");
    if (length == 0 || length >= sizeof uri)
        return;
    memcpy(uri, value, length);
    uri[length] = '\0';
    enum extension extension = extension_from_uri(uri);
    if (extension != EXTENSION_COUNT) {
        extensions->id[extension] = (uint8_t)id;
        directions[extension] = direction;
    }
}

const char *sdp_session_attribute(struct sdp *sdp, struct sdp_session *session, const char *text)
{
    bool known;
    const char *value, *reason = parse_transport(session->ice_ufrag, session->ice_pwd, session->fingerprint_algorithm,
                                                 session->fingerprint, &session->setup, text, &known);
    if (known || parse_tls_id(sdp, text))
        return reason;
    if ((value = value_of(text, "group")) != NULL)
        parse_group(sdp, value);
    else if ((value = value_of(text, "extmap")) != NULL)
        parse_extmap(&session->extensions, session->extension_directions, value);
    else if ((value = value_of(text, "ice-options")) != NULL)
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

/* "96 VP8/90000" or "111 opus/48000/2". If it cannot be read, the payload type has no name and is not used. Channels
 * that are no number are ignored. */
static void parse_rtpmap(struct sdp_media *media, const char *value)
{
    uint32_t payload_type, clock_rate, channels;
    if (!read_payload_type(&value, &payload_type))
        return;
    struct sdp_codec *codec = find_codec(media, payload_type);
    size_t length = strcspn(value, "/");
    const char *rest = value + length;
    if (codec == NULL || length == 0 || length >= sizeof codec->name || *rest++ != '/' ||
        !sdp_read_number(&rest, 10000000, &clock_rate) || clock_rate == 0)
        return;
    rest += *rest == '/';
    if (!sdp_read_number(&rest, 255, &channels) || channels == 0)
        channels = 1;
    memcpy(codec->name, value, length);
    codec->name[length] = '\0';
    codec->clock_rate = clock_rate;
    codec->channels = (uint8_t)channels;
}

#define PARAMETER_MAX 63

/* The parameters of `value` that are a vendor's own ("x-..."), or those that are not, as far as they fit. */
static void add_parameters(struct sdp_codec *codec, const char *value, bool of_vendors)
{
    size_t used = strlen(codec->parameters);
    while (*value != '\0') {
        value += strspn(value, "; \t");
        size_t length = strcspn(value, ";");
        bool belongs_here = strncasecmp(value, "sprop-", 6) != 0 && (strncasecmp(value, "x-", 2) == 0) == of_vendors;
        if (belongs_here && length > 0 && length <= PARAMETER_MAX && used + length + 2 <= sizeof codec->parameters)
            used += (size_t)snprintf(codec->parameters + used, sizeof codec->parameters - used, "%s%.*s",
                                     used > 0 ? ";" : "", (int)length, value);
        value += length;
    }
}

/* Parameter by parameter, perhaps of several lines: those that describe the sender's own stream (sprop-...) are long
 * and mean nothing to others, and a vendor's own must not take the place of those that the format needs. */
static void parse_fmtp(struct sdp_media *media, const char *value)
{
    uint32_t payload_type;
    struct sdp_codec *codec = read_payload_type(&value, &payload_type) ? find_codec(media, payload_type) : NULL;
    if (codec == NULL)
        return;
    add_parameters(codec, value, false);
    add_parameters(codec, value, true);
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

static void parse_feedback(struct sdp_media *media, const char *value)
{
    uint32_t payload_type;
    if (value[0] == '*' && (value[1] == ' ' || value[1] == '\t')) {
        for (size_t i = 0; i < media->codec_count; i++)
            note_feedback(&media->codecs[i], skip_blanks(value + 1));
    } else if (read_payload_type(&value, &payload_type)) {
        struct sdp_codec *codec = find_codec(media, payload_type);
        if (codec != NULL)
            note_feedback(codec, value);
    }
}

/* "1 2130706431..." see RFC 8839 section 5.1: kept as text, "candidate:" before it. */
static void add_candidate(struct sdp_media *media, const char *text)
{
    if (strlen(text) < sizeof media->candidates[0] &&
        media->candidate_count < sizeof media->candidates / sizeof media->candidates[0])
        memcpy(media->candidates[media->candidate_count++], text, strlen(text) + 1);
}

/* A rid at `text`, up to its separator; false: it is too long, or has other characters. */
static bool read_rid(char rid[MEDIA_RID_MAX + 1], const char *text)
{
    if (strncmp(text, "rid=", 4) == 0) /* as the drafts of RFC 8853 had it */
        text += 4;
    size_t length = strcspn(text, ",; ");
    if (length == 0 || length > MEDIA_RID_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    memcpy(rid, text, length);
    rid[length] = '\0';
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
static void parse_simulcast(struct sdp_media *media, const char *value)
{
    const char *send = strncmp(value, "send ", 5) == 0 ? value : strstr(value, " send ");
    if (send == NULL)
        return;
    send = skip_blanks(strchr(send + 1, ' '));
    media->rid_count = 0;
    while (*send != '\0' && *send != ' ') {
        char rid[MEDIA_RID_MAX + 1];
        if (*send == '~')
            send++;
        if (read_rid(rid, send) && media->rid_count < MEDIA_ENCODINGS_MAX && !has_rid(media, rid))
            memcpy(media->rids[media->rid_count++], rid, sizeof rid);
        send += strcspn(send, "; ");
        if (*send == ';')
            send++;
    }
}

static size_t find_ssrc(const struct sdp_media *media, uint32_t ssrc)
{
    size_t i = 0;
    while (i < media->ssrc_count && media->ssrcs[i].ssrc != ssrc)
        i++;
    return i;
}

static struct sdp_ssrc *add_ssrc(struct sdp_media *media, uint32_t ssrc)
{
    size_t at = find_ssrc(media, ssrc);
    if (at == SDP_SSRCS_MAX)
        return NULL;
    media->ssrcs[at].ssrc = ssrc;
    media->ssrc_count += at == media->ssrc_count;
    return &media->ssrcs[at];
}

static void parse_ssrc(struct sdp_media *media, const char *value)
{
    uint32_t ssrc;
    if (!sdp_read_number(&value, UINT32_MAX, &ssrc) || ssrc == 0)
        return;
    for (size_t i = 0; i < media->ssrc_count; i++) {
        if (media->ssrcs[i].rtx_ssrc == ssrc)
            return;
    }
    (void)add_ssrc(media, ssrc);
}

/* A stream and the one that repairs it (RFC 4588). The group may be written before or after the a=ssrc lines of its
 * SSRCs. */
static void add_pair(struct sdp_media *media, uint32_t ssrc, uint32_t rtx)
{
    size_t alone = find_ssrc(media, rtx);
    if (alone < media->ssrc_count) {
        media->ssrc_count--;
        memmove(&media->ssrcs[alone], &media->ssrcs[alone + 1], (media->ssrc_count - alone) * sizeof media->ssrcs[0]);
    }
    struct sdp_ssrc *pair = add_ssrc(media, ssrc);
    if (pair != NULL)
        pair->rtx_ssrc = rtx;
}

/* "FID 11 21" (RFC 5576), or "SIM 11 12 13": simulcast as it was before there were rids, lowest encoding first. */
static void parse_ssrc_group(struct sdp_media *media, const char *value)
{
    uint32_t ssrcs[MEDIA_ENCODINGS_MAX] = {0};
    size_t count = 0;
    bool is_fid = strncmp(value, "FID ", 4) == 0;
    if (!is_fid && strncmp(value, "SIM ", 4) != 0)
        return;
    for (value = skip_blanks(value + 4); *value != '\0' && count < MEDIA_ENCODINGS_MAX; value = skip_blanks(value)) {
        if (!sdp_read_number(&value, UINT32_MAX, &ssrcs[count]) || ssrcs[count] == 0)
            return;
        count++;
    }
    if (is_fid && count == 2 && ssrcs[0] != ssrcs[1])
        add_pair(media, ssrcs[0], ssrcs[1]);
    if (is_fid || media->sim_count > 0) /* one source is sent here: a second group is invalid, or lists RTX streams */
        return;
    media->sim_count = count;
    memcpy(media->sim, ssrcs, sizeof media->sim);
}

static void parse_media_extmap(struct sdp_media *media, const char *value)
{
    parse_extmap(&media->extensions, media->extension_directions, value);
}

/* An invalid identifier is left out: it is only a label. */
static void parse_msid(struct sdp_media *media, const char *value)
{
    if (!sdp_read_token(&value, media->stream_id, sizeof media->stream_id)) {
        media->stream_id[0] = '\0';
        return;
    }
    if (*value++ != ' ' || !sdp_read_token(&value, media->track_id, sizeof media->track_id))
        media->track_id[0] = '\0';
}

/* If it does not fit, the m-line has no mid and is rejected. */
static void parse_mid(struct sdp_media *media, const char *value)
{
    const char *end = value;
    if (read_mid(&end, media->mid) && *end == '\0')
        return;
    bool is_long = strlen(value) > MEDIA_MID_MAX;
    media->mid[0] = '\0';
    media->mid_fault = is_long ? "a=mid has more than 16 characters" : "a=mid is not a name of visible characters";
}

static void parse_sctp(struct sdp_media *media, const char *value)
{
    uint32_t port;
    if (sdp_read_number(&value, 65535, &port))
        media->sctp_port = (uint16_t)port;
}

static void parse_max_message_size(struct sdp_media *media, const char *value)
{
    uint32_t size;
    if (sdp_read_number(&value, UINT32_MAX, &size) && *value == '\0')
        media->max_message_size = size;
}

static bool parse_flag(struct sdp_media *media, const char *text)
{
    if (strcmp(text, "rtcp-mux") == 0 || strncmp(text, "rtcp-mux ", 9) == 0 || strcmp(text, "rtcp-mux-only") == 0)
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

const char *sdp_media_attribute(struct sdp *sdp, struct sdp_media *media, const char *text)
{
    static const struct {
        const char *name;
        void (*parse)(struct sdp_media *media, const char *value);
    } attributes[] = {
        {"rtpmap", parse_rtpmap},
        {"fmtp", parse_fmtp},
        {"rtcp-fb", parse_feedback},
        {"extmap", parse_media_extmap},
        {"simulcast", parse_simulcast},
        {"ssrc", parse_ssrc},
        {"ssrc-group", parse_ssrc_group},
        {"sctp-port", parse_sctp},
        {"sctpmap", parse_sctp},
        {"max-message-size", parse_max_message_size},
        {"mid", parse_mid},
        {"msid", parse_msid},
    };
    bool known;
    const char *value, *reason = parse_transport(media->ice_ufrag, media->ice_pwd, media->fingerprint_algorithm,
                                                 media->fingerprint, &media->setup, text, &known);
    if (known || parse_flag(media, text) || parse_tls_id(sdp, text))
        return reason;
    if (value_of(text, "candidate") != NULL)
        add_candidate(media, text);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if ((value = value_of(text, attributes[i].name)) != NULL)
            attributes[i].parse(media, value);
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
    media->fault = session->fault;
    media->extmap_allow_mixed = session->extmap_allow_mixed;
    media->extensions = session->extensions;
    memcpy(media->extension_directions, session->extension_directions, sizeof media->extension_directions);
}
