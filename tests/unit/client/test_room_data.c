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

/* Somebody whose link takes a message in each interval, and for whom so many wait at the router, as it does it: more
 * is dropped, and its sender is told when there is room. */
static struct {
    unsigned who;
    usec_t interval, last_at;
    size_t most, dropped;
    bool holds[4];
    uint32_t first[4][ENVELOPE_SERIES]; /* that was dropped, by sender */
} narrow;

static struct peer peers[PEERS];
static size_t peer_count;
static usec_t now;

static unsigned index_of(const char *id)
{
    return (unsigned)(id[1] - '0');
}

static void tell_room(unsigned sender, uint32_t bytes)
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
            for (unsigned from = 0; i == narrow.who && from < peer_count; from++)
                if (narrow.holds[from] && count_waiting(i) <= narrow.most / 2)
                    tell_room(from, (uint32_t)narrow.most * 8); /* for two senders of messages of four bytes */
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

static void make_peer(struct peer *peer)
{
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = peer};
    peer->data = room_data_new(&outlet);
}

/* It knows nothing of what was said before. */
static void join_anew(unsigned who, unsigned count)
{
    room_data_free(peers[who].data);
    make_peer(&peers[who]);
    set_others(who, count);
}

static void begin_room(unsigned count)
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
    join_anew(2, 3);
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
    assert_int_equal(peers[0].lost, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), 0);
    open_connection(2);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, sent + 1);
    assert_int_equal(peers[2].lost, 1);
    assert_int_equal(peers[2].all[peers[2].heard - 1].step, sent);
    end_room();
}

/* What was sent before is not kept for it, and counting goes on behind that. */
static void who_opens_its_channel_late_gets_what_is_sent_then(void **state)
{
    (void)state;
    begin_room(3);
    break_connection(2);
    set_others(0, 2);
    set_others(0, 3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(16 * USEC_PER_SEC);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    join_anew(2, 3);
    open_connection(2);
    pass(USEC_PER_SEC);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, 2);
    end_room();
}

/* Peer 2 speaks the protocol, but does not mean it: it takes what comes and answers as it likes. */
static void answer(unsigned who, enum envelope_kind kind, const uint32_t *numbers)
{
    uint8_t payload[16], frame[ENVELOPE_MAX];
    for (size_t i = 0; i < 4; i++)
        put_u32(payload + 4 * i, numbers[i]);
    const struct envelope envelope = {
        .kind = kind, .name = {(const uint8_t *)peers[who].id, 2}, .payload = {payload, sizeof payload}};
    room_data_receive(peers[0].data, "", (struct span){frame, envelope_write(&envelope, frame)}, now);
}

static void who_acknowledges_nothing_uses_up_only_its_own_place(void **state)
{
    unsigned to_one = 0;
    (void)state;
    begin_room(3);
    break_connection(2);
    while (send_number(0, "p2", ENVELOPE_ORDERED, to_one) == 0)
        to_one++;
    assert_int_equal(to_one, 500);
    assert_int_equal(send_number(0, "p1", ENVELOPE_ORDERED, 1), 0);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 2);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[2].heard, to_one + 1); /* late, and whole */
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

static void who_takes_nothing_of_its_own_is_given_up_and_both_are_told(void **state)
{
    (void)state;
    begin_room(3);
    break_connection(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    while (send_number(0, "p2", ENVELOPE_ORDERED, 2) == 0)
        ;
    pass(14 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 0);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 1);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(room_data_waiting(peers[0].data), 1); /* what is for all */
    assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, 3), 0);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[2].lost, 1);
    assert_int_equal(peers[2].heard, 2);
    assert_int_equal(peers[2].all[0].step, 1);
    assert_int_equal(peers[2].all[1].step, 3);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

static void who_takes_its_own_slowly_is_not_given_up(void **state)
{
    uint32_t acked[4] = {0};
    (void)state;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 10; step++) {
        while (send_number(0, "p2", ENVELOPE_ORDERED, step) == 0)
            ;
        acked[2]++;
        answer(2, ENVELOPE_ACK, acked);
        pass(10 * USEC_PER_SEC);
    }
    assert_int_equal(peers[0].lost, 0);
    for (unsigned step = 0; step < 10; step++) {
        answer(2, ENVELOPE_SYNC, acked); /* that is no progress */
        pass(2 * USEC_PER_SEC);
    }
    assert_int_equal(peers[0].lost, 1);
    end_room();
}

/* Of 100 s in which peer 0 sends to all as fast as it may, for how many peer 2 kept it from sending. */
static unsigned seconds_held_up(void (*act)(unsigned step, uint32_t *acked, uint32_t sent), bool syncs)
{
    uint32_t acked[4] = {0}, sent = 0;
    unsigned held = 0;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 1000; step++) {
        bool was_taken = false;
        for (unsigned i = 0; i < 50; i++) {
            bool is_taken = send_number(0, "", ENVELOPE_ORDERED, sent) == 0;
            sent += is_taken;
            was_taken = was_taken || is_taken;
        }
        held += !was_taken;
        act(step, acked, sent);
        answer(2, syncs ? ENVELOPE_SYNC : ENVELOPE_ACK, acked);
        peers[1].heard = 0;
        pass(100 * MS);
    }
    end_room();
    return held / 10;
}

static void acknowledge_nothing(unsigned step, uint32_t *acked, uint32_t sent)
{
    (void)step;
    (void)acked;
    (void)sent;
}

static void acknowledge_one_each_nine_seconds(unsigned step, uint32_t *acked, uint32_t sent)
{
    if (step % 90 == 0 && acked[0] < sent)
        acked[0]++;
}

static void acknowledge_all_each_nine_seconds(unsigned step, uint32_t *acked, uint32_t sent)
{
    if (step % 90 == 0)
        acked[0] = sent;
}

static void who_lets_the_others_wait_is_given_up(void **state)
{
    static const struct {
        const char *name;
        void (*act)(unsigned step, uint32_t *acked, uint32_t sent);
        bool syncs;
    } rows[] = {
        {"says nothing new", acknowledge_nothing, false},
        {"asks without end", acknowledge_nothing, true},
        {"takes one message now and then", acknowledge_one_each_nine_seconds, true},
        {"takes all now and then", acknowledge_all_each_nine_seconds, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned held = seconds_held_up(rows[i].act, rows[i].syncs);
        if (held > 30) /* 15, a tenth of the rest, and what lies between looks */
            fail_msg("who %s held the others up for %u s of 100", rows[i].name, held);
    }
}

/* It joins under a new id before it is given up, syncs, and (with `takes`) acknowledges the first message. */
static unsigned seconds_of_200_held_up_by_joining_again(bool takes)
{
    uint32_t acked[4] = {0}, sent = 0;
    unsigned held = 0;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 2000; step++) {
        bool was_taken = false;
        if (step % 140 == 0) { /* 14 s */
            set_others(0, 2);
            set_others(0, 3);
            acked[0] = sent;
            answer(2, ENVELOPE_SYNC, acked);
        }
        for (unsigned i = 0; i < 50; i++) {
            bool is_taken = send_number(0, "", ENVELOPE_ORDERED, sent) == 0;
            sent += is_taken;
            was_taken = was_taken || is_taken;
        }
        held += !was_taken;
        if (takes && step % 140 == 1 && acked[0] < sent) {
            acked[0]++;
            answer(2, ENVELOPE_ACK, acked);
        }
        peers[1].heard = 0;
        pass(100 * MS);
    }
    end_room();
    return held / 10;
}

static void who_joins_again_and_again_is_not_waited_for_each_time(void **state)
{
    (void)state;
    for (int takes = 0; takes < 2; takes++) {
        unsigned held = seconds_of_200_held_up_by_joining_again(takes == 1);
        if (held > 15 + 200 / 60 + 6) /* and what lies between looks */
            fail_msg("who %s held the others up for %u s of 200", takes ? "takes one each time" : "takes none", held);
    }
}

/* One whose start is slow, and before whom nobody was, has the whole patience. */
static void a_newcomer_may_be_slow_once(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0) {
        if (sent++ == 0)
            break_connection(2); /* it has synced, and acknowledged nothing */
    }
    pass(14 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 0);
    open_connection(2);
    pass(4 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost + peers[2].lost, 0);
    assert_int_equal(peers[2].heard, sent);
    end_room();
}

static void syncs_without_end_are_answered_ten_times_a_second(void **state)
{
    static const uint32_t nothing[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    size_t answers = 0;
    (void)state;
    begin_room(3);
    for (unsigned step = 0; step < 1000; step++) {
        answer(2, ENVELOPE_SYNC, nothing);
        now += MS;
    }
    for (const struct sent_frame *frame = peers[2].first; frame != NULL; frame = frame->next)
        answers++;
    assert_in_range(answers, 1, 20);
    end_room();
}

/* What the router has no room for comes as soon as there is room, in order, once; hardly anything is sent in vain. */
static void who_reads_slowly_is_sent_what_there_is_room_for(void **state)
{
    enum { EACH = 400, INTERVAL = 20 * MS };
    (void)state;
    begin_room(3);
    narrow.who = 2;
    narrow.interval = INTERVAL;
    narrow.most = 64;
    for (unsigned i = 0; i < EACH; i++) {
        assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, i), 0);
        assert_int_equal(send_number(1, "p2", ENVELOPE_UNORDERED, i), 0);
        pass(5 * MS);
    }
    for (usec_t end = now + 2 * EACH * INTERVAL; now < end && peers[2].heard < 2 * EACH;)
        pass(INTERVAL);
    assert_int_equal(peers[2].heard, 2 * EACH);
    for (unsigned from = 0; from < 2; from++)
        for (unsigned i = 0, step = 0; i < peers[2].heard; i++)
            if (peers[2].all[i].from == from)
                assert_int_equal(peers[2].all[i].step, step++);
    pass(USEC_PER_SEC);
    assert_int_equal(room_data_waiting(peers[0].data) + room_data_waiting(peers[1].data), 0);
    assert_in_range(narrow.dropped, 1, 2 * EACH / 4);
    end_room();
}

/* Without the word that there is room the sender tries by itself. */
static void who_is_not_told_of_room_tries_again(void **state)
{
    (void)state;
    begin_room(3);
    narrow.who = 2;
    tell_room(0, 0);
    narrow.who = PEERS;
    assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, 0), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 0); /* it waits */
    pass(8 * USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 1);
    end_room();
}

static void what_is_refused_is_told_unless_it_comes_later(void **state)
{
    static const struct {
        const char *name, *code;
        size_t told;
    } rows[] = {{"p1", "no-such-target", 0}, {"p9", "no-such-target", 1}, {"", "bad-message", 1}};
    (void)state;
    begin_room(2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t frame[ENVELOPE_MAX];
        const struct envelope refusal = {.kind = ENVELOPE_REFUSED,
                                         .name = {(const uint8_t *)rows[i].name, strlen(rows[i].name)},
                                         .topic = {(const uint8_t *)rows[i].code, strlen(rows[i].code)}};
        peers[0].refused = 0;
        room_data_receive(peers[0].data, "", (struct span){frame, envelope_write(&refusal, frame)}, now);
        assert_int_equal(peers[0].refused, rows[i].told);
    }
    end_room();
}

static void who_has_no_channel_yet_is_not_waited_for_when_all_is_full(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    set_others(0, 2);
    break_connection(2);
    set_others(0, 3);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0)
        sent++;
    pass(500 * MS);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent++), 0);
    join_anew(2, 3);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, sent);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, sent - 1);
    assert_int_equal(peers[2].lost, 0);
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

/* As a file goes (client/files): of large messages, a window's worth is sent before the first is known to have come. */
static void what_is_lost_of_a_stream_does_not_hold_up_the_rest(void **state)
{
    enum { MESSAGES = 188, AHEAD = 6, LENGTH = 15987 };
    static uint8_t payload[LENGTH];
    unsigned sent = 0;
    (void)state;
    begin_room(2);
    usec_t start = now;
    while (peers[1].heard < MESSAGES && now - start < 30 * USEC_PER_SEC) {
        while (sent < MESSAGES && sent < peers[1].heard + AHEAD) {
            put_u32(payload, sent++);
            assert_int_equal(
                room_data_send(peers[0].data, "p1", "t", ENVELOPE_ORDERED, (struct span){payload, LENGTH}, now), 0);
        }
        if (now - start == 10 * MS) { /* all that was sent is on the way */
            break_connection(1);
            open_connection(1);
        }
        pass(5 * MS);
    }
    assert_in_range(now - start, 0, 2 * USEC_PER_SEC);
    for (unsigned i = 0; i < MESSAGES; i++)
        assert_int_equal(peers[1].all[i].step, i);
    end_room();
}

static void a_begin_that_is_lost_is_said_again(void **state)
{
    (void)state;
    begin_room(2);
    break_connection(1);
    join_anew(1, 2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(600 * MS);
    open_connection(1);
    pass(25 * MS); /* the answer is on the way */
    break_connection(1);
    open_connection(1);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 1);
    end_room();
}

/* A connection that is open already takes the place of one that broke: nothing tells that it is there. */
static void an_acknowledgement_that_finds_no_way_is_not_forgotten(void **state)
{
    (void)state;
    begin_room(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(30 * MS);
    assert_int_equal(peers[1].heard, 1);
    break_connection(1);
    pass(100 * MS);
    peers[1].is_open = true;
    pass(300 * MS);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
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
        cmocka_unit_test(who_acknowledges_nothing_uses_up_only_its_own_place),
        cmocka_unit_test(who_takes_nothing_of_its_own_is_given_up_and_both_are_told),
        cmocka_unit_test(who_takes_its_own_slowly_is_not_given_up),
        cmocka_unit_test(who_lets_the_others_wait_is_given_up),
        cmocka_unit_test(who_opens_its_channel_late_gets_what_is_sent_then),
        cmocka_unit_test(who_joins_again_and_again_is_not_waited_for_each_time),
        cmocka_unit_test(a_newcomer_may_be_slow_once),
        cmocka_unit_test(who_reads_slowly_is_sent_what_there_is_room_for),
        cmocka_unit_test(who_is_not_told_of_room_tries_again),
        cmocka_unit_test(syncs_without_end_are_answered_ten_times_a_second),
        cmocka_unit_test(who_has_no_channel_yet_is_not_waited_for_when_all_is_full),
        cmocka_unit_test(what_is_refused_is_told_unless_it_comes_later),
        cmocka_unit_test(a_backlog_comes_in_batches),
        cmocka_unit_test(what_is_lost_of_a_stream_does_not_hold_up_the_rest),
        cmocka_unit_test(a_begin_that_is_lost_is_said_again),
        cmocka_unit_test(an_acknowledgement_that_finds_no_way_is_not_forgotten),
        cmocka_unit_test(without_others_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
