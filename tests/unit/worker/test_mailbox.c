#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "router/worker/mailbox.h"
#include "transport/base/bytes.h"

#define SENDERS 2
#define MESSAGES 20000

static void test_mail_comes_out_in_order(void **state)
{
    struct mailbox mailbox;
    struct mail *messages[5];
    (void)state;
    for (size_t i = 0; i < 5; i++)
        messages[i] = mail_new(i);
    mailbox_init(&mailbox);
    assert_null(mailbox_pop(&mailbox));
    for (size_t round = 0; round < 2; round++) { /* the second on a box that was emptied */
        for (size_t i = 0; i < 5; i++)
            mailbox_push(&mailbox, messages[i]);
        for (size_t i = 0; i < 5; i++)
            assert_ptr_equal(mailbox_pop(&mailbox), messages[i]);
        assert_null(mailbox_pop(&mailbox));
    }
    mailbox_push(&mailbox, messages[0]);
    mailbox_push(&mailbox, messages[1]);
    assert_ptr_equal(mailbox_pop(&mailbox), messages[0]);
    mailbox_push(&mailbox, messages[0]); /* a message may be sent again at once */
    assert_ptr_equal(mailbox_pop(&mailbox), messages[1]);
    assert_ptr_equal(mailbox_pop(&mailbox), messages[0]);
    for (size_t i = 0; i < 5; i++)
        mailbox_push(&mailbox, messages[i]); /* nobody takes them: the box frees them */
    mailbox_fini(&mailbox);
}

struct sender {
    struct mailbox *mailbox;
    uint8_t number;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct mail *mail = mail_new(5);
        mail->data[0] = sender->number;
        put_u32(mail->data + 1, i);
        mailbox_push(sender->mailbox, mail);
    }
    return NULL;
}

/* Every message arrives once, those of one sender in its order, and what was written before the push is seen. */
static void test_threads_lose_no_mail(void **state)
{
    struct mailbox mailbox;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    uint32_t expected[SENDERS] = {0};
    (void)state;
    mailbox_init(&mailbox);
    for (uint8_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&mailbox, i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    for (int received = 0; received < SENDERS * MESSAGES;) {
        struct mail *mail = mailbox_pop(&mailbox);
        if (mail == NULL)
            continue;
        assert_int_equal(mail->length, 5);
        assert_in_range(mail->data[0], 0, SENDERS - 1);
        assert_int_equal(get_u32(mail->data + 1), expected[mail->data[0]]++);
        free(mail);
        received++;
    }
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
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
