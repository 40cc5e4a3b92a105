#include "transport/peer/association.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"

#define WINDOW (128 * 1024)      /* bytes of a remote peer that wait for us, or for their missing neighbours */
#define SEND_BUFFER (128 * 1024) /* bytes of ours that are not acknowledged */
#define PACKETS_MAX 256          /* that wait to be polled; more are lost, which SCTP mends */
#define COMMON_HEADER 12
#define CHUNK_HEADER 4
#define CHUNK_DATA 0
#define OTHER_CHUNKS_MAX 8 /* of a packet: a SACK, a few for streams, HEARTBEAT, COOKIE ECHO */
#define RESETS_MAX ASSOCIATION_STREAMS
#define TICK_BUSY (10 * USEC_PER_MSEC)
#define TICK_IDLE (100 * USEC_PER_MSEC)
#define BUSY_FOR (1 * USEC_PER_SEC)
#define RTO_MAX_MS 3000
#define RETRANSMISSIONS_MAX 30 /* a minute and a half: longer than a client needs to restart ICE */

struct association_packet {
    struct association_packet *next;
    size_t length;
    uint8_t data[];
};

struct association {
    uint64_t id; /* usrsctp is told this instead of an address: what it says of one that is gone is dropped */
    struct socket *socket;
    uint16_t remote_port;
    enum association_state state;
    struct association_packet *first, **last; /* to be polled */
    size_t packet_count;
    uint16_t resets[RESETS_MAX]; /* streams that the remote peer reset, to be received */
    size_t reset_count;
    usec_t busy_at, next_tick;
};

static struct {
    pthread_mutex_t lock;
    struct map associations; /* by id */
    uint64_t last_id;
    usec_t ticked_at;
} door = {.lock = PTHREAD_MUTEX_INITIALIZER};
/* usrsctp has a thread for rarely used things; whatever it wants to send is not ours. */
static _Thread_local bool is_inside;

static int on_output(void *address, void *data, size_t length, uint8_t tos, uint8_t set_df)
{
    (void)tos, (void)set_df;
    struct association *association = is_inside ? map_get(&door.associations, (uint64_t)(uintptr_t)address) : NULL;
    if (association == NULL || association->packet_count == PACKETS_MAX || length > ASSOCIATION_PACKET_MAX)
        return 0;
    struct association_packet *packet = mem_alloc(sizeof *packet + length);
    packet->length = length;
    memcpy(packet->data, data, length);
    *association->last = packet;
    association->last = &packet->next;
    association->packet_count++;
    return 0;
}

static void start_library(void)
{
    map_init(&door.associations);
    usrsctp_init_nothreads(0, on_output, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2); /* nothing is answered but what belongs to an association */
    usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    usrsctp_sysctl_set_sctp_nr_outgoing_streams_default(ASSOCIATION_STREAMS);
    usrsctp_sysctl_set_sctp_nr_incoming_streams_default(ASSOCIATION_STREAMS);
    usrsctp_sysctl_set_sctp_delayed_sack_time_default(20);
    usrsctp_sysctl_set_sctp_rto_initial_default(500);
    usrsctp_sysctl_set_sctp_rto_min_default(100);
    usrsctp_sysctl_set_sctp_rto_max_default(RTO_MAX_MS);
    usrsctp_sysctl_set_sctp_init_rto_max_default(RTO_MAX_MS);
    usrsctp_sysctl_set_sctp_init_rtx_max_default(RETRANSMISSIONS_MAX);
    usrsctp_sysctl_set_sctp_assoc_rtx_max_default(RETRANSMISSIONS_MAX);
    usrsctp_sysctl_set_sctp_path_rtx_max_default(RETRANSMISSIONS_MAX);
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(2048);
}

static void enter(void)
{
    static bool has_started;
    pthread_mutex_lock(&door.lock);
    is_inside = true;
    if (!has_started)
        start_library();
    has_started = true;
}

static void leave(void)
{
    is_inside = false;
    pthread_mutex_unlock(&door.lock);
}

static struct sockaddr_conn address_of(const struct association *association, uint16_t port)
{
    return (struct sockaddr_conn){
        .sconn_family = AF_CONN, .sconn_port = htons(port), .sconn_addr = (void *)(uintptr_t)association->id};
}

static bool set(struct socket *socket, int level, int option, const void *value, size_t length)
{
    return usrsctp_setsockopt(socket, level, option, value, (socklen_t)length) == 0;
}

static bool subscribe(struct socket *socket, uint16_t type)
{
    struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = type, .se_on = 1};
    return set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
}

static bool configure(struct socket *socket)
{
    const int on = 1, window = WINDOW, buffer = SEND_BUFFER;
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    const struct sctp_assoc_value resets = {.assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    const struct sctp_initmsg init = {.sinit_num_ostreams = ASSOCIATION_STREAMS,
                                      .sinit_max_instreams = ASSOCIATION_STREAMS};
    return usrsctp_set_non_blocking(socket, 1) == 0 && set(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) &&
           set(socket, SOL_SOCKET, SO_RCVBUF, &window, sizeof window) &&
           set(socket, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) &&
           set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) &&
           set(socket, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) &&
           set(socket, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets) &&
           set(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) && subscribe(socket, SCTP_ASSOC_CHANGE) &&
           subscribe(socket, SCTP_STREAM_RESET_EVENT);
}

/* ICE looks whether the path works, and packets have one size that fits. */
static bool set_path(struct association *association)
{
    struct sctp_paddrparams path = {.spp_flags = SPP_HB_DISABLE | SPP_PMTUD_DISABLE,
                                    .spp_pathmtu = ASSOCIATION_PACKET_MAX - COMMON_HEADER};
    struct sockaddr_conn remote = address_of(association, association->remote_port);
    memcpy(&path.spp_address, &remote, sizeof remote);
    return set(association->socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

/* Both ends connect, as RFC 8841 has it: two INITs that cross make one association. */
static bool open_socket(struct association *association)
{
    struct sockaddr_conn local = address_of(association, ASSOCIATION_PORT);
    struct sockaddr_conn remote = address_of(association, association->remote_port);
    association->socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (association->socket == NULL || !configure(association->socket) ||
        usrsctp_bind(association->socket, (struct sockaddr *)&local, sizeof local) != 0)
        return false;
    int result = usrsctp_connect(association->socket, (struct sockaddr *)&remote, sizeof remote);
    return (result == 0 || errno == EINPROGRESS) && set_path(association);
}

static void close_socket(struct association *association)
{
    if (association->socket != NULL)
        usrsctp_close(association->socket);
    association->socket = NULL;
    association->state = ASSOCIATION_CLOSED;
}

static void look_at_clock(struct association *association, usec_t now)
{
    bool is_busy = now - association->busy_at < BUSY_FOR;
    association->next_tick =
        association->state == ASSOCIATION_CLOSED ? USEC_NEVER : now + (is_busy ? TICK_BUSY : TICK_IDLE);
}

struct association *association_new(uint16_t remote_port, usec_t now)
{
    struct association *association = mem_alloc(sizeof *association);
    association->remote_port = remote_port;
    association->last = &association->first;
    association->busy_at = now;
    enter();
    if (door.associations.count == 0)
        door.ticked_at = now;
    association->id = ++door.last_id;
    map_put(&door.associations, association->id, association);
    usrsctp_register_address((void *)(uintptr_t)association->id);
    bool is_open = open_socket(association);
    leave();
    if (!is_open) {
        association_free(association);
        return NULL;
    }
    look_at_clock(association, now);
    return association;
}

void association_free(struct association *association)
{
    if (association == NULL)
        return;
    enter();
    close_socket(association);
    usrsctp_deregister_address((void *)(uintptr_t)association->id);
    map_remove(&door.associations, association->id);
    leave();
    for (struct association_packet *packet = association->first, *next; packet != NULL; packet = next) {
        next = packet->next;
        free(packet);
    }
    free(association);
}

enum association_state association_state(const struct association *association)
{
    return association->state;
}

/* Whether a packet asks for no more work than a stack has reason to ask for: hundreds of small chunks fit into one, and
 * each of a kind other than data may have an answer. */
static bool is_modest(const uint8_t *data, size_t length)
{
    unsigned others = 0;
    for (size_t at = COMMON_HEADER; at + CHUNK_HEADER <= length;) {
        size_t chunk = get_u16(data + at + 2);
        others += data[at] != CHUNK_DATA;
        if (chunk < CHUNK_HEADER || others > OTHER_CHUNKS_MAX)
            return false;
        at += (chunk + 3) / 4 * 4;
    }
    return true;
}

void association_input(struct association *association, const uint8_t *data, size_t length, usec_t now)
{
    if (!is_modest(data, length))
        return;
    association->busy_at = now;
    look_at_clock(association, now);
    enter();
    usrsctp_conninput((void *)(uintptr_t)association->id, data, length, 0);
    leave();
}

size_t association_poll(struct association *association, uint8_t *out)
{
    size_t length = 0;
    enter();
    struct association_packet *packet = association->first;
    if (packet != NULL) {
        length = packet->length;
        memcpy(out, packet->data, length);
        association->first = packet->next;
        if (association->first == NULL)
            association->last = &association->first;
        association->packet_count--;
    }
    leave();
    free(packet);
    return length;
}

static void note_change(struct association *association, const struct sctp_assoc_change *change)
{
    if (change->sac_state == SCTP_COMM_UP)
        association->state = ASSOCIATION_OPEN;
    else
        close_socket(association); /* a restart, too: it would be another association, and streams would start anew */
}

static void note_resets(struct association *association, const struct sctp_stream_reset_event *event)
{
    size_t count = (event->strreset_length - sizeof *event) / sizeof event->strreset_stream_list[0];
    if ((event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) == 0)
        return;
    for (size_t i = 0; i < count && association->reset_count < RESETS_MAX; i++)
        association->resets[association->reset_count++] = event->strreset_stream_list[i];
}

static void note(struct association *association, const uint8_t *data, size_t length)
{
    union sctp_notification event = {0};
    memcpy(&event, data, length < sizeof event ? length : sizeof event);
    if (event.sn_header.sn_type == SCTP_ASSOC_CHANGE && length >= sizeof event.sn_assoc_change)
        note_change(association, &event.sn_assoc_change);
    else if (event.sn_header.sn_type == SCTP_STREAM_RESET_EVENT && event.sn_header.sn_length == length &&
             length >= sizeof event.sn_strreset_event)
        note_resets(association, (const void *)data);
}

/* The next message or event of the socket; false: there is none. */
static bool take(struct association *association, struct association_message *message, uint8_t *out, bool *is_message)
{
    struct sctp_rcvinfo info = {0};
    socklen_t info_length = sizeof info, from_length = 0;
    unsigned type = SCTP_RECVV_NOINFO;
    int flags = 0;
    ssize_t length = usrsctp_recvv(association->socket, out, ASSOCIATION_MESSAGE_MAX, NULL, &from_length, &info,
                                   &info_length, &type, &flags);
    if (length <= 0) {
        if (length == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOTCONN && errno != EINPROGRESS))
            close_socket(association);
        return false;
    }
    *is_message = (flags & MSG_NOTIFICATION) == 0;
    if (!*is_message) {
        note(association, out, (size_t)length);
        return association->socket != NULL;
    }
    if ((flags & MSG_EOR) == 0 || type != SCTP_RECVV_RCVINFO) {
        close_socket(association);
        return false;
    }
    *message = (struct association_message){
        .type = ASSOCIATION_DATA, .stream = info.rcv_sid, .protocol = ntohl(info.rcv_ppid), .length = (size_t)length};
    return true;
}

bool association_receive(struct association *association, struct association_message *message, uint8_t *out)
{
    bool is_message = false;
    enter();
    while (association->socket != NULL && !is_message && take(association, message, out, &is_message))
        ;
    if (!is_message && association->reset_count > 0) {
        *message = (struct association_message){.type = ASSOCIATION_RESET,
                                                .stream = association->resets[--association->reset_count]};
        is_message = true;
    }
    leave();
    return is_message;
}

int association_send(struct association *association, uint16_t stream, uint32_t protocol, const uint8_t *data,
                     size_t length, enum association_policy policy)
{
    struct sctp_sendv_spa how = {
        .sendv_flags = SCTP_SEND_SNDINFO_VALID,
        .sendv_sndinfo = {.snd_sid = stream,
                          .snd_ppid = htonl(protocol),
                          .snd_flags = (uint16_t)(SCTP_EOR | (policy == ASSOCIATION_ORDERED ? 0 : SCTP_UNORDERED))}};
    if (policy == ASSOCIATION_LOSSY) {
        how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        how.sendv_prinfo = (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_RTX, .pr_value = 0};
    }
    if (association->state != ASSOCIATION_OPEN)
        return ERR_WRONG_STATE;
    if (stream >= ASSOCIATION_STREAMS || length == 0)
        return ERR_INVALID;
    enter();
    ssize_t sent = usrsctp_sendv(association->socket, data, length, NULL, 0, &how, sizeof how, SCTP_SENDV_SPA, 0);
    int error = sent >= 0 ? 0 : errno;
    leave();
    if (error != 0)
        return error == EAGAIN || error == EWOULDBLOCK ? ERR_AGAIN : error == EINVAL ? ERR_INVALID : ERR_WRONG_STATE;
    return 0;
}

void association_reset(struct association *association, uint16_t stream)
{
    size_t size = sizeof(struct sctp_reset_streams) + sizeof stream;
    struct sctp_reset_streams *reset = mem_alloc(size);
    reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    reset->srs_number_streams = 1;
    reset->srs_stream_list[0] = stream;
    enter();
    if (association->socket != NULL) /* one that is refused is under way already */
        (void)set(association->socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, reset, size);
    leave();
    free(reset);
}

usec_t association_next(const struct association *association)
{
    return association->next_tick;
}

void association_timeout(struct association *association, usec_t now)
{
    if (now < association->next_tick)
        return;
    look_at_clock(association, now);
    enter();
    usec_t elapsed = now - door.ticked_at;
    if (elapsed >= TICK_BUSY) {
        door.ticked_at = now;
        usrsctp_handle_timers((uint32_t)(elapsed / USEC_PER_MSEC));
    }
    leave();
}
