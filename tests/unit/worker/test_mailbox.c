#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "router/worker/mailbox.h"
#include "transport/base/memory.h"

#define SENDERS 2
#define MESSAGES 20000

struct message {
    struct mail mail;
    int sender, number;
};

static void test_mail_comes_out_in_order(void **state)
{
    struct mailbox mailbox;
    struct message messages[5];
    (void)state;
    mailbox_init(&mailbox);
    assert_null(mailbox_pop(&mailbox));
    for (size_t round = 0; round < 2; round++) { /* the second on a box that was emptied */
        for (size_t i = 0; i < 5; i++)
            mailbox_push(&mailbox, &messages[i].mail);
        for (size_t i = 0; i < 5; i++)
            assert_ptr_equal(mailbox_pop(&mailbox), &messages[i].mail);
        assert_null(mailbox_pop(&mailbox));
    }
    mailbox_push(&mailbox, &messages[0].mail);
    mailbox_push(&mailbox, &messages[1].mail);
    assert_ptr_equal(mailbox_pop(&mailbox), &messages[0].mail);
    mailbox_push(&mailbox, &messages[0].mail); /* a message may be sent again at once */
    assert_ptr_equal(mailbox_pop(&mailbox), &messages[1].mail);
    assert_ptr_equal(mailbox_pop(&mailbox), &messages[0].mail);
    mailbox_fini(&mailbox);
}

struct sender {
    struct mailbox *mailbox;
    struct message *messages;
    int number;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;
    for (int i = 0; i < MESSAGES; i++) {
        sender->messages[i] = (struct message){.sender = sender->number, .number = i};
        mailbox_push(sender->mailbox, &sender->messages[i].mail);
    }
    return NULL;
}

/* Every message arrives once, those of one sender in its order, and what was written before the push is seen. */
static void test_threads_lose_no_mail(void **state)
{
    struct mailbox mailbox;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    int expected[SENDERS] = {0};
    (void)state;
    mailbox_init(&mailbox);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&mailbox, mem_array(MESSAGES, sizeof(struct message)), i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    for (int received = 0; received < SENDERS * MESSAGES;) {
        struct message *message = (struct message *)mailbox_pop(&mailbox);
        if (message == NULL)
            continue;
        assert_in_range(message->sender, 0, SENDERS - 1);
        assert_int_equal(message->number, expected[message->sender]++);
        received++;
    }
    for (int i = 0; i < SENDERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        free(senders[i].messages);
    }
    assert_null(mailbox_pop(&mailbox));
    mailbox_fini(&mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mail_comes_out_in_order),
        cmocka_unit_test(test_threads_lose_no_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
