/* A sender and two receivers, joined by queues that hold what one says to the other: what is on the way, who ends what,
 * what is on disk in the end. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/files/file_receiver.h"
#include "transport/base/error.h"

#define QUEUE_MAX 128
#define SIZE 300001
#define BYTES_MAX 1000000 /* that a receiver saves */

enum { SENDER, FIRST, SECOND, PEOPLE };
static const char *const ids[PEOPLE] = {"p1", "p2", "p3"};

struct message {
    int from, to;
    bool is_private;
    size_t length;
    uint8_t bytes[FILE_MESSAGE_MAX];
};

struct person {
    int index;
    char last[512]; /* what ended last */
    bool has_failed;
};

static char folder[64], path[96], inbox[96];
static struct message queue[QUEUE_MAX];
static size_t queued;
static usec_t now;
static bool is_full, flips;
static const char *stuck; /* takes nothing more */
static struct person people[PEOPLE];
static struct file_sender *sender;
static struct file_receiver *receivers[PEOPLE];

static int on_send(void *user, const char *to, const uint8_t *bytes, size_t length)
{
    const struct person *person = user;
    if (is_full || (stuck != NULL && strcmp(to, stuck) == 0))
        return 1;
    for (int i = 0; i < PEOPLE; i++) {
        if (i == person->index || (to[0] != '\0' && strcmp(to, ids[i]) != 0))
            continue;
        assert_true(queued < QUEUE_MAX);
        struct message *message = &queue[queued++];
        *message = (struct message){.from = person->index, .to = i, .is_private = to[0] != '\0', .length = length};
        memcpy(message->bytes, bytes, length);
    }
    return 0;
}

static void on_ended(void *user, const struct file_end *end)
{
    struct person *person = user;
    const char *slash = strrchr(end->file, '/');
    snprintf(person->last, sizeof person->last, "%s %s %s", end->participant != NULL ? end->participant : "-",
             slash != NULL ? slash + 1 : end->file, end->why != NULL ? end->why : "is there");
    person->has_failed = person->has_failed || end->is_failure;
}

static void pump(void)
{
    file_sender_pump(sender);
    for (int i = FIRST; i < PEOPLE; i++)
        file_receiver_pump(receivers[i]);
}

/* Delivers what was said, up to `most` messages. */
static void deliver(size_t most)
{
    struct message first;
    for (pump(); queued > 0 && most > 0; most--, pump()) {
        struct file_message message;
        first = queue[0];
        memmove(queue, queue + 1, --queued * sizeof queue[0]);
        assert_int_equal(file_message_read((struct span){first.bytes, first.length}, &message), 0);
        if (flips && message.kind == FILE_CHUNK)
            first.bytes[first.length - 1] ^= 1;
        if (first.to == SENDER)
            file_sender_take(sender, ids[first.from], &message);
        else if (first.from == SENDER)
            file_receiver_take(receivers[first.to], ids[SENDER], first.is_private, &message, now);
    }
}

static void write_file(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    static char bytes[SIZE];
    (void)state;
    queued = 0;
    now = 1;
    is_full = flips = false;
    stuck = NULL;
    snprintf(folder, sizeof folder, "/tmp/heddle-files-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/plan.bin", folder);
    snprintf(inbox, sizeof inbox, "%s/inbox", folder);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31 + i / 251);
    write_file(path, bytes, SIZE);
    for (int i = 0; i < PEOPLE; i++) {
        people[i] = (struct person){.index = i};
        const struct file_outlet outlet = {.send = on_send, .ended = on_ended, .user = &people[i]};
        if (i == SENDER)
            sender = file_sender_new(&outlet);
        else
            receivers[i] = file_receiver_new(&outlet, i == FIRST ? inbox : NULL, BYTES_MAX);
    }
    assert_int_equal(file_sender_add(sender, path), 0);
    return 0;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    file_sender_free(sender);
    for (int i = FIRST; i < PEOPLE; i++)
        file_receiver_free(receivers[i]);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static long size_of(const char *name)
{
    char full[256];
    struct stat status;
    snprintf(full, sizeof full, "%s/%s", inbox, name);
    return stat(full, &status) == 0 ? (long)status.st_size : -1;
}

static bool is_sender(void *user, const char *participant)
{
    (void)user;
    return strcmp(participant, ids[SENDER]) == 0;
}

static void it_comes_beside_what_is_there(void **state)
{
    char mine[128];
    (void)state;
    assert_int_equal(mkdir(inbox, 0777), 0);
    snprintf(mine, sizeof mine, "%s/plan.bin", inbox);
    write_file(mine, "mine", 4);
    deliver(SIZE_MAX);
    assert_string_equal(people[FIRST].last, "p1 plan (2).bin is there");
    assert_int_equal(size_of("plan (2).bin"), SIZE);
    assert_int_equal(size_of("plan.bin"), 4);
    assert_int_equal(size_of("plan.bin.part"), -1);
    assert_string_equal(people[SENDER].last, "p2 plan.bin is there");
    json_t *summary = file_sender_summary(sender), *one = json_array_get(summary, 0);
    assert_int_equal(json_integer_value(json_object_get(one, "done")), 1);
    assert_int_equal(json_integer_value(json_object_get(one, "refused")), 1); /* without a folder it is declined */
    json_decref(summary);
    file_sender_offer_again(sender);
    deliver(SIZE_MAX);
    assert_int_equal(size_of("plan (3).bin"), -1); /* that was not news */
}

static void little_is_on_the_way_and_nothing_is_lost_while_the_room_is_full(void **state)
{
    (void)state;
    deliver(2);
    size_t most = 0;
    for (int i = 0; i < 2000; i++) {
        is_full = i % 3 != 0;
        deliver(i % 2 == 0 ? 1 : 0);
        most = queued > most ? queued : most;
    }
    is_full = false;
    deliver(SIZE_MAX);
    assert_in_range(most, 3, 12); /* 96 KiB and the acknowledgements */
    assert_int_equal(size_of("plan.bin"), SIZE);
}

static void who_acknowledges_nothing_stops_no_file_of_others(void **state)
{
    const struct file_message accept = {.kind = FILE_ACCEPT, .number = 1};
    const struct file_message evil = {.kind = FILE_OFFER, .number = 1, .size = 10, .name = "evil"};
    char second[128];
    (void)state;
    stuck = "p9";
    snprintf(second, sizeof second, "%s/note.txt", folder);
    write_file(second, "hello", 5);
    assert_int_equal(file_sender_add(sender, second), 0);
    file_sender_take(sender, "p9", &accept);
    deliver(3);
    file_receiver_take(receivers[FIRST], "p9", true, &evil, now);
    deliver(SIZE_MAX);
    assert_int_equal(size_of("plan.bin"), SIZE);
    assert_int_equal(size_of("note.txt"), 5);
    assert_int_equal(size_of("evil.part"), 0);
    file_sender_lost(sender, "p9");
    file_receiver_lost(receivers[FIRST], "p9");
    assert_string_equal(people[FIRST].last, "p9 evil some of it was lost on the way");
    stuck = NULL;
    deliver(SIZE_MAX);
    assert_string_equal(people[SENDER].last, "p9 plan.bin some of it was lost on the way");
}

static void another_content_is_not_kept(void **state)
{
    (void)state;
    flips = true;
    deliver(SIZE_MAX);
    assert_string_equal(people[FIRST].last, "p1 plan.bin what came is not what was sent");
    assert_true(people[FIRST].has_failed);
    assert_int_equal(size_of("plan.bin"), -1);
    assert_int_equal(size_of("plan.bin.part"), -1);
    assert_string_equal(people[SENDER].last, "p2 plan.bin what came is not what was sent");
    assert_false(people[SENDER].has_failed);
}

static void without_place_both_are_told(void **state)
{
    struct rlimit before, small = {.rlim_cur = 100000};
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    deliver(SIZE_MAX);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_string_equal(people[FIRST].last, "p1 plan.bin File too large");
    assert_true(people[FIRST].has_failed);
    assert_string_equal(people[SENDER].last, "p2 plan.bin it could not be saved");
    assert_int_equal(size_of("plan.bin.part"), -1);
}

static void a_file_that_shrinks_cannot_be_read(void **state)
{
    (void)state;
    deliver(12);
    assert_int_equal(truncate(path, 1000), 0);
    deliver(SIZE_MAX);
    assert_string_equal(people[SENDER].last, "p2 plan.bin it cannot be read");
    assert_true(people[SENDER].has_failed);
    assert_string_equal(people[FIRST].last, "p1 plan.bin it cannot be read");
    assert_true(people[FIRST].has_failed);
    assert_int_equal(size_of("plan.bin.part"), -1);
}

static void who_leaves_ends_it_and_who_comes_back_as_another_gets_it_anew(void **state)
{
    (void)state;
    deliver(12);
    file_sender_keep(sender, NULL, NULL);
    assert_string_equal(people[SENDER].last, "p2 plan.bin left");
    file_receiver_keep(receivers[FIRST], is_sender, NULL);
    assert_string_equal(people[FIRST].last, ""); /* the sender is there */
    file_receiver_keep(receivers[FIRST], NULL, NULL);
    assert_string_equal(people[FIRST].last, "p1 plan.bin left");
    assert_false(people[FIRST].has_failed); /* it is offered anew */
    assert_int_equal(size_of("plan.bin.part"), -1);
    queued = 0;
    file_sender_offer_again(sender);
    deliver(SIZE_MAX);
    assert_int_equal(size_of("plan.bin"), SIZE);
}

static void what_is_lost_to_one_end_is_over_at_both(void **state)
{
    (void)state;
    for (int loser = SENDER; loser <= FIRST; loser++) {
        deliver(12);
        if (loser == SENDER)
            file_sender_lost(sender, ids[FIRST]);
        else
            file_receiver_lost(receivers[FIRST], ids[SENDER]);
        deliver(SIZE_MAX);
        assert_string_equal(people[SENDER].last, "p2 plan.bin some of it was lost on the way");
        assert_string_equal(people[FIRST].last, "p1 plan.bin some of it was lost on the way");
        assert_true(!people[SENDER].has_failed && people[FIRST].has_failed);
        assert_int_equal(size_of("plan.bin"), -1);
        assert_int_equal(size_of("plan.bin.part"), -1);
        file_sender_keep(sender, NULL, NULL); /* another one of each comes */
        file_receiver_keep(receivers[FIRST], NULL, NULL);
        file_sender_offer_again(sender);
        people[SENDER].last[0] = people[FIRST].last[0] = '\0';
        people[FIRST].has_failed = false;
    }
}

static bool is_nobody(void *user, const char *participant)
{
    (void)user;
    (void)participant;
    return false;
}

static void whose_sender_leaves_has_not_got_it(void **state)
{
    (void)state;
    deliver(12);
    file_receiver_keep(receivers[FIRST], is_nobody, NULL);
    assert_string_equal(people[FIRST].last, "p1 plan.bin left");
    assert_true(people[FIRST].has_failed);
}

static void expect_at_the_end(int who, const char *told)
{
    people[who].last[0] = '\0';
    people[who].has_failed = false;
    if (who == SENDER)
        file_sender_finish(sender);
    else
        file_receiver_finish(receivers[who]);
    assert_string_equal(people[who].last, told);
    assert_int_equal(people[who].has_failed, told[0] != '\0');
}

static void at_the_end_it_is_told_what_is_not_complete(void **state)
{
    const struct file_message too_large = {.kind = FILE_REFUSE, .number = 1, .reason = FILE_TOO_LARGE};
    (void)state;
    expect_at_the_end(SENDER, "- plan.bin nobody took it");
    expect_at_the_end(FIRST, "");
    file_sender_take(sender, "p9", &too_large);
    expect_at_the_end(SENDER, "- plan.bin nobody has it: it is too large");
    deliver(12);
    expect_at_the_end(SENDER, "- plan.bin we left before one who takes it had all of it");
    expect_at_the_end(FIRST, "p1 plan.bin we left before all of it was here");
    deliver(SIZE_MAX);
    expect_at_the_end(SENDER, ""); /* one has it: the other may refuse */
    expect_at_the_end(FIRST, "");
}

static void offers_to_one_and_to_all_may_overtake_each_other(void **state)
{
    static const struct {
        uint32_t number;
        bool is_private;
    } offers[] = {{3, false}, {1, true}, {2, true}, {3, false}, {2, true}};
    (void)state;
    is_full = true;
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        const struct file_message offer = {.kind = FILE_OFFER, .number = offers[i].number, .size = 4, .name = "a"};
        file_receiver_take(receivers[FIRST], ids[SENDER], offers[i].is_private, &offer, now);
    }
    assert_int_equal(size_of("a (3).part"), 0);
    assert_int_equal(size_of("a (4).part"), -1); /* what is said again is no news */
}

static void one_participant_cannot_offer_without_end(void **state)
{
    struct file_message offer = {.kind = FILE_OFFER, .size = 4, .name = "a"};
    (void)state;
    is_full = true;
    for (offer.number = 1; offer.number <= FILE_OFFERS_MAX + 5; offer.number++)
        file_receiver_take(receivers[FIRST], ids[SENDER], false, &offer, now);
    assert_int_equal(size_of("a (16).part"), 0);
    assert_int_equal(size_of("a (17).part"), -1);
    struct file_message chunk = {.kind = FILE_CHUNK, .number = 1, .bytes = {(const uint8_t *)"12345", 5}};
    file_receiver_take(receivers[FIRST], ids[SENDER], true, &chunk, now); /* more than it said */
    assert_string_equal(people[FIRST].last, "p1 a some of it was lost on the way");
    assert_true(people[FIRST].has_failed);
}

/* Offers it to FIRST, who says nothing of it before its next pump. */
static void offer_of(const char *from, uint32_t number, uint64_t size)
{
    struct file_message offer = {.kind = FILE_OFFER, .number = number, .size = size};
    snprintf(offer.name, sizeof offer.name, "%s-%u", from, number);
    people[FIRST].last[0] = '\0';
    file_receiver_take(receivers[FIRST], from, false, &offer, now);
}

/* `from` offers a file and takes it back at once; whether it was refused. */
static bool is_refused_for_haste(const char *from, uint32_t number)
{
    const struct file_message cancel = {.kind = FILE_CANCEL, .number = number};
    queued = 0;
    offer_of(from, number, 4);
    bool is_refused = queued > 0;
    file_receiver_take(receivers[FIRST], from, false, &cancel, now);
    return is_refused;
}

static void offers_that_are_taken_back_at_once_have_a_budget(void **state)
{
    uint32_t number = 1;
    (void)state;
    for (; number <= FILE_OFFERS_MAX; number++)
        assert_false(is_refused_for_haste("p1", number));
    for (; number <= 3 * FILE_OFFERS_MAX; number++)
        assert_true(is_refused_for_haste("p1", number));
    assert_string_equal(people[FIRST].last, ""); /* such are not told: they have no end */
    assert_false(is_refused_for_haste("p3", 1)); /* it is each one's own */
    now += USEC_PER_SEC;
    assert_false(is_refused_for_haste("p1", number));
    assert_true(is_refused_for_haste("p1", number + 1));
}

static void place_on_disk_is_bounded_and_half_of_it_is_for_one_at_most(void **state)
{
    const struct file_message cancel = {.kind = FILE_CANCEL, .number = 2};
    (void)state;
    offer_of("p1", 1, BYTES_MAX / 2 + 1);
    assert_string_equal(people[FIRST].last, "p1 p1-1 it is too large");
    assert_false(people[FIRST].has_failed);
    offer_of("p1", 2, BYTES_MAX / 2 - 1000);
    offer_of("p1", 3, 1001);
    assert_string_equal(people[FIRST].last, "p1 p1-3 it is too large");
    offer_of("p3", 1, BYTES_MAX / 2);
    assert_string_equal(people[FIRST].last, "");
    offer_of("p4", 1, 1001);
    assert_string_equal(people[FIRST].last, "p4 p4-1 it is too large");
    file_receiver_take(receivers[FIRST], "p1", true, &cancel, now);
    offer_of("p4", 2, 1001); /* what did not come leaves its place */
    assert_string_equal(people[FIRST].last, "");
    offer_of("p4", 3, FILE_SIZE_MAX);
    assert_string_equal(people[FIRST].last, "p4 p4-3 it is too large");
}

static void files_are_counted_and_half_of_them_are_for_one_at_most(void **state)
{
    const uint8_t of_nothing[FILE_HASH_LENGTH] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                                  0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                                  0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    static const char *const offering[] = {"p1", "p3"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t number = 1; number <= FILE_SAVED_MAX / 2; number++) {
            const struct file_message end = {
                .kind = FILE_END, .number = number, .bytes = {of_nothing, sizeof of_nothing}};
            now += USEC_PER_SEC;
            offer_of(offering[i], number, 0);
            file_receiver_take(receivers[FIRST], offering[i], true, &end, now);
            assert_non_null(strstr(people[FIRST].last, "is there"));
            file_receiver_pump(receivers[FIRST]);
            queued = 0;
        }
        now += USEC_PER_SEC;
        offer_of(offering[i], FILE_SAVED_MAX, 0);
        assert_non_null(strstr(people[FIRST].last, "too many files were offered"));
    }
    offer_of("p4", 1, 0);
    assert_string_equal(people[FIRST].last, "p4 p4-1 too many files were offered");
}

static void what_is_no_file_is_not_offered(void **state)
{
    (void)state;
    assert_int_equal(file_sender_add(sender, folder), ERR_INVALID);
    assert_int_equal(file_sender_add(sender, "/nowhere/at/all"), ERR_IO);
    for (int i = 1; i < FILE_OFFERS_MAX; i++)
        assert_int_equal(file_sender_add(sender, path), 0);
    assert_int_equal(file_sender_add(sender, path), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_beside_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(little_is_on_the_way_and_nothing_is_lost_while_the_room_is_full, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_acknowledges_nothing_stops_no_file_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_content_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_place_both_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_leaves_ends_it_and_who_comes_back_as_another_gets_it_anew, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_lost_to_one_end_is_over_at_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whose_sender_leaves_has_not_got_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_the_end_it_is_told_what_is_not_complete, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_to_one_and_to_all_may_overtake_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_participant_cannot_offer_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_that_are_taken_back_at_once_have_a_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(place_on_disk_is_bounded_and_half_of_it_is_for_one_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_counted_and_half_of_them_are_for_one_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_offered, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
