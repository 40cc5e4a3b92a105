#include "transport/peer/dtls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/budget.h"
#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/certificate_gate.h"
#include "transport/peer/fingerprint.h"
#include "transport/peer/identity.h"

#define RECORD_HEADER 13
#define FLIGHT_BYTES 4096 /* the largest flight is a certificate and a few hundred bytes */
#define FLIGHT_DATAGRAMS 16
#define HELD_BACK_MAX 4 /* 50, 100, 200 and 400 ms */
#define DEFAULT_PROFILES "AEAD_AES_128_GCM:AEAD_AES_256_GCM:AES128_CM_SHA1_80"

/* Records but those of application data. Each handshake message may cost a signature. A whole handshake takes some ten
 * records, each a few times on a bad path; afterwards only alerts or repeated Finished messages come. */
static const struct budget_limit input_limit = {.per_second = 20, .burst = 100};
#define LATE_HANDSHAKES_MAX 32 /* records after the handshake: OpenSSL keeps those that claim to belong to a next one */
/* Records of application data. SCTP takes what is lost here for a full link. */
static const struct budget_limit data_limit = {.per_second = 4000, .burst = 2000};
#define RECORD_HANDSHAKE 22
#define RECORD_APPLICATION_DATA 23

/* The datagrams of the last flight. They are kept until the handshake is done, to be sent again if the path comes up
 * late. */
struct flight {
    uint8_t *data; /* heap */
    size_t lengths[FLIGHT_DATAGRAMS];
    size_t count, used;      /* written */
    size_t next, next_start; /* to send */
};

struct dtls {
    SSL *ssl;
    enum peer_state state;
    int error;
    bool is_client;
    bool has_extended_secret; /* the server has agreed to it (RFC 7627) */
    struct fingerprint expected;
    struct certificate_gate gate;
    unsigned late_handshakes;
    const uint8_t *input; /* the present datagram; NULL: it was read */
    size_t input_length;
    struct flight flight;
    struct budget budget, data_budget;
    struct dtls_sink sink;
    usec_t started_at, deadline, timer;
    usec_t period;      /* what OpenSSL's timer was last set to */
    unsigned held_back; /* how often OpenSSL's timer had not expired by then */
    struct peer_stats stats;
};

/* The BIO: a read takes the present datagram, each write is one datagram. */

static int bio_read(BIO *bio, char *out, int capacity)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (dtls->input == NULL || capacity <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t length = dtls->input_length < (size_t)capacity ? dtls->input_length : (size_t)capacity;
    memcpy(out, dtls->input, length);
    dtls->input = NULL;
    return (int)length;
}

static int bio_write(BIO *bio, const char *data, int length)
{
    struct dtls *dtls = BIO_get_data(bio);
    struct flight *flight = &dtls->flight;
    BIO_clear_retry_flags(bio);
    if (length <= 0)
        return 0;
    if (flight->next == flight->count)
        flight->count = flight->used = flight->next = flight->next_start = 0;
    /* Too many datagrams are dropped; the retransmission timer recovers from that. */
    if (flight->count < FLIGHT_DATAGRAMS && (size_t)length <= FLIGHT_BYTES - flight->used) {
        flight->data = mem_resize(flight->data, flight->used + (size_t)length, 1);
        memcpy(flight->data + flight->used, data, (size_t)length);
        flight->lengths[flight->count++] = (size_t)length;
        flight->used += (size_t)length;
    }
    return length;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *bio_method;
static pthread_once_t bio_once = PTHREAD_ONCE_INIT;

static void make_bio_method(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory");
    CHECK(bio_method != NULL);
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_ctrl(bio_method, bio_ctrl);
    BIO_meth_set_create(bio_method, bio_create);
}

static unsigned int next_timeout_us(SSL *ssl, unsigned int last)
{
    struct dtls *dtls = BIO_get_data(SSL_get_rbio(ssl));
    unsigned int period = last == 0                         ? DTLS_FIRST_TIMEOUT_US
                          : last < DTLS_LAST_TIMEOUT_US / 2 ? 2 * last
                                                            : DTLS_LAST_TIMEOUT_US;
    dtls->period = period;
    return period;
}

/* Life */

/* OpenSSL writes "SRTP_" before each name of the registry. */
static bool offer_profiles(SSL *ssl, const char *names)
{
    char profiles[160];
    size_t length = 0;
    while (*names != '\0') {
        size_t size = strcspn(names, ":");
        int added = snprintf(profiles + length, sizeof profiles - length, "%sSRTP_%.*s", length > 0 ? ":" : "",
                             (int)size, names);
        length += (size_t)added;
        if (length >= sizeof profiles)
            return false;
        names += size + (names[size] == ':');
    }
    return SSL_set_tlsext_use_srtp(ssl, profiles) == 0; /* 0 is success here */
}

/* SSL_get_extms_support() would tell only after the handshake. */
static void on_extension(SSL *ssl, int is_of_client, int type, const unsigned char *data, int length, void *user)
{
    struct dtls *dtls = user;
    (void)ssl, (void)is_of_client, (void)data, (void)length;
    if (type == TLSEXT_TYPE_extended_master_secret)
        dtls->has_extended_secret = true;
}

static bool set_up_ssl(struct dtls *dtls, const struct peer_config *config)
{
    dtls->ssl = SSL_new(identity_context(config->identity));
    BIO *bio = dtls->ssl != NULL ? BIO_new(bio_method) : NULL;
    if (bio == NULL)
        return false;
    BIO_set_data(bio, dtls);
    SSL_set_bio(dtls->ssl, bio, bio);
    SSL_set_app_data(dtls->ssl, &dtls->expected);
    SSL_set_tlsext_debug_callback(dtls->ssl, on_extension);
    SSL_set_tlsext_debug_arg(dtls->ssl, dtls);
    DTLS_set_timer_cb(dtls->ssl, next_timeout_us);
    if (DTLS_set_link_mtu(dtls->ssl, DTLS_LINK_MTU) != 1)
        return false;
    if (!offer_profiles(dtls->ssl, config->srtp_profiles != NULL ? config->srtp_profiles : DEFAULT_PROFILES))
        return false;
    if (dtls->is_client)
        SSL_set_connect_state(dtls->ssl);
    else
        SSL_set_accept_state(dtls->ssl);
    return true;
}

struct dtls *dtls_new(const struct peer_config *config)
{
    pthread_once(&bio_once, make_bio_method);
    struct dtls *dtls = mem_alloc(sizeof *dtls);
    dtls->is_client = config->is_dtls_client;
    dtls->deadline = dtls->timer = USEC_NEVER;
    ERR_clear_error();
    if (!fingerprint_parse(&dtls->expected, config->remote_fingerprint_algorithm, config->remote_fingerprint) ||
        !set_up_ssl(dtls, config)) {
        dtls_free(dtls);
        return NULL;
    }
    return dtls;
}

void dtls_free(struct dtls *dtls)
{
    if (dtls == NULL)
        return;
    SSL_free(dtls->ssl);
    certificate_gate_close(&dtls->gate);
    free(dtls->flight.data);
    free(dtls);
}

static void set_state(struct dtls *dtls, enum peer_state state, int error)
{
    dtls->state = state;
    dtls->error = error;
    if (state == PEER_HANDSHAKE)
        return;
    dtls->deadline = USEC_NEVER;
    if (state != PEER_CONNECTED)
        dtls->timer = USEC_NEVER;
}

/* The error code for OpenSSL's last failure. */
static int classify(const struct dtls *dtls)
{
    if (dtls->expected.is_refused)
        return ERR_AUTH;
    unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_SSL)
        return ERR_INVALID;
    switch (ERR_GET_REASON(error)) {
    case SSL_R_READ_TIMEOUT_EXPIRED:
        return ERR_TIMEOUT;
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return ERR_AUTH;
    default:
        return ERR_INVALID;
    }
}

/* OpenSSL's timer uses the wall clock: when that is set back, more time seems to be left than the timer was set to. */
static void look_at_timer(struct dtls *dtls, usec_t now)
{
    struct timeval left;
    bool is_alive = dtls->state == PEER_HANDSHAKE || dtls->state == PEER_CONNECTED;
    if (is_alive && DTLSv1_get_timeout(dtls->ssl, &left) == 1)
        dtls->timer = now + usec_min(left.tv_sec * USEC_PER_SEC + left.tv_usec, dtls->period);
    else
        dtls->timer = USEC_NEVER;
}

static enum srtp_profile agreed_profile(const struct dtls *dtls)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
    return profile != NULL ? (enum srtp_profile)profile->id : SRTP_PROFILE_NONE;
}

/* Whether a client may send before the server's Finished has come, a round trip earlier (RFC 7918). The server has
 * shown by its signature that it has the key of the fingerprint, and all our ciphers have forward secrecy. With the
 * extended master secret (RFC 7627) whoever changed what was agreed gets other keys than ours. */
static bool may_start(const struct dtls *dtls)
{
    return dtls->is_client && SSL_get_state(dtls->ssl) == TLS_ST_CW_FINISHED && dtls->has_extended_secret &&
           agreed_profile(dtls) != SRTP_PROFILE_NONE;
}

static int handshake(struct dtls *dtls, usec_t now)
{
    ERR_clear_error();
    int result = SSL_do_handshake(dtls->ssl);
    if (result == 1 || may_start(dtls)) {
        if (agreed_profile(dtls) == SRTP_PROFILE_NONE) {
            SSL_shutdown(dtls->ssl);
            set_state(dtls, PEER_FAILED, ERR_UNSUPPORTED);
            return ERR_UNSUPPORTED;
        }
        dtls->stats.handshake_time = now - dtls->started_at;
        set_state(dtls, PEER_CONNECTED, 0);
        return 0;
    }
    if (SSL_get_error(dtls->ssl, result) == SSL_ERROR_WANT_READ)
        return 0;
    set_state(dtls, PEER_FAILED, classify(dtls));
    return dtls->error;
}

/* After the handshake: application data, alerts, a Finished that we did not wait for, a Finished that
 * was sent again. */
static int read_records(struct dtls *dtls, usec_t now)
{
    uint8_t data[2048];
    int result;
    ERR_clear_error();
    while ((result = SSL_read(dtls->ssl, data, sizeof data)) > 0)
        if (dtls->sink.take != NULL)
            dtls->sink.take(dtls->sink.user, data, (size_t)result, now);
    switch (SSL_get_error(dtls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        if (SSL_is_init_finished(dtls->ssl) && dtls->sink.take == NULL)
            (void)SSL_free_buffers(dtls->ssl); /* 33 kB; OpenSSL allocates them again if anything comes */
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        SSL_shutdown(dtls->ssl);
        set_state(dtls, PEER_CLOSED, 0);
        return 0;
    default:
        set_state(dtls, PEER_CLOSED, classify(dtls));
        return dtls->error;
    }
}

static void begin(struct dtls *dtls, usec_t now)
{
    dtls->started_at = now;
    dtls->deadline = now + DTLS_HANDSHAKE_LIMIT;
    set_state(dtls, PEER_HANDSHAKE, 0);
}

/* Sends the same records again; a peer that has received them drops them as replayed. */
static void resend_flight(struct dtls *dtls)
{
    if (dtls->flight.count == 0)
        return;
    dtls->stats.handshake_resends++;
    dtls->flight.next = dtls->flight.next_start = 0;
}

void dtls_start(struct dtls *dtls, usec_t now)
{
    if (dtls->state == PEER_NEW) {
        begin(dtls, now);
        if (dtls->is_client)
            (void)handshake(dtls, now); /* a failure is seen from the state */
        look_at_timer(dtls, now);
    } else if (dtls->state == PEER_HANDSHAKE) {
        resend_flight(dtls);
    }
}

struct record_counts {
    unsigned data, handshake, all;
};

/* A datagram may have dozens; each of data is a packet for SCTP. */
static struct record_counts count_records(const uint8_t *data, size_t length)
{
    struct record_counts counts = {0};
    for (size_t at = 0; at + RECORD_HEADER <= length; at += RECORD_HEADER + get_u16(data + at + RECORD_HEADER - 2)) {
        counts.all++;
        counts.data += data[at] == RECORD_APPLICATION_DATA;
        counts.handshake += data[at] == RECORD_HANDSHAKE;
    }
    return counts;
}

static bool is_over_budget(struct dtls *dtls, const uint8_t *data, size_t length, usec_t now)
{
    struct record_counts counts = count_records(data, length);
    unsigned of_data = dtls->sink.take != NULL ? counts.data : 0;
    if (of_data > 0 && !budget_take(&dtls->data_budget, &data_limit, of_data, now))
        return true;
    if (counts.all > of_data && !budget_take(&dtls->budget, &input_limit, counts.all - of_data, now))
        return true;
    if (!SSL_is_init_finished(dtls->ssl) || counts.handshake == 0)
        return false;
    dtls->late_handshakes += counts.handshake;
    return dtls->late_handshakes > LATE_HANDSHAKES_MAX;
}

/* The datagram, but for certificates that OpenSSL must not see. Then there is no use in waiting for others. */
static int take_input(struct dtls *dtls, struct span datagram)
{
    struct span passed = datagram;
    if (SSL_is_init_finished(dtls->ssl)) {
        certificate_gate_close(&dtls->gate);
    } else {
        int error = certificate_gate_pass(&dtls->gate, datagram, &passed);
        if (error == ERR_AUTH)
            set_state(dtls, PEER_FAILED, error);
        if (error != 0)
            return error;
    }
    dtls->input = passed.length > 0 ? passed.data : NULL;
    dtls->input_length = passed.length;
    return 0;
}

static int input_error(struct dtls *dtls, const uint8_t *data, size_t length, usec_t now)
{
    if (length < RECORD_HEADER || data[0] < 20 || data[0] > 63) /* RFC 7983 */
        return ERR_INVALID;
    if (dtls->state == PEER_CLOSED || dtls->state == PEER_FAILED || (dtls->state == PEER_NEW && dtls->is_client))
        return ERR_WRONG_STATE;
    if (is_over_budget(dtls, data, length, now))
        return ERR_LIMIT;
    if (dtls->state == PEER_NEW)
        begin(dtls, now);
    return take_input(dtls, (struct span){data, length});
}

int dtls_input(struct dtls *dtls, const uint8_t *data, size_t length, usec_t now)
{
    int error = input_error(dtls, data, length, now);
    if (error != 0) {
        dtls->stats.dtls_errors++;
        return error;
    }
    if (dtls->state == PEER_HANDSHAKE)
        error = handshake(dtls, now);
    if (dtls->state == PEER_CONNECTED)
        error = read_records(dtls, now);
    dtls->input = NULL;
    if (error != 0)
        dtls->stats.dtls_errors++;
    look_at_timer(dtls, now);
    return error;
}

size_t dtls_poll(struct dtls *dtls, uint8_t *out, size_t capacity)
{
    struct flight *flight = &dtls->flight;
    if (flight->next == flight->count)
        return 0;
    size_t length = flight->lengths[flight->next];
    CHECK(length <= capacity);
    memcpy(out, flight->data + flight->next_start, length);
    flight->next++;
    flight->next_start += length;
    if (flight->next == flight->count && dtls->state == PEER_CONNECTED && SSL_is_init_finished(dtls->ssl)) {
        free(flight->data);
        *flight = (struct flight){0};
    }
    return length;
}

/* After SSL_free_buffers() only reading allocates them again (OpenSSL 3.0), and writing without them is a crash. */
static void allocate_buffers(struct dtls *dtls)
{
    uint8_t ignored;
    ERR_clear_error();
    (void)SSL_peek(dtls->ssl, &ignored, 1);
}

void dtls_set_sink(struct dtls *dtls, const struct dtls_sink *sink)
{
    dtls->sink = *sink;
    if (dtls_can_send(dtls))
        allocate_buffers(dtls);
}

bool dtls_can_send(const struct dtls *dtls)
{
    return dtls->state == PEER_CONNECTED && SSL_is_init_finished(dtls->ssl);
}

void dtls_send(struct dtls *dtls, const uint8_t *data, size_t length)
{
    CHECK(dtls_can_send(dtls));
    ERR_clear_error();
    (void)SSL_write(dtls->ssl, data, (int)length); /* it fails only if the connection has ended, which reading tells */
}

usec_t dtls_next(const struct dtls *dtls)
{
    return usec_min(dtls->timer, dtls->deadline);
}

/* The wall clock was set back, so OpenSSL's timer waits for too long: our flight is sent again without OpenSSL. This
 * does not help if a server has received it and its own last flight was lost, since it drops replayed records: then
 * only a new handshake helps. */
static void on_held_back(struct dtls *dtls)
{
    resend_flight(dtls);
    dtls->period = usec_min(2 * dtls->period, DTLS_LAST_TIMEOUT_US);
    if (dtls->is_client && !SSL_is_init_finished(dtls->ssl) && ++dtls->held_back > HELD_BACK_MAX)
        set_state(dtls, PEER_FAILED, ERR_TIMEOUT);
}

void dtls_timeout(struct dtls *dtls, usec_t now)
{
    if (now >= dtls->deadline) {
        set_state(dtls, PEER_FAILED, ERR_TIMEOUT);
        return;
    }
    if (now < dtls->timer)
        return;
    ERR_clear_error();
    long result = DTLSv1_handle_timeout(dtls->ssl);
    if (result > 0) {
        dtls->stats.handshake_resends++;
    } else if (result < 0) {
        set_state(dtls, PEER_FAILED, classify(dtls));
    } else {
        on_held_back(dtls);
    }
    look_at_timer(dtls, now);
}

void dtls_close(struct dtls *dtls)
{
    if (dtls->state == PEER_CONNECTED) {
        allocate_buffers(dtls);
        SSL_shutdown(dtls->ssl);
    }
    if (dtls->state != PEER_FAILED)
        set_state(dtls, PEER_CLOSED, 0);
}

bool dtls_is_client(const struct dtls *dtls)
{
    return dtls->is_client;
}

enum peer_state dtls_state(const struct dtls *dtls)
{
    return dtls->state;
}

int dtls_error(const struct dtls *dtls)
{
    return dtls->error;
}

void dtls_get_stats(const struct dtls *dtls, struct peer_stats *stats)
{
    stats->handshake_resends = dtls->stats.handshake_resends;
    stats->dtls_errors = dtls->stats.dtls_errors;
    stats->handshake_time = dtls->stats.handshake_time;
}

int dtls_export_keys(const struct dtls *dtls, struct srtp_keys *send, struct srtp_keys *receive)
{
    if (dtls->state != PEER_CONNECTED)
        return ERR_WRONG_STATE;
    static const char label[] = "EXTRACTOR-dtls_srtp";
    enum srtp_profile profile = agreed_profile(dtls);
    size_t key_length, salt_length;
    if (srtp_profile_lengths(profile, &key_length, &salt_length) != 0)
        return ERR_UNSUPPORTED;
    uint8_t block[2 * (SRTP_KEY_MAX + SRTP_SALT_MAX)];
    size_t needed = 2 * (key_length + salt_length);
    if (SSL_export_keying_material(dtls->ssl, block, needed, label, sizeof label - 1, NULL, 0, 0) != 1)
        return ERR_INVALID;
    /* RFC 5764 4.2: client key, server key, client salt, server salt */
    struct srtp_keys *client = dtls->is_client ? send : receive, *server = dtls->is_client ? receive : send;
    const uint8_t *salts = block + 2 * key_length;
    srtp_keys_set(client, profile, block, salts);
    srtp_keys_set(server, profile, block + key_length, salts + salt_length);
    OPENSSL_cleanse(block, sizeof block);
    return 0;
}
