#include "signaling/proto/negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate_media.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define REJECTED_MAX 256 /* as many as an offer has m-lines */

void negotiated_fini(struct negotiated *negotiated)
{
    for (size_t i = 0; i < NEGOTIATE_PAYLOAD_TYPES; i++)
        free(negotiated->parameters[i]);
    free(negotiated->media);
    free(negotiated->rejected);
    free(negotiated->candidates);
    *negotiated = (struct negotiated){0};
}

static struct negotiate_line *find_line(struct negotiate_line *lines, size_t count, const char *mid)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].mid, mid) == 0)
            return &lines[i];
    }
    return NULL;
}

const struct media *negotiated_find(const struct negotiated *negotiated, const char *mid)
{
    for (size_t i = 0; negotiated != NULL && i < negotiated->media_count; i++) {
        if (strcmp(negotiated->media[i].mid, mid) == 0)
            return &negotiated->media[i];
    }
    return NULL;
}

static const struct negotiate_rejected *find_rejected(const struct negotiated *negotiated, const char *mid)
{
    for (size_t i = 0; negotiated != NULL && i < negotiated->rejected_count; i++) {
        if (strcmp(negotiated->rejected[i].mid, mid) == 0)
            return &negotiated->rejected[i];
    }
    return NULL;
}

/* The attribute is missing, or its value was invalid. */
static int refuse_missing(struct refusal *refusal, const struct sdp_media *media, const char *attribute,
                          const char *text)
{
    const struct sdp_fault *fault = &media->fault;
    if (fault->expected == NULL || strncmp(fault->expected, attribute, strlen(attribute)) != 0)
        return sdp_refuse(refusal, 0, text);
    return sdp_refuse(refusal, fault->line, fault->expected);
}

/* Whether we could accept the m-line: it is not rejected, and has a codec that we know. */
static bool is_usable(const struct sdp_media *written)
{
    struct media media = {.kind = strcmp(written->kind, "video") == 0 ? MEDIA_VIDEO : MEDIA_AUDIO};
    if (written->rejected || sdp_is_data(written))
        return !written->rejected;
    negotiate_read_codecs(&media, written, NULL);
    return media.codec_count > 0;
}

/* A transport that is not complete counts, too: the error says what is missing. */
static bool has_transport(const struct sdp_media *media)
{
    return media->ice_ufrag[0] != '\0' || media->ice_pwd[0] != '\0';
}

static const struct sdp_media *bundled_transport(const struct sdp *sdp, bool must_be_usable)
{
    for (size_t i = 0; i < sdp->bundle_count; i++) {
        const struct sdp_media *media = sdp_bundled(sdp, i);
        bool in_use = media != NULL && (media->port != 0 || media->bundle_only);
        if (in_use && has_transport(media) && (!must_be_usable || is_usable(media)))
            return media;
    }
    return NULL;
}

const struct sdp_media *negotiate_transport(const struct sdp *sdp)
{
    const struct sdp_media *found = bundled_transport(sdp, true);
    if (found == NULL)
        found = bundled_transport(sdp, false);
    if (found != NULL)
        return found;
    for (size_t i = 0; sdp->bundle_count == 0 && i < sdp->media_count; i++) {
        if (is_usable(&sdp->media[i]))
            return &sdp->media[i];
    }
    return sdp_transport(sdp);
}

/* Candidates of the transport are on the m-line that the offerer takes for the transport's. */
static void read_candidates(const struct sdp *sdp, const struct sdp_media *transport, struct negotiated *out)
{
    const struct sdp_media *first = sdp_transport(sdp);
    if (transport->candidate_count == 0 && strcmp(first->ice_ufrag, transport->ice_ufrag) == 0)
        transport = first;
    out->candidate_count = transport->candidate_count;
    out->candidates = mem_array(transport->candidate_count, sizeof *out->candidates);
    memcpy(out->candidates, transport->candidates, transport->candidate_count * sizeof *out->candidates);
}

/* Why none of the m-lines is the transport's. What has no mid that counts is in no group either. */
static const char *why_none(const struct sdp *sdp)
{
    for (size_t i = 0; i < sdp->media_count; i++) {
        if (sdp->media[i].mid_fault != NULL)
            return sdp->media[i].mid_fault;
    }
    return sdp->bundle_count > 0 ? "the BUNDLE group has no m-line in use"
                                 : "no m-line can be used (audio or video with a=mid and a=rtcp-mux)";
}

/* The transport of the whole BUNDLE. */
static int read_transport(const struct sdp *sdp, struct negotiated *out, enum sdp_setup *setup, struct refusal *refusal)
{
    const struct sdp_media *first = negotiate_transport(sdp);
    if (first == NULL)
        return sdp_refuse(refusal, 0, why_none(sdp));
    if (first->ice_ufrag[0] == '\0' || first->ice_pwd[0] == '\0')
        return refuse_missing(refusal, first, "a=ice-", "a=ice-ufrag and a=ice-pwd are missing");
    if (first->fingerprint[0] == '\0')
        return refuse_missing(refusal, first, "a=fingerprint", "a=fingerprint is missing");
    if (first->setup == SDP_SETUP_NONE)
        return refuse_missing(refusal, first, "a=setup", "a=setup is missing");
    if (strncmp(first->fingerprint_algorithm, "sha-", 4) != 0 || strcmp(first->fingerprint_algorithm, "sha-1") == 0 ||
        strcmp(first->fingerprint_algorithm, "sha-224") == 0)
        return sdp_refuse(refusal, 0, "the fingerprint's hash is not sha-256, sha-384 or sha-512");
    if (!first->rtcp_mux && sdp_is_rtp(first))
        return sdp_refuse(refusal, 0, "a=rtcp-mux is missing");
    memcpy(out->remote_ufrag, first->ice_ufrag, sizeof out->remote_ufrag);
    memcpy(out->remote_pwd, first->ice_pwd, sizeof out->remote_pwd);
    memcpy(out->fingerprint_algorithm, first->fingerprint_algorithm, sizeof out->fingerprint_algorithm);
    memcpy(out->fingerprint, first->fingerprint, sizeof out->fingerprint);
    memcpy(out->tls_id, sdp->tls_id, sizeof out->tls_id);
    out->remote_ice_lite = sdp->ice_lite;
    read_candidates(sdp, first, out);
    *setup = first->setup;
    return 0;
}

/* `media` is the offered m-line. */
static void note_rejected(struct negotiated *out, const struct sdp_media *media, const char *reason)
{
    if (out->rejected_count == REJECTED_MAX)
        return;
    out->rejected = mem_resize(out->rejected, out->rejected_count + 1, sizeof *out->rejected);
    struct negotiate_rejected *rejected = &out->rejected[out->rejected_count++];
    memcpy(rejected->mid, media->mid, sizeof rejected->mid);
    memcpy(rejected->kind, media->kind, sizeof rejected->kind);
    memcpy(rejected->protocol, media->protocol, sizeof rejected->protocol);
    memcpy(rejected->format, media->format, sizeof rejected->format);
    snprintf(rejected->reason, sizeof rejected->reason, "%s", reason);
}

/* Sets what m-lines of our answers and of our offers have in common. */
static void init_line(struct sdp_media *out, const struct negotiate_local *local, enum sdp_setup setup)
{
    out->port = 9;
    out->rtcp_mux = true;
    out->setup = setup;
    snprintf(out->ice_ufrag, sizeof out->ice_ufrag, "%s", local->ice_ufrag);
    snprintf(out->ice_pwd, sizeof out->ice_pwd, "%s", local->ice_pwd);
    snprintf(out->fingerprint_algorithm, sizeof out->fingerprint_algorithm, "sha-256");
    snprintf(out->fingerprint, sizeof out->fingerprint, "%s", local->fingerprint);
}

static void init_description(struct sdp *sdp, const struct negotiate_local *local, size_t media_count)
{
    *sdp = (struct sdp){
        .session_version = local->session_version,
        .ice_lite = local->ice_lite,
        .trickle = !local->ice_lite,
        .media_count = media_count,
        .media = mem_array(media_count, sizeof *sdp->media),
    };
    snprintf(sdp->session_id, sizeof sdp->session_id, "%s", local->session_id);
    snprintf(sdp->cname, sizeof sdp->cname, "%s", local->cname);
    snprintf(sdp->tls_id, sizeof sdp->tls_id, "%s", local->tls_id != NULL ? local->tls_id : "");
}

static void add_to_bundle(struct sdp *sdp, struct sdp_media *media, const struct negotiate_local *local)
{
    if (sdp->bundle_count == 0) { /* candidates are written once, on the m-line of the transport */
        for (size_t i = 0; i < local->candidate_count && i < sizeof media->candidates / sizeof media->candidates[0];
             i++)
            snprintf(media->candidates[media->candidate_count++], sizeof media->candidates[0], "%s",
                     local->candidates[i]);
        media->end_of_candidates = local->end_of_candidates;
    }
    memcpy(sdp->bundle[sdp->bundle_count++], media->mid, sizeof media->mid);
}

/* A stream that continues keeps its SSRCs. One that begins anew on an m-line has others: libwebrtc shows no picture of
 * a stream that comes back with the SSRC of one that had ended. */
static void choose_ssrcs(struct media *media, struct negotiate_line *line, const struct media *before, struct rng *rng)
{
    if (line->send_ssrc == 0)
        line->send_ssrc = before != NULL && before->send_ssrc != 0 ? before->send_ssrc : rng_u32(rng) | 1;
    if (line->send_rtx_ssrc == 0 && media->kind == MEDIA_VIDEO)
        line->send_rtx_ssrc = before != NULL && before->send_rtx_ssrc != 0 ? before->send_rtx_ssrc : rng_u32(rng) | 1;
    media->send_ssrc = line->send_ssrc;
    media->send_rtx_ssrc = line->send_rtx_ssrc;
}

static void write_sending(struct sdp_media *out, const struct media *media, const struct negotiate_line *line)
{
    memcpy(out->stream_id, line->stream_id, sizeof out->stream_id);
    memcpy(out->track_id, line->track_id, sizeof out->track_id);
    if (line->send_rid_count > 0)
        return; /* simulcast names rids, not SSRCs */
    out->ssrc_count = 1;
    out->ssrcs[0].ssrc = media->send_ssrc;
    out->ssrcs[0].rtx_ssrc = media->codec_count > 0 && media->codecs[0].rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE
                                 ? media->send_rtx_ssrc
                                 : 0;
}

/* Reads what the m-line's author supports into `media`. NULL, or why the m-line cannot be used. */
static const char *read_line(struct media *media, const struct sdp *sdp, const struct sdp_media *transport,
                             const struct sdp_media *written, const enum codec *codecs)
{
    if (written->rejected)
        return written->reject_reason;
    if (sdp->bundle_count > 0 ? !sdp_is_bundled(sdp, written) : written != transport)
        return "it is not in the BUNDLE group";
    media->kind = strcmp(written->kind, "video") == 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
    memcpy(media->mid, written->mid, sizeof media->mid);
    negotiate_read_codecs(media, written, codecs);
    if (media->codec_count == 0)
        return "no codec that we know";
    media->extmap_allow_mixed = written->extmap_allow_mixed;
    media->rtcp_reduced_size = written->rtcp_reduced_size;
    if (written->send)
        negotiate_encodings(media, written);
    return NULL;
}

static void write_line(struct sdp_media *out, const struct media *media, const struct negotiated *negotiated)
{
    negotiate_write_codecs(out, media, negotiated);
    out->extensions = media->extensions;
    out->extmap_allow_mixed = media->extmap_allow_mixed;
    out->rtcp_reduced_size = media->rtcp_reduced_size;
    out->send = media->send;
    out->receive = media->receive;
}

/* What data channels are agreed on by an m-line of the remote peer's. NULL, or why it cannot be used. */
static const char *read_data(const struct sdp *sdp, const struct sdp_media *transport, const struct sdp_media *written,
                             const struct negotiate_local *local, struct negotiated *out)
{
    if (written->rejected)
        return written->reject_reason;
    if (local->sctp_port == 0)
        return "data channels are not served here";
    if (sdp->bundle_count > 0 ? !sdp_is_bundled(sdp, written) : written != transport)
        return "it is not in the BUNDLE group";
    if (out->data.remote_port != 0)
        return "one m-line has all data channels";
    memcpy(out->data.mid, written->mid, sizeof out->data.mid);
    out->data.remote_port = written->sctp_port;
    return NULL;
}

/* Agrees on one m-line of the offer: it is added to `out`, as accepted or as rejected. */
static bool agree(const struct sdp *offer, const struct sdp_media *transport, const struct sdp_media *offered,
                  const struct negotiate_local *local, const struct negotiate_line *requested,
                  const struct negotiated *previous, struct negotiated *out)
{
    struct media media = {0};
    const char *reason = sdp_is_data(offered) ? read_data(offer, transport, offered, local, out)
                                              : read_line(&media, offer, transport, offered, local->codecs);
    if (reason != NULL) {
        note_rejected(out, offered, reason);
        return false;
    }
    if (sdp_is_data(offered))
        return true;
    media.receive = offered->send && (requested == NULL || requested->receive);
    media.send = offered->receive && requested != NULL && requested->send;
    if (media.receive && requested != NULL)
        negotiate_prefer(&media, requested->viewers, requested->viewer_count, negotiated_find(previous, media.mid));
    negotiate_extensions(&media, offered);
    negotiate_keep_parameters(out, &media, offered);
    out->media[out->media_count++] = media;
    return true;
}

static void write_data(struct sdp_media *line, const struct negotiate_local *local)
{
    line->sctp_port = local->sctp_port;
    line->max_message_size = local->max_message_size;
}

static void answer_line(struct sdp_media *line, const struct sdp_media *offered, struct media *media,
                        const struct negotiate_local *local, struct negotiate_line *requested,
                        const struct negotiated *previous, struct rng *rng, const struct negotiated *out)
{
    const struct media *before = negotiated_find(previous, media->mid);
    init_line(line, local, out->is_dtls_client ? SDP_SETUP_ACTIVE : SDP_SETUP_PASSIVE);
    negotiate_feedback(media);
    write_line(line, media, out);
    negotiate_answer_codecs(line);
    negotiate_mirror_directions(line, offered);
    if (media->receive && offered->rid_count > 0) {
        line->rids_received = true;
        line->rid_count = offered->rid_count;
        memcpy(line->rids, offered->rids, sizeof line->rids);
    }
    if (media->send) {
        choose_ssrcs(media, requested, before, rng);
        write_sending(line, media, requested);
    }
}

static void answer_lines(const struct sdp *offer, struct sdp *answer, const struct negotiate_local *local,
                         struct negotiate_line *lines, size_t line_count, const struct negotiated *previous,
                         struct rng *rng, struct negotiated *out)
{
    const struct sdp_media *transport = negotiate_transport(offer);
    out->media = mem_array(offer->media_count, sizeof *out->media);
    for (size_t i = 0; i < offer->media_count; i++) {
        const struct sdp_media *offered = &offer->media[i];
        struct sdp_media *line = &answer->media[i];
        memcpy(line->kind, offered->kind, sizeof line->kind);
        memcpy(line->protocol, offered->protocol, sizeof line->protocol);
        memcpy(line->format, offered->format, sizeof line->format);
        memcpy(line->mid, offered->mid, sizeof line->mid);
        line->rejected =
            !agree(offer, transport, offered, local, find_line(lines, line_count, offered->mid), previous, out);
    }
    negotiate_unique_extensions(out, previous);
    struct media *media = out->media;
    for (size_t i = 0; i < offer->media_count; i++) {
        struct sdp_media *line = &answer->media[i];
        if (line->rejected)
            continue;
        if (sdp_is_data(line)) {
            init_line(line, local, out->is_dtls_client ? SDP_SETUP_ACTIVE : SDP_SETUP_PASSIVE);
            write_data(line, local);
        } else {
            answer_line(line, &offer->media[i], media++, local, find_line(lines, line_count, line->mid), previous, rng,
                        out);
        }
        if (offer->bundle_count == 0) { /* a single m-line needs no BUNDLE */
            add_to_bundle(answer, line, local);
            answer->bundle_count = 0;
        }
    }
    for (size_t i = 0; i < offer->bundle_count; i++) { /* in the offer's order: the first has the transport */
        const struct sdp_media *offered = sdp_bundled(offer, i);
        struct sdp_media *line = offered != NULL ? &answer->media[offered - offer->media] : NULL;
        if (line != NULL && !line->rejected)
            add_to_bundle(answer, line, local);
    }
}

/* The role stays for the life of the connection (RFC 8842 section 5.5). */
static int choose_role(enum sdp_setup setup, bool begins, const struct negotiated *previous, struct negotiated *out,
                       struct refusal *refusal)
{
    if (setup == SDP_SETUP_ACTPASS)
        out->is_dtls_client = previous != NULL ? previous->is_dtls_client : begins;
    else
        out->is_dtls_client = setup == SDP_SETUP_PASSIVE;
    if (previous != NULL && previous->is_dtls_client != out->is_dtls_client)
        return sdp_refuse(refusal, 0, "a=setup changes the DTLS role of a connection in use");
    return 0;
}

/* Accepted and rejected m-lines: an offer never has fewer than the one before. */
static size_t line_count(const struct negotiated *negotiated)
{
    return negotiated->media_count + negotiated->rejected_count + (negotiated->data.remote_port != 0);
}

enum negotiate_relation negotiate_relation(const struct negotiated *previous, const struct sdp *offer)
{
    const struct sdp_media *transport = negotiate_transport(offer);
    if (transport == NULL)
        return NEGOTIATE_SAME;
    if (strcmp(previous->fingerprint_algorithm, transport->fingerprint_algorithm) != 0 ||
        strcmp(previous->fingerprint, transport->fingerprint) != 0 || strcmp(previous->tls_id, offer->tls_id) != 0 ||
        offer->media_count < line_count(previous))
        return NEGOTIATE_NEW;
    bool same = strcmp(previous->remote_ufrag, transport->ice_ufrag) == 0 &&
                strcmp(previous->remote_pwd, transport->ice_pwd) == 0;
    return same ? NEGOTIATE_SAME : NEGOTIATE_RESTART;
}

int negotiate_answer(const struct sdp *offer, const struct negotiate_local *local, struct negotiate_line *lines,
                     size_t line_count, const struct negotiated *previous, struct rng *rng, struct negotiated *out,
                     char *answer, size_t capacity, size_t *length, struct refusal *refusal)
{
    struct sdp description;
    enum sdp_setup setup;
    *out = (struct negotiated){0};
    int result = read_transport(offer, out, &setup, refusal);
    if (result == 0)
        result = choose_role(setup, local->begins_dtls, previous, out, refusal);
    if (result == 0 && offer->ice_lite && local->ice_lite)
        result = sdp_refuse(refusal, 0, "a=ice-lite on both ends: neither would check the path");
    if (result != 0) {
        negotiated_fini(out);
        return result;
    }
    init_description(&description, local, offer->media_count);
    if (offer->tls_id[0] == '\0')
        description.tls_id[0] = '\0'; /* only answered (RFC 8842 section 5.3) */
    answer_lines(offer, &description, local, lines, line_count, previous, rng, out);
    int written = sdp_write(&description, answer, capacity);
    sdp_fini(&description);
    if (written < 0) {
        negotiated_fini(out);
        return sdp_refuse(refusal, 0, "the answer does not fit");
    }
    *length = (size_t)written;
    return 0;
}

static void offer_line(struct sdp *offer, size_t index, const struct negotiate_local *local,
                       struct negotiate_line *requested, const struct negotiated *previous, struct rng *rng)
{
    struct sdp_media *line = &offer->media[index];
    const struct media *before = negotiated_find(previous, requested->mid);
    const struct negotiate_rejected *rejected = find_rejected(previous, requested->mid);
    if (rejected != NULL) {
        line->rejected = true;
        memcpy(line->mid, rejected->mid, sizeof line->mid);
        memcpy(line->kind, rejected->kind, sizeof line->kind);
        memcpy(line->protocol, rejected->protocol, sizeof line->protocol);
        memcpy(line->format, rejected->format, sizeof line->format);
        return;
    }
    memcpy(line->mid, requested->mid, sizeof line->mid);
    if (requested->is_data) {
        snprintf(line->kind, sizeof line->kind, "application");
        snprintf(line->protocol, sizeof line->protocol, "UDP/DTLS/SCTP");
        snprintf(line->format, sizeof line->format, "webrtc-datachannel");
        init_line(line, local, local->awaits_dtls ? SDP_SETUP_PASSIVE : SDP_SETUP_ACTPASS);
        write_data(line, local);
        add_to_bundle(offer, line, local);
        return;
    }
    struct media media = {.kind = requested->kind, .extmap_allow_mixed = true, .rtcp_reduced_size = true};
    snprintf(line->kind, sizeof line->kind, "%s", media_kind_name(requested->kind));
    snprintf(line->protocol, sizeof line->protocol, "UDP/TLS/RTP/SAVPF");
    if (before != NULL)
        media = *before;
    else
        negotiate_own_media(&media, local->codecs, previous);
    media.send = requested->send;
    media.receive = requested->receive;
    init_line(line, local, local->awaits_dtls ? SDP_SETUP_PASSIVE : SDP_SETUP_ACTPASS);
    write_line(line, &media, previous);
    if (media.send) {
        choose_ssrcs(&media, requested, before, rng);
        write_sending(line, &media, requested);
        line->rid_count = requested->send_rid_count;
        memcpy(line->rids, requested->send_rids, sizeof line->rids);
    }
    add_to_bundle(offer, line, local);
}

int negotiate_offer(const struct negotiate_local *local, struct negotiate_line *lines, size_t line_count,
                    const struct negotiated *previous, struct rng *rng, char *offer, size_t capacity)
{
    struct sdp description;
    if (line_count > SDP_MEDIA_MAX)
        return ERR_NO_SPACE;
    init_description(&description, local, line_count);
    for (size_t i = 0; i < line_count; i++)
        offer_line(&description, i, local, &lines[i], previous, rng);
    int written = sdp_write(&description, offer, capacity);
    sdp_fini(&description);
    return written;
}

static void complete_line(const struct sdp *answer, const struct sdp_media *transport, const struct sdp_media *answered,
                          const struct sdp_media *offered, const struct negotiate_line *lines, size_t line_count,
                          const struct negotiated *previous, struct negotiated *out)
{
    static const struct negotiate_local any = {.sctp_port = 1};
    struct media media = {0};
    const char *reason;
    if (sdp_is_data(answered)) {
        reason = read_data(answer, transport, answered, &any, out);
        if (reason != NULL)
            note_rejected(out, offered, reason);
        return;
    }
    reason = read_line(&media, answer, transport, answered, NULL);
    media.send = offered->send && answered->receive;
    media.receive = offered->receive && answered->send;
    if (reason == NULL) {
        negotiate_extensions(&media, answered);
        if (!negotiate_keep_offered(&media, offered))
            reason = "no codec of the answer was offered";
    }
    if (reason != NULL) {
        note_rejected(out, offered, reason);
        return;
    }
    negotiate_feedback(&media);
    const struct media *before = negotiated_find(previous, media.mid);
    if (before != NULL && media.send) {
        media.send_ssrc = before->send_ssrc;
        media.send_rtx_ssrc = before->send_rtx_ssrc;
    }
    for (size_t i = 0; i < line_count; i++) {
        if (strcmp(lines[i].mid, media.mid) == 0 && lines[i].send_ssrc != 0) {
            media.send_ssrc = lines[i].send_ssrc;
            media.send_rtx_ssrc = lines[i].send_rtx_ssrc;
        }
    }
    negotiate_keep_parameters(out, &media, answered);
    out->media[out->media_count++] = media;
}

/* An answer has the offer's m-lines, in order, and revives none that was offered as rejected (RFC 3264 section 6). */
static int check_order(const struct sdp *offer, const struct sdp *answer, struct refusal *refusal)
{
    if (answer->media_count != offer->media_count)
        return sdp_refuse(refusal, 0, "the answer has not as many m-lines as the offer");
    for (size_t i = 0; i < offer->media_count; i++) {
        const struct sdp_media *offered = &offer->media[i], *answered = &answer->media[i];
        if (strcmp(answered->kind, offered->kind) != 0 ||
            (!answered->rejected && strcmp(answered->mid, offered->mid) != 0))
            return sdp_refuse(refusal, 0, "the answer's m-lines are not those of the offer, in order");
        if (offered->rejected && !answered->rejected)
            return sdp_refuse(refusal, 0, "the answer accepts an m-line that was offered as rejected");
    }
    return 0;
}

int negotiate_complete(const struct sdp *offer, const struct sdp *answer, const struct negotiate_line *lines,
                       size_t line_count, const struct negotiated *previous, struct negotiated *out,
                       struct refusal *refusal)
{
    enum sdp_setup setup;
    *out = (struct negotiated){0};
    int result = check_order(offer, answer, refusal);
    if (result == 0)
        result = read_transport(answer, out, &setup, refusal);
    if (result == 0 && setup == SDP_SETUP_ACTPASS)
        result = sdp_refuse(refusal, 0, "a=setup of an answer is active or passive");
    if (result == 0)
        result = choose_role(setup, false, previous, out, refusal);
    if (result != 0) {
        negotiated_fini(out);
        return result;
    }
    out->media = mem_array(answer->media_count, sizeof *out->media);
    const struct sdp_media *transport = negotiate_transport(answer);
    for (size_t i = 0; i < answer->media_count; i++)
        complete_line(answer, transport, &answer->media[i], &offer->media[i], lines, line_count, previous, out);
    return 0;
}
