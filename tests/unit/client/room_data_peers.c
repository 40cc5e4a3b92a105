#include "tests/unit/client/room_data_peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "transport/base/memory.h"

struct narrow narrow;
struct peer peers[PEERS];
usec_t now;
static size_t peer_count;

static unsigned index_of(const char *id)
{
    return (unsigned)(id[1] - '0');
}

void tell_room(unsigned sender, uint32_t bytes)
{
    uint8_t payload[20], frame[ENVELOPE_MAX];
    put_u32(payload, bytes);
    for (size_t i = 0; i < ENVELOPE_SERIES; i++)
        put_u32(payload + 4 + 4 * i, narrow.first[sender][i]);
    if (bytes > 0)
        memset(narrow.first[sender], 0, sizeof narrow.first[sender]);
    const struct envelope envelope = {.kind = ENVELOPE_ROOM,
                                      .name = {(const uint8_t *)peers[narrow.who].id, 2},
                                      .payload = {payload, sizeof payload}};
    narrow.holds[sender] = bytes == 0;
    room_data_receive(peers[sender].data, "", (struct span){frame, envelope_write(&envelope, frame)}, now);
}

static size_t count_waiting(unsigned who)
{
    size_t count = 0;
    for (const struct sent_frame *frame = peers[who].first; frame != NULL; frame = frame->next)
        count++;
    return count;
}

static bool is_dropped(unsigned from, unsigned to, const struct envelope *envelope)
{
    bool is_for_turn = envelope->kind == ENVELOPE_MESSAGE && envelope->policy != ENVELOPE_LOSSY;
    if (to != narrow.who || !is_for_turn || (!narrow.holds[from] && count_waiting(to) < narrow.most))
        return false;
    uint32_t *first = &narrow.first[from][envelope_series(envelope)];
    *first = *first == 0 || envelope->sequence < *first ? envelope->sequence : *first;
    narrow.dropped++;
    if (!narrow.holds[from])
        tell_room(from, 0);
    return true;
}

static void send_to(unsigned from, unsigned to, const uint8_t *bytes, size_t length)
{
    struct span rest = {bytes, length};
    while (rest.length > 0) {
        struct envelope envelope;
        assert_int_equal(envelope_read(&rest, &envelope), 0);
        envelope.name = (struct span){(const uint8_t *)peers[from].id, 2};
        if (is_dropped(from, to, &envelope))
            continue;
        struct sent_frame *frame = mem_alloc(sizeof *frame + ENVELOPE_MAX);
        frame->at = usec_max(now + 20 * MS, to == narrow.who ? narrow.last_at + narrow.interval : 0);
        if (to == narrow.who)
            narrow.last_at = frame->at;
        frame->from = from;
        frame->connections[0] = peers[from].connection;
        frame->connections[1] = peers[to].connection;
        frame->length = envelope_write(&envelope, frame->bytes);
        *peers[to].last = frame;
        peers[to].last = &frame->next;
    }
}

static bool on_transmit(void *user, const char *to, enum envelope_policy policy, const uint8_t *bytes, size_t length)
{
    unsigned from = (unsigned)((struct peer *)user - peers);
    (void)policy;
    if (!peers[from].is_open)
        return false;
    for (unsigned i = 0; i < peer_count; i++)
        if (i != from && peers[i].is_open && (to[0] == '\0' || index_of(to) == i))
            send_to(from, i, bytes, length);
    return true;
}

static void on_tell(void *user, const struct room_data_event *event)
{
    struct peer *peer = user;
    peer->lost += event->type == ROOM_DATA_LOST;
    peer->ready += event->type == ROOM_DATA_READY;
    peer->refused += event->type == ROOM_DATA_REFUSED;
    if (event->type != ROOM_DATA_MESSAGE)
        return;
    assert_true(peer->heard < HEARD_MAX);
    peer->all[peer->heard].from = index_of(event->name);
    peer->all[peer->heard].step = get_u32(event->payload.data);
    peer->all[peer->heard].is_private = event->is_private;
    peer->all[peer->heard++].is_ordered = event->policy == ENVELOPE_ORDERED;
}

void set_others(unsigned who, unsigned count)
{
    const char *ids[PEERS];
    size_t others = 0;
    for (unsigned i = 0; i < count; i++)
        if (i != who)
            ids[others++] = peers[i].id;
    room_data_set_others(peers[who].data, ids, others, now);
}

void pass(usec_t duration)
{
    for (usec_t end = now + duration; now < end; now += 5 * MS)
        for (unsigned i = 0; i < peer_count; i++) {
            struct peer *peer = &peers[i];
            struct sent_frame *frame;
            while ((frame = peer->first) != NULL && frame->at <= now) {
                peer->first = frame->next;
                if (peer->first == NULL)
                    peer->last = &peer->first;
                if (frame->connections[0] == peers[frame->from].connection && frame->connections[1] == peer->connection)
                    room_data_receive(peer->data, "", (struct span){frame->bytes, frame->length}, now);
                free(frame);
            }
            for (unsigned from = 0; i == narrow.who && from < peer_count; from++)
                if (narrow.holds[from] && count_waiting(i) <= narrow.most / 2)
                    tell_room(from, (uint32_t)narrow.most * 8); /* for two senders of messages of four bytes */
            if (room_data_next(peer->data) <= now)
                room_data_timeout(peer->data, now);
        }
}

void break_connection(unsigned who)
{
    peers[who].is_open = false;
    peers[who].connection++;
}

void open_connection(unsigned who)
{
    peers[who].is_open = true;
    room_data_opened(peers[who].data, "", now);
}

static void make_peer(struct peer *peer)
{
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = peer};
    peer->data = room_data_new(&outlet);
}

void join_anew(unsigned who, unsigned count)
{
    room_data_free(peers[who].data);
    make_peer(&peers[who]);
    set_others(who, count);
}

void begin_room(unsigned count)
{
    now = USEC_PER_SEC;
    peer_count = count;
    memset(peers, 0, sizeof peers);
    memset(&narrow, 0, sizeof narrow);
    narrow.who = PEERS; /* nobody */
    for (unsigned i = 0; i < count; i++) {
        struct peer *peer = &peers[i];
        make_peer(peer);
        snprintf(peer->id, sizeof peer->id, "p%u", i);
        peer->last = &peer->first;
        peer->is_open = true;
    }
    for (unsigned i = 0; i < count; i++)
        set_others(i, count);
    for (unsigned i = 0; i < count; i++)
        open_connection(i);
    pass(500 * MS);
}

void end_room(void)
{
    for (unsigned i = 0; i < peer_count; i++) {
        for (struct sent_frame *frame = peers[i].first, *next; frame != NULL; frame = next) {
            next = frame->next;
            free(frame);
        }
        room_data_free(peers[i].data);
    }
}

int send_number(unsigned from, const char *to, enum envelope_policy policy, unsigned number)
{
    uint8_t payload[4];
    put_u32(payload, number);
    return room_data_send(peers[from].data, to, "t", policy, (struct span){payload, sizeof payload}, now);
}

void answer(unsigned who, enum envelope_kind kind, const uint32_t *numbers)
{
    uint8_t payload[16], frame[ENVELOPE_MAX];
    for (size_t i = 0; i < 4; i++)
        put_u32(payload + 4 * i, numbers[i]);
    const struct envelope envelope = {
        .kind = kind, .name = {(const uint8_t *)peers[who].id, 2}, .payload = {payload, sizeof payload}};
    room_data_receive(peers[0].data, "", (struct span){frame, envelope_write(&envelope, frame)}, now);
}
