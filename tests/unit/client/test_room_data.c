/* Messages between participants whose connections break: nothing is lost, nothing comes twice, and the order is kept;
 * who takes nothing does not hold the others up for ever. tests/unit/web/room_data.test.mjs has the same of the
 * page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/call/room_data.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

#define MS USEC_PER_MSEC
enum { PEERS = 4, HEARD_MAX = 4096, STEPS = 600 };

struct sent_frame {
    struct sent_frame *next;
    usec_t at;
    unsigned from, connections[2]; /* of both ends when it was sent */
    size_t length;
    uint8_t bytes[];
};

struct peer {
    struct room_data *data;
    char id[16];
    unsigned connection;
    bool is_open;
    struct sent_frame *first, **last;
    size_t heard, lost, ready, refused;
    struct {
        unsigned from, step;
        bool is_private, is_ordered;
    } all[HEARD_MAX];
};

static struct peer peers[PEERS];
static size_t peer_count;
static usec_t now;

static unsigned index_of(const char *id)
{
    return (unsigned)(id[1] - '0');
}

static void send_to(unsigned from, unsigned to, const uint8_t *bytes, size_t length)
{
    struct span rest = {bytes, length};
    while (rest.length > 0) {
        struct envelope envelope;
        assert_int_equal(envelope_read(&rest, &envelope), 0);
        envelope.name = (struct span){(const uint8_t *)peers[from].id, 2};
        struct sent_frame *frame = mem_alloc(sizeof *frame + ENVELOPE_MAX);
        frame->at = now + 20 * MS;
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

static void set_others(unsigned who, unsigned count)
{
    const char *ids[PEERS];
    size_t others = 0;
    for (unsigned i = 0; i < count; i++)
        if (i != who)
            ids[others++] = peers[i].id;
    room_data_set_others(peers[who].data, ids, others, now);
}

static void pass(usec_t duration)
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
            if (room_data_next(peer->data) <= now)
                room_data_timeout(peer->data, now);
        }
}

static void break_connection(unsigned who)
{
    peers[who].is_open = false;
    peers[who].connection++;
}

static void open_connection(unsigned who)
{
    peers[who].is_open = true;
    room_data_opened(peers[who].data, "", now);
}

static void begin_room(unsigned count)
{
    now = USEC_PER_SEC;
    peer_count = count;
    memset(peers, 0, sizeof peers);
    for (unsigned i = 0; i < count; i++) {
        struct peer *peer = &peers[i];
        const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = peer};
        peer->data = room_data_new(&outlet);
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

static void end_room(void)
{
    for (unsigned i = 0; i < peer_count; i++) {
        for (struct sent_frame *frame = peers[i].first, *next; frame != NULL; frame = next) {
            next = frame->next;
            free(frame);
        }
        room_data_free(peers[i].data);
    }
}

static int send_number(unsigned from, const char *to, enum envelope_policy policy, unsigned number)
{
    uint8_t payload[4];
    put_u32(payload, number);
    return room_data_send(peers[from].data, to, "t", policy, (struct span){payload, sizeof payload}, now);
}

static void messages_of_each_kind(void **state)
{
    (void)state;
    begin_room(3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    assert_int_equal(send_number(0, "p2", ENVELOPE_UNORDERED, 2), 0);
    assert_int_equal(send_number(0, "", ENVELOPE_LOSSY, 3), 0);
    assert_int_equal(send_number(0, "p3", ENVELOPE_ORDERED, 4), ERR_NOT_FOUND);
    pass(300 * MS);
    assert_int_equal(peers[1].heard, 2);
    assert_int_equal(peers[2].heard, 3);
    assert_true(peers[2].all[1].is_private);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    break_connection(0);
    assert_int_equal(send_number(0, "", ENVELOPE_LOSSY, 5), ERR_WRONG_STATE);
    end_room();
}

/* What `to` heard of `from` is what was sent, and each ordered series of it is in order. */
static void check_heard(unsigned seed, unsigned from, unsigned to, const unsigned char *sent)
{
    unsigned counts[STEPS] = {0}, last[2] = {0, 0};
    for (size_t i = 0; i < peers[to].heard; i++) {
        if (peers[to].all[i].from != from)
            continue;
        unsigned step = peers[to].all[i].step, series = peers[to].all[i].is_private;
        counts[step]++;
        if (peers[to].all[i].is_ordered && step < last[series])
            fail_msg("seed %u: %u of %u comes to %u behind %u", seed, step, from, to, last[series]);
        if (peers[to].all[i].is_ordered)
            last[series] = step;
    }
    for (unsigned step = 0; step < STEPS; step++)
        if (counts[step] != (sent[step] == 1 + PEERS || sent[step] == 1 + to))
            fail_msg("seed %u: %u of %u came to %u %u times", seed, step, from, to, counts[step]);
}

static void connections_that_break_lose_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        static unsigned char sent[PEERS][STEPS]; /* 0, or 1 and to whom: PEERS for all */
        struct rng rng;
        rng_init(&rng, seed);
        memset(sent, 0, sizeof sent);
        begin_room(PEERS);
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned from = (unsigned)rng_below(&rng, PEERS);
            unsigned to = rng_below(&rng, 4) == 0 ? (unsigned)rng_below(&rng, PEERS) : PEERS;
            enum envelope_policy policy = rng_below(&rng, 3) == 0 ? ENVELOPE_UNORDERED : ENVELOPE_ORDERED;
            if (to != from && send_number(from, to < PEERS ? peers[to].id : "", policy, step) == 0)
                sent[from][step] = (unsigned char)(1 + to);
            if (rng_below(&rng, 40) == 0)
                break_connection((unsigned)rng_below(&rng, PEERS));
            for (unsigned i = 0; i < PEERS && step % 10 == 0; i++)
                if (!peers[i].is_open)
                    open_connection(i);
            pass((usec_t)rng_below(&rng, 4) * 5 * MS);
        }
        for (unsigned i = 0; i < PEERS; i++)
            if (!peers[i].is_open)
                open_connection(i);
        pass(20 * USEC_PER_SEC);
        for (unsigned from = 0; from < PEERS; from++)
            for (unsigned to = 0; to < PEERS; to++)
                if (to != from)
                    check_heard(seed, from, to, sent[from]);
        for (unsigned i = 0; i < PEERS; i++) {
            assert_int_equal(peers[i].lost, 0);
            assert_int_equal(room_data_waiting(peers[i].data), 0);
        }
        end_room();
    }
}

static void who_joins_later_gets_what_is_sent_from_then_on(void **state)
{
    (void)state;
    begin_room(3);
    set_others(0, 2);
    break_connection(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(500 * MS);
    set_others(0, 3);
    room_data_free(peers[2].data);
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = &peers[2]};
    peers[2].data = room_data_new(&outlet);
    set_others(2, 3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(100 * MS);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 2);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, 2);
    end_room();
}

static void a_full_log_waits_but_not_for_ever(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    break_connection(2);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0)
        sent++;
    assert_int_equal(sent, 1000);
    pass(8 * USEC_PER_SEC);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), ERR_AGAIN);
    assert_int_equal(peers[0].ready, 0);
    pass(12 * USEC_PER_SEC);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), 0);
    open_connection(2);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, sent + 1);
    assert_int_equal(peers[2].lost, 1);
    assert_int_equal(peers[2].all[peers[2].heard - 1].step, sent);
    end_room();
}

static void a_backlog_comes_in_batches(void **state)
{
    size_t sent_frames = 0;
    (void)state;
    begin_room(2);
    break_connection(1);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    pass(100 * MS);
    open_connection(1);
    pass(30 * MS);
    for (const struct sent_frame *frame = peers[1].first; frame != NULL; frame = frame->next)
        sent_frames++;
    assert_in_range(sent_frames, 1, 65);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 900);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(peers[1].all[i].step, i);
    end_room();
}

static void without_others_nothing_is_kept(void **state)
{
    (void)state;
    begin_room(1);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_each_kind),
        cmocka_unit_test(connections_that_break_lose_nothing),
        cmocka_unit_test(who_joins_later_gets_what_is_sent_from_then_on),
        cmocka_unit_test(a_full_log_waits_but_not_for_ever),
        cmocka_unit_test(a_backlog_comes_in_batches),
        cmocka_unit_test(without_others_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
