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

enum { SENDER, FIRST, SECOND, PEOPLE };
static const char *const ids[PEOPLE] = {"p1", "p2", "p3"};

struct message {
    int from, to;
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
static bool is_full, flips;
static struct person people[PEOPLE];
static struct file_sender *sender;
static struct file_receiver *receivers[PEOPLE];

static int on_send(void *user, const char *to, const uint8_t *bytes, size_t length)
{
    const struct person *person = user;
    if (is_full)
        return 1;
    for (int i = 0; i < PEOPLE; i++) {
        if (i == person->index || (to[0] != '\0' && strcmp(to, ids[i]) != 0))
            continue;
        assert_true(queued < QUEUE_MAX);
        struct message *message = &queue[queued++];
        *message = (struct message){.from = person->index, .to = i, .length = length};
        memcpy(message->bytes, bytes, length);
    }
    return 0;
}

static void on_ended(void *user, const struct file_end *end)
{
    struct person *person = user;
    const char *slash = strrchr(end->file, '/');
    snprintf(person->last, sizeof person->last, "%s %s %s", end->participant, slash != NULL ? slash + 1 : end->file,
             end->why != NULL ? end->why : "is there");
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
            file_receiver_take(receivers[first.to], ids[SENDER], &message);
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
    is_full = flips = false;
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
            receivers[i] = file_receiver_new(&outlet, i == FIRST ? inbox : NULL);
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
    assert_false(people[FIRST].has_failed);
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
    assert_int_equal(size_of("plan.bin.part"), -1);
    queued = 0;
    file_sender_offer_again(sender);
    deliver(SIZE_MAX);
    assert_int_equal(size_of("plan.bin"), SIZE);
}

static void one_participant_cannot_offer_without_end(void **state)
{
    struct file_message offer = {.kind = FILE_OFFER, .size = 4, .name = "a"};
    (void)state;
    is_full = true;
    for (offer.number = 1; offer.number <= FILE_OFFERS_MAX + 5; offer.number++)
        file_receiver_take(receivers[FIRST], ids[SENDER], &offer);
    assert_int_equal(size_of("a (16).part"), 0);
    assert_int_equal(size_of("a (17).part"), -1);
    struct file_message chunk = {.kind = FILE_CHUNK, .number = 1, .bytes = {(const uint8_t *)"12345", 5}};
    file_receiver_take(receivers[FIRST], ids[SENDER], &chunk); /* more than it said */
    assert_string_equal(people[FIRST].last, "p1 a some of it was lost on the way");
    assert_false(people[FIRST].has_failed);
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
        cmocka_unit_test_setup_teardown(another_content_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_place_both_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_leaves_ends_it_and_who_comes_back_as_another_gets_it_anew, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_participant_cannot_offer_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_offered, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
