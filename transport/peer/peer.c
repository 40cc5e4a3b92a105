#include "transport/peer/peer.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/dtls.h"
#include "transport/peer/protect.h"
#include "transport/peer/srtp.h"

struct peer {
    struct identity *identity;
    struct dtls *dtls;
    struct srtp_session *srtp; /* NULL before the handshake is done */
    struct srtp_keys send_keys;
    struct data_channels *channels; /* NULL: not enabled, or not begun yet */
    struct {
        bool is_enabled, opens, has_failed;
        uint16_t remote_port;
    } data;
    int key_error; /* the handshake succeeded, but its keys cannot be used */
    uint64_t auth_errors, replays;
};

struct peer *peer_new(const struct peer_config *config)
{
    struct dtls *dtls = dtls_new(config);
    if (dtls == NULL)
        return NULL;
    struct peer *peer = mem_alloc(sizeof *peer);
    peer->dtls = dtls;
    peer->identity = identity_hold(config->identity);
    return peer;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL)
        return;
    srtp_session_free(peer->srtp);
    data_channels_free(peer->channels);
    dtls_free(peer->dtls);
    identity_release(peer->identity);
    OPENSSL_cleanse(&peer->send_keys, sizeof peer->send_keys);
    free(peer);
}

/* Takes the keys if the handshake has just finished. */
static void take_keys(struct peer *peer)
{
    if (peer->srtp != NULL || dtls_state(peer->dtls) != PEER_CONNECTED)
        return;
    struct srtp_keys receive;
    int error = dtls_export_keys(peer->dtls, &peer->send_keys, &receive);
    if (error == 0)
        peer->srtp = srtp_session_new(&peer->send_keys, &receive);
    if (peer->srtp == NULL) {
        peer->key_error = error != 0 ? error : ERR_UNSUPPORTED;
        dtls_close(peer->dtls);
    }
    OPENSSL_cleanse(&receive, sizeof receive);
}

static void begin_data(struct peer *peer, usec_t now)
{
    if (peer->channels != NULL || peer->data.has_failed)
        return;
    peer->channels = data_channels_new(peer->data.remote_port, dtls_is_client(peer->dtls), peer->data.opens, now);
    peer->data.has_failed = peer->channels == NULL;
}

static void take_data(void *user, const uint8_t *data, size_t length, usec_t now)
{
    struct peer *peer = user;
    begin_data(peer, now);
    if (peer->channels != NULL)
        data_channels_input(peer->channels, data, length, now);
}

static void begin_own_data(struct peer *peer, usec_t now)
{
    if (peer->data.opens && dtls_can_send(peer->dtls))
        begin_data(peer, now);
}

void peer_enable_data(struct peer *peer, uint16_t remote_port, bool opens, usec_t now)
{
    if (peer->data.is_enabled)
        return;
    peer->data.is_enabled = true;
    peer->data.opens = opens;
    peer->data.remote_port = remote_port;
    dtls_set_sink(peer->dtls, &(struct dtls_sink){.take = take_data, .user = peer});
    begin_own_data(peer, now);
}

bool peer_data_is_open(const struct peer *peer)
{
    return peer->channels != NULL && data_channels_are_open(peer->channels) && dtls_can_send(peer->dtls);
}

bool peer_data_is_closed(const struct peer *peer)
{
    return peer->data.has_failed || (peer->channels != NULL && data_channels_are_closed(peer->channels));
}

unsigned peer_data_openings(const struct peer *peer)
{
    return peer->channels != NULL ? data_channels_openings(peer->channels) : 0;
}

size_t peer_data_receive(struct peer *peer, uint8_t *out)
{
    return peer->channels != NULL ? data_channels_receive(peer->channels, out) : 0;
}

int peer_data_send(struct peer *peer, const uint8_t *data, size_t length, enum association_policy policy)
{
    return peer_data_is_open(peer) ? data_channels_send(peer->channels, data, length, policy) : ERR_WRONG_STATE;
}

void peer_start(struct peer *peer, usec_t now)
{
    dtls_start(peer->dtls, now);
}

int peer_input(struct peer *peer, const uint8_t *data, size_t length, usec_t now)
{
    int error = dtls_input(peer->dtls, data, length, now);
    take_keys(peer);
    begin_own_data(peer, now);
    return error;
}

size_t peer_poll(struct peer *peer, uint8_t *out, size_t capacity)
{
    uint8_t packet[ASSOCIATION_PACKET_MAX];
    size_t length = dtls_poll(peer->dtls, out, capacity);
    if (length > 0 || peer->channels == NULL || !dtls_can_send(peer->dtls))
        return length;
    length = data_channels_poll(peer->channels, packet);
    if (length == 0)
        return 0;
    dtls_send(peer->dtls, packet, length);
    return dtls_poll(peer->dtls, out, capacity);
}

enum peer_state peer_state(const struct peer *peer)
{
    return peer->key_error != 0 ? PEER_FAILED : dtls_state(peer->dtls);
}

int peer_error(const struct peer *peer)
{
    return peer->key_error != 0 ? peer->key_error : dtls_error(peer->dtls);
}

enum srtp_profile peer_profile(const struct peer *peer)
{
    return peer->srtp != NULL ? peer->send_keys.profile : SRTP_PROFILE_NONE;
}

const struct srtp_keys *peer_send_keys(const struct peer *peer)
{
    return peer->srtp != NULL ? &peer->send_keys : NULL;
}

usec_t peer_next(const struct peer *peer)
{
    return usec_min(dtls_next(peer->dtls), peer->channels != NULL ? data_channels_next(peer->channels) : USEC_NEVER);
}

void peer_timeout(struct peer *peer, usec_t now)
{
    dtls_timeout(peer->dtls, now);
    if (peer->channels != NULL)
        data_channels_timeout(peer->channels, now);
}

void peer_close(struct peer *peer)
{
    dtls_close(peer->dtls);
}

static int count_error(struct peer *peer, int error)
{
    if (error == ERR_AUTH)
        peer->auth_errors++;
    else if (error == ERR_DUPLICATE)
        peer->replays++;
    return error;
}

static bool is_ready(const struct peer *peer)
{
    return peer->srtp != NULL && dtls_state(peer->dtls) == PEER_CONNECTED;
}

int peer_unprotect_rtp(struct peer *peer, uint8_t *data, size_t *length)
{
    if (!is_ready(peer))
        return ERR_WRONG_STATE;
    return count_error(peer, srtp_session_unprotect_rtp(peer->srtp, data, length));
}

int peer_unprotect_rtcp(struct peer *peer, uint8_t *data, size_t *length)
{
    if (!is_ready(peer))
        return ERR_WRONG_STATE;
    return count_error(peer, srtp_session_unprotect_rtcp(peer->srtp, data, length));
}

int peer_protect_rtp(struct peer *peer, uint8_t *data, size_t *length)
{
    return is_ready(peer) ? srtp_session_protect_rtp(peer->srtp, data, length) : ERR_WRONG_STATE;
}

int peer_protect_rtcp(struct peer *peer, uint8_t *data, size_t *length)
{
    return is_ready(peer) ? srtp_session_protect_rtcp(peer->srtp, data, length) : ERR_WRONG_STATE;
}

int peer_protect_parts(struct peer *peer, struct packet_window *window, const uint8_t *header, size_t header_length,
                       const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length)
{
    if (!is_ready(peer))
        return ERR_WRONG_STATE;
    struct protector *protector = srtp_session_protector(peer->srtp);
    if (protector != NULL)
        return protect_rtp(protector, window, header, header_length, parts, count, out, capacity, out_length);
    if (capacity < SRTP_OVERHEAD_MAX)
        return ERR_NO_SPACE;
    int error = protect_gather(header, header_length, parts, count, out, capacity - SRTP_OVERHEAD_MAX, out_length);
    return error == 0 ? srtp_session_protect_rtp(peer->srtp, out, out_length) : error;
}

void peer_get_stats(const struct peer *peer, struct peer_stats *stats)
{
    dtls_get_stats(peer->dtls, stats);
    stats->srtp_auth_errors = peer->auth_errors;
    stats->srtp_replays = peer->replays;
}
