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
enum { MEMBERS = 4, HEARD_MAX = 4096, STEPS = 600 };

struct letter {
    struct letter *next;
    usec_t at;
    unsigned from, ways[2]; /* of both ends when it was sent */
    size_t length;
    uint8_t frame[];
};

struct member {
    struct room_data *data;
    char id[16];
    unsigned way;
    bool is_open;
    struct letter *first, **last;
    size_t heard, lost, ready, refused;
    struct {
        unsigned from, step;
        bool is_private, is_ordered;
    } all[HEARD_MAX];
};

static struct member members[MEMBERS];
static size_t member_count;
static usec_t now;

static unsigned index_of(const char *id)
{
    return (unsigned)(id[1] - '0');
}

static void send_to(unsigned from, unsigned to, const uint8_t *frame, size_t length)
{
    struct span rest = {frame, length};
    while (rest.length > 0) {
        struct envelope envelope;
        assert_int_equal(envelope_read(&rest, &envelope), 0);
        envelope.name = (struct span){(const uint8_t *)members[from].id, 2};
        struct letter *letter = mem_alloc(sizeof *letter + ENVELOPE_MAX);
        letter->at = now + 20 * MS;
        letter->from = from;
        letter->ways[0] = members[from].way;
        letter->ways[1] = members[to].way;
        letter->length = envelope_write(&envelope, letter->frame);
        *members[to].last = letter;
        members[to].last = &letter->next;
    }
}

static bool on_transmit(void *user, const char *to, enum envelope_policy policy, const uint8_t *frame, size_t length)
{
    unsigned from = (unsigned)((struct member *)user - members);
    (void)policy;
    if (!members[from].is_open)
        return false;
    for (unsigned i = 0; i < member_count; i++)
        if (i != from && members[i].is_open && (to[0] == '\0' || index_of(to) == i))
            send_to(from, i, frame, length);
    return true;
}

static void on_tell(void *user, const struct room_data_event *event)
{
    struct member *member = user;
    member->lost += event->type == ROOM_DATA_LOST;
    member->ready += event->type == ROOM_DATA_READY;
    member->refused += event->type == ROOM_DATA_REFUSED;
    if (event->type != ROOM_DATA_MESSAGE)
        return;
    assert_true(member->heard < HEARD_MAX);
    member->all[member->heard].from = index_of(event->name);
    member->all[member->heard].step = get_u32(event->payload.data);
    member->all[member->heard].is_private = event->is_private;
    member->all[member->heard++].is_ordered = event->policy == ENVELOPE_ORDERED;
}

static void set_others(unsigned who, unsigned count)
{
    const char *ids[MEMBERS];
    size_t others = 0;
    for (unsigned i = 0; i < count; i++)
        if (i != who)
            ids[others++] = members[i].id;
    room_data_set_others(members[who].data, ids, others, now);
}

static void pass(usec_t duration)
{
    for (usec_t end = now + duration; now < end; now += 5 * MS)
        for (unsigned i = 0; i < member_count; i++) {
            struct member *member = &members[i];
            struct letter *letter;
            while ((letter = member->first) != NULL && letter->at <= now) {
                member->first = letter->next;
                if (member->first == NULL)
                    member->last = &member->first;
                if (letter->ways[0] == members[letter->from].way && letter->ways[1] == member->way)
                    room_data_receive(member->data, "", (struct span){letter->frame, letter->length}, now);
                free(letter);
            }
            if (room_data_next(member->data) <= now)
                room_data_timeout(member->data, now);
        }
}

static void break_way(unsigned who)
{
    members[who].is_open = false;
    members[who].way++;
}

static void open_way(unsigned who)
{
    members[who].is_open = true;
    room_data_opened(members[who].data, "", now);
}

static void begin_room(unsigned count)
{
    now = USEC_PER_SEC;
    member_count = count;
    memset(members, 0, sizeof members);
    for (unsigned i = 0; i < count; i++) {
        struct member *member = &members[i];
        const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = member};
        member->data = room_data_new(&outlet);
        snprintf(member->id, sizeof member->id, "p%u", i);
        member->last = &member->first;
        member->is_open = true;
    }
    for (unsigned i = 0; i < count; i++)
        set_others(i, count);
    for (unsigned i = 0; i < count; i++)
        open_way(i);
    pass(500 * MS);
}

static void end_room(void)
{
    for (unsigned i = 0; i < member_count; i++) {
        for (struct letter *letter = members[i].first, *next; letter != NULL; letter = next) {
            next = letter->next;
            free(letter);
        }
        room_data_free(members[i].data);
    }
}

static int send_number(unsigned from, const char *to, enum envelope_policy policy, unsigned number)
{
    uint8_t payload[4];
    put_u32(payload, number);
    return room_data_send(members[from].data, to, "t", policy, (struct span){payload, sizeof payload}, now);
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
    assert_int_equal(members[1].heard, 2);
    assert_int_equal(members[2].heard, 3);
    assert_true(members[2].all[1].is_private);
    assert_int_equal(room_data_waiting(members[0].data), 0);
    break_way(0);
    assert_int_equal(send_number(0, "", ENVELOPE_LOSSY, 5), ERR_WRONG_STATE);
    end_room();
}

/* What `to` heard of `from` is what was sent, and each ordered series of it is in order. */
static void check_heard(unsigned seed, unsigned from, unsigned to, const unsigned char *sent)
{
    unsigned counts[STEPS] = {0}, last[2] = {0, 0};
    for (size_t i = 0; i < members[to].heard; i++) {
        if (members[to].all[i].from != from)
            continue;
        unsigned step = members[to].all[i].step, series = members[to].all[i].is_private;
        counts[step]++;
        if (members[to].all[i].is_ordered && step < last[series])
            fail_msg("seed %u: %u of %u comes to %u behind %u", seed, step, from, to, last[series]);
        if (members[to].all[i].is_ordered)
            last[series] = step;
    }
    for (unsigned step = 0; step < STEPS; step++)
        if (counts[step] != (sent[step] == 1 + MEMBERS || sent[step] == 1 + to))
            fail_msg("seed %u: %u of %u came to %u %u times", seed, step, from, to, counts[step]);
}

static void connections_that_break_lose_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        static unsigned char sent[MEMBERS][STEPS]; /* 0, or 1 and to whom: MEMBERS for all */
        struct rng rng;
        rng_init(&rng, seed);
        memset(sent, 0, sizeof sent);
        begin_room(MEMBERS);
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned from = (unsigned)rng_below(&rng, MEMBERS);
            unsigned to = rng_below(&rng, 4) == 0 ? (unsigned)rng_below(&rng, MEMBERS) : MEMBERS;
            enum envelope_policy policy = rng_below(&rng, 3) == 0 ? ENVELOPE_UNORDERED : ENVELOPE_ORDERED;
            if (to != from && send_number(from, to < MEMBERS ? members[to].id : "", policy, step) == 0)
                sent[from][step] = (unsigned char)(1 + to);
            if (rng_below(&rng, 40) == 0)
                break_way((unsigned)rng_below(&rng, MEMBERS));
            for (unsigned i = 0; i < MEMBERS && step % 10 == 0; i++)
                if (!members[i].is_open)
                    open_way(i);
            pass((usec_t)rng_below(&rng, 4) * 5 * MS);
        }
        for (unsigned i = 0; i < MEMBERS; i++)
            if (!members[i].is_open)
                open_way(i);
        pass(20 * USEC_PER_SEC);
        for (unsigned from = 0; from < MEMBERS; from++)
            for (unsigned to = 0; to < MEMBERS; to++)
                if (to != from)
                    check_heard(seed, from, to, sent[from]);
        for (unsigned i = 0; i < MEMBERS; i++) {
            assert_int_equal(members[i].lost, 0);
            assert_int_equal(room_data_waiting(members[i].data), 0);
        }
        end_room();
    }
}

static void who_joins_later_gets_what_is_sent_from_then_on(void **state)
{
    (void)state;
    begin_room(3);
    set_others(0, 2);
    break_way(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(500 * MS);
    set_others(0, 3);
    room_data_free(members[2].data);
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = &members[2]};
    members[2].data = room_data_new(&outlet);
    set_others(2, 3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(100 * MS);
    open_way(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(members[1].heard, 2);
    assert_int_equal(members[2].heard, 1);
    assert_int_equal(members[2].all[0].step, 2);
    end_room();
}

static void a_full_log_waits_but_not_for_ever(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    break_way(2);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0)
        sent++;
    assert_int_equal(sent, 1000);
    pass(8 * USEC_PER_SEC);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), ERR_AGAIN);
    assert_int_equal(members[0].ready, 0);
    pass(12 * USEC_PER_SEC);
    assert_int_equal(members[0].ready, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), 0);
    open_way(2);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(members[1].heard, sent + 1);
    assert_int_equal(members[2].lost, 1);
    assert_int_equal(members[2].all[members[2].heard - 1].step, sent);
    end_room();
}

static void a_backlog_comes_in_batches(void **state)
{
    size_t letters = 0;
    (void)state;
    begin_room(2);
    break_way(1);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    pass(100 * MS);
    open_way(1);
    pass(30 * MS);
    for (const struct letter *letter = members[1].first; letter != NULL; letter = letter->next)
        letters++;
    assert_in_range(letters, 1, 65);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(members[1].heard, 900);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(members[1].all[i].step, i);
    end_room();
}

static void without_others_nothing_is_kept(void **state)
{
    (void)state;
    begin_room(1);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    assert_int_equal(room_data_waiting(members[0].data), 0);
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
