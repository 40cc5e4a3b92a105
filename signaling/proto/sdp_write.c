#include "signaling/proto/sdp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "transport/base/error.h"

#define DATA_STREAMS 32

struct text {
    char *out;
    size_t capacity, length;
    bool overflow;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->out + text->length, text->capacity - text->length, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= text->capacity - text->length)
        text->overflow = true;
    else
        text->length += (size_t)length;
}

static const char *direction_name(const struct sdp_media *media)
{
    if (media->send)
        return media->receive ? "sendrecv" : "sendonly";
    return media->receive ? "recvonly" : "inactive";
}

static const char *setup_name(enum sdp_setup setup)
{
    return setup == SDP_SETUP_ACTPASS ? "actpass" : setup == SDP_SETUP_ACTIVE ? "active" : "passive";
}

static void add_codec(struct text *text, const struct sdp_codec *codec)
{
    unsigned type = codec->payload_type;
    add(text, "a=rtpmap:%u %s/%u", type, codec->name, codec->clock_rate);
    if (codec->channels > 1)
        add(text, "/%u", codec->channels);
    add(text, "\r\n");
    if (codec->parameters[0] != '\0')
        add(text, "a=fmtp:%u %s\r\n", type, codec->parameters);
    if (codec->remb)
        add(text, "a=rtcp-fb:%u goog-remb\r\n", type);
    if (codec->transport_cc)
        add(text, "a=rtcp-fb:%u transport-cc\r\n", type);
    if (codec->fir)
        add(text, "a=rtcp-fb:%u ccm fir\r\n", type);
    if (codec->nack)
        add(text, "a=rtcp-fb:%u nack\r\n", type);
    if (codec->pli)
        add(text, "a=rtcp-fb:%u nack pli\r\n", type);
}

static void add_transport(struct text *text, const struct sdp_media *media, bool trickle)
{
    add(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", media->ice_ufrag, media->ice_pwd);
    if (trickle)
        add(text, "a=ice-options:trickle\r\n");
    add(text, "a=fingerprint:%s %s\r\na=setup:%s\r\n", media->fingerprint_algorithm, media->fingerprint,
        setup_name(media->setup));
    for (size_t i = 0; i < media->candidate_count; i++)
        add(text, "a=%s\r\n", media->candidates[i]);
    if (media->end_of_candidates)
        add(text, "a=end-of-candidates\r\n");
}

/* An answerer lists the rids it receives, an offerer those it sends (RFC 8853). */
static void add_simulcast(struct text *text, const struct sdp_media *media)
{
    const char *direction = media->rids_received ? "recv" : "send";
    if (media->rid_count == 0)
        return;
    for (size_t i = 0; i < media->rid_count; i++)
        add(text, "a=rid:%s %s\r\n", media->rids[i], direction);
    add(text, "a=simulcast:%s %s", direction, media->rids[0]);
    for (size_t i = 1; i < media->rid_count; i++)
        add(text, ";%s", media->rids[i]);
    add(text, "\r\n");
}

static void add_ssrcs(struct text *text, const struct sdp *sdp, const struct sdp_media *media)
{
    if (media->stream_id[0] != '\0' && media->track_id[0] != '\0')
        add(text, "a=msid:%s %s\r\n", media->stream_id, media->track_id);
    for (size_t i = 0; i < media->ssrc_count; i++) {
        uint32_t ssrc = media->ssrcs[i].ssrc, rtx = media->ssrcs[i].rtx_ssrc;
        if (rtx != 0)
            add(text, "a=ssrc-group:FID %u %u\r\n", ssrc, rtx);
        add(text, "a=ssrc:%u cname:%s\r\n", ssrc, sdp->cname);
        if (rtx != 0)
            add(text, "a=ssrc:%u cname:%s\r\n", rtx, sdp->cname);
    }
}

static void add_rtp_media(struct text *text, const struct sdp *sdp, const struct sdp_media *media)
{
    static const char *const directions[] = {"", "/sendonly", "/recvonly", "/inactive"};
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        if (media->extensions.id[i] != 0)
            add(text, "a=extmap:%u%s %s\r\n", media->extensions.id[i], directions[media->extension_directions[i]],
                extension_uri((enum extension)i));
    }
    if (media->extmap_allow_mixed)
        add(text, "a=extmap-allow-mixed\r\n");
    add(text, "a=%s\r\na=rtcp-mux\r\n", direction_name(media));
    if (media->rtcp_reduced_size)
        add(text, "a=rtcp-rsize\r\n");
    for (size_t i = 0; i < media->codec_count; i++)
        add_codec(text, &media->codecs[i]);
    add_simulcast(text, media);
    if (media->send)
        add_ssrcs(text, sdp, media);
}

/* The form before RFC 8841 names the port in the m-line, and streams in a=sctpmap. */
static void add_data_media(struct text *text, const struct sdp_media *media)
{
    if (media->format[0] >= '0' && media->format[0] <= '9')
        add(text, "a=sctpmap:%s webrtc-datachannel %u\r\n", media->format, DATA_STREAMS);
    else
        add(text, "a=sctp-port:%u\r\n", media->sctp_port);
    add(text, "a=max-message-size:%u\r\n", media->max_message_size);
}

static void add_media(struct text *text, const struct sdp *sdp, const struct sdp_media *media)
{
    add(text, "m=%s %u %s", media->kind, media->rejected ? 0u : media->port, media->protocol);
    for (size_t i = 0; i < media->codec_count; i++)
        add(text, " %u", media->codecs[i].payload_type);
    if (media->codec_count == 0)
        add(text, " %s", media->format[0] != '\0' ? media->format : "0");
    add(text, "\r\nc=IN IP4 0.0.0.0\r\n");
    if (media->mid[0] != '\0')
        add(text, "a=mid:%s\r\n", media->mid);
    if (media->rejected) {
        add(text, "a=inactive\r\n");
        return;
    }
    add_transport(text, media, sdp->trickle);
    if (sdp_is_data(media))
        add_data_media(text, media);
    else
        add_rtp_media(text, sdp, media);
}

int sdp_write(const struct sdp *sdp, char *out, size_t capacity)
{
    struct text text = {.out = out, .capacity = capacity};
    if (capacity == 0)
        return ERR_NO_SPACE;
    add(&text, "v=0\r\no=- %s %llu IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", sdp->session_id,
        (unsigned long long)sdp->session_version);
    if (sdp->ice_lite)
        add(&text, "a=ice-lite\r\n");
    if (sdp->bundle_count > 0) {
        add(&text, "a=group:BUNDLE");
        for (size_t i = 0; i < sdp->bundle_count; i++)
            add(&text, " %s", sdp->bundle[i]);
        add(&text, "\r\n");
    }
    if (sdp->tls_id[0] != '\0')
        add(&text, "a=tls-id:%s\r\n", sdp->tls_id);
    add(&text, "a=msid-semantic: WMS *\r\n");
    for (size_t i = 0; i < sdp->media_count; i++)
        add_media(&text, sdp, &sdp->media[i]);
    return text.overflow ? ERR_NO_SPACE : (int)text.length;
}
