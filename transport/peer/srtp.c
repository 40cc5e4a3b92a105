#include "transport/peer/srtp.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/peer/gcm_engine.h"
#include "transport/peer/open.h"
#include "transport/peer/protect.h"
#include "transport/wire/rtp.h"

#define DATAGRAM_MAX 65535

struct stream {
    uint32_t ssrc;
    uint64_t used;                  /* the session's packet count when it was last heard */
    struct packet_window rtp, rtcp; /* for AEAD profiles only: libsrtp2 has its own */
};

struct srtp_session {
    srtp_t send, receive; /* libsrtp2's, for CM... */
    struct protector *protector;
    struct opener *opener;     /* ...and ours, for AEAD profiles */
    struct map sent, received; /* SSRC -> struct stream */
    uint64_t packets;
};

static pthread_once_t init_once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    CHECK(srtp_init() == srtp_err_status_ok);
}

static int error_of(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return 0;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail: /* of GCM */
        return ERR_AUTH;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
        return ERR_DUPLICATE;
    case srtp_err_status_key_expired:
        return ERR_LIMIT;
    default:
        return ERR_INVALID;
    }
}

static srtp_t make_direction(const struct srtp_keys *keys, srtp_ssrc_type_t type)
{
    uint8_t secret[SRTP_KEY_MAX + SRTP_SALT_MAX];
    srtp_policy_t policy;
    srtp_t made = NULL;
    memset(&policy, 0, sizeof policy);
    srtp_profile_t profile = (srtp_profile_t)keys->profile;
    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok)
        return NULL;
    memcpy(secret, keys->key, keys->key_length);
    memcpy(secret + keys->key_length, keys->salt, keys->salt_length);
    policy.ssrc.type = type;
    policy.key = secret;
    policy.window_size = SRTP_REPLAY_WINDOW;
    policy.allow_repeat_tx = true;
    srtp_err_status_t status = srtp_create(&made, &policy);
    OPENSSL_cleanse(secret, sizeof secret);
    return status == srtp_err_status_ok ? made : NULL;
}

static bool open_session(struct srtp_session *session, const struct srtp_keys *send, const struct srtp_keys *receive)
{
    if (srtp_profile_is_aead(send->profile)) {
        session->protector = protector_new(send, gcm_engine_in_use());
        session->opener = opener_new(receive, gcm_engine_in_use());
        return session->protector != NULL && session->opener != NULL;
    }
    pthread_once(&init_once, init_library);
    session->send = make_direction(send, ssrc_any_outbound);
    session->receive = make_direction(receive, ssrc_any_inbound);
    return session->send != NULL && session->receive != NULL;
}

struct srtp_session *srtp_session_new(const struct srtp_keys *send, const struct srtp_keys *receive)
{
    struct srtp_session *session = mem_alloc(sizeof *session);
    map_init(&session->sent);
    map_init(&session->received);
    if (open_session(session, send, receive))
        return session;
    srtp_session_free(session);
    return NULL;
}

struct protector *srtp_session_protector(struct srtp_session *session)
{
    return session->protector;
}

static void free_streams(struct map *map)
{
    size_t at = 0;
    for (struct stream *stream; (stream = map_next(map, &at)) != NULL;)
        free(stream);
    map_fini(map);
}

void srtp_session_free(struct srtp_session *session)
{
    if (session == NULL)
        return;
    if (session->send != NULL)
        srtp_dealloc(session->send);
    if (session->receive != NULL)
        srtp_dealloc(session->receive);
    protector_free(session->protector);
    opener_free(session->opener);
    free_streams(&session->sent);
    free_streams(&session->received);
    free(session);
}

static void forget_oldest(struct srtp_session *session)
{
    struct stream *oldest = NULL;
    size_t at = 0;
    for (struct stream *stream; (stream = map_next(&session->received, &at)) != NULL;) {
        if (oldest == NULL || stream->used < oldest->used)
            oldest = stream;
    }
    CHECK(oldest != NULL);
    if (session->opener == NULL)
        CHECK(srtp_remove_stream(session->receive, htonl(oldest->ssrc)) == srtp_err_status_ok);
    map_remove(&session->received, oldest->ssrc);
    free(oldest);
}

static struct stream *heard(struct srtp_session *session, uint32_t ssrc)
{
    struct stream *stream = map_get(&session->received, ssrc);
    if (stream == NULL) {
        if (session->received.count >= SRTP_STREAMS_IN_MAX)
            forget_oldest(session);
        stream = mem_alloc(sizeof *stream);
        stream->ssrc = ssrc;
        map_put(&session->received, ssrc, stream);
    }
    stream->used = ++session->packets;
    return stream;
}

/* NULL: too many. */
static struct stream *sending_stream(struct srtp_session *session, uint32_t ssrc)
{
    struct stream *stream = map_get(&session->sent, ssrc);
    if (stream != NULL || session->sent.count >= SRTP_STREAMS_OUT_MAX)
        return stream;
    stream = mem_alloc(sizeof *stream);
    stream->ssrc = ssrc;
    map_put(&session->sent, ssrc, stream);
    return stream;
}

static int protect_in_place(struct srtp_session *session, struct stream *stream, uint8_t *data, size_t *length)
{
    size_t header = rtp_header_length(data, *length);
    struct span payload = {data + header, *length - header};
    if (header == 0)
        return ERR_INVALID;
    return protect_rtp(session->protector, &stream->rtp, data, header, &payload, 1, data, *length + SRTP_OVERHEAD_MAX,
                       length);
}

static bool is_plausible(const uint8_t *data, size_t length, size_t header)
{
    return length >= header && length <= DATAGRAM_MAX - SRTP_OVERHEAD_MAX && data[0] >> 6 == 2;
}

int srtp_session_protect_rtp(struct srtp_session *session, uint8_t *data, size_t *length)
{
    if (!is_plausible(data, *length, RTP_HEADER_SIZE))
        return ERR_INVALID;
    struct stream *stream = sending_stream(session, get_u32(data + 8));
    if (stream == NULL)
        return ERR_LIMIT;
    if (session->protector != NULL)
        return protect_in_place(session, stream, data, length);
    int count = (int)*length;
    int error = error_of(srtp_protect(session->send, data, &count));
    if (error == 0)
        *length = (size_t)count;
    return error;
}

int srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length)
{
    if (!is_plausible(data, *length, RTCP_HEADER))
        return ERR_INVALID;
    if (sending_stream(session, get_u32(data + 4)) == NULL)
        return ERR_LIMIT;
    if (session->protector != NULL)
        return protect_rtcp(session->protector, data, length);
    int count = (int)*length;
    int error = error_of(srtp_protect_rtcp(session->send, data, &count));
    if (error == 0)
        *length = (size_t)count;
    return error;
}

/* The window of a new SSRC is kept only if the packet is authentic. */
static int open_packet(struct srtp_session *session, bool is_rtp, uint32_t ssrc, uint8_t *data, size_t *length)
{
    struct stream *stream = map_get(&session->received, ssrc);
    struct packet_window fresh = {.is_started = false};
    struct packet_window *window = stream == NULL ? &fresh : is_rtp ? &stream->rtp : &stream->rtcp;
    int error =
        is_rtp ? open_rtp(session->opener, window, data, length) : open_rtcp(session->opener, window, data, length);
    if (error != 0)
        return error;
    bool is_new = stream == NULL;
    stream = heard(session, ssrc);
    if (is_new)
        *(is_rtp ? &stream->rtp : &stream->rtcp) = fresh;
    return 0;
}

int srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *data, size_t *length)
{
    if (!is_plausible(data, *length, RTP_HEADER_SIZE))
        return ERR_INVALID;
    uint32_t ssrc = get_u32(data + 8);
    if (session->opener != NULL)
        return open_packet(session, true, ssrc, data, length);
    int count = (int)*length;
    int error = error_of(srtp_unprotect(session->receive, data, &count));
    if (error != 0)
        return error;
    heard(session, ssrc);
    *length = (size_t)count;
    return 0;
}

int srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length)
{
    if (!is_plausible(data, *length, RTCP_HEADER))
        return ERR_INVALID;
    uint32_t ssrc = get_u32(data + 4);
    if (session->opener != NULL)
        return open_packet(session, false, ssrc, data, length);
    int count = (int)*length;
    int error = error_of(srtp_unprotect_rtcp(session->receive, data, &count));
    if (error != 0)
        return error;
    heard(session, ssrc);
    *length = (size_t)count;
    return 0;
}
