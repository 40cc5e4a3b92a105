/* Which m-line is the mixer's mix, and how its lanes are called to clients. */
#include "signaling/router/router_mix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RECEIVES_MAX 4

static void the_mix_is_taken_out_of_what_is_received(void **state)
{
    static const struct {
        struct router_receive receives[RECEIVES_MAX];
        const char *kept; /* m-lines */
        const char *mid, *mix;
    } rows[] = {
        {{{.mid = "0", .publication = "p1/camera"}, {.mid = "1", .publication = "p1/microphone"}}, "01", "", ""},
        {{{.mid = "0", .publication = "p1/camera"}, {.mid = "1", .publication = "p7/mix"}}, "0", "1", "p7/mix"},
        {{{.mid = "3", .publication = "p7/mix"}}, "", "3", "p7/mix"},
        {{{.mid = "0", .publication = "p7/mix"}, {.mid = "1", .publication = "p8/mix"}}, "1", "0", "p7/mix"},
        {{{.mid = "0", .publication = "mix"}, {.mid = "1", .publication = "mix/camera"}}, "01", "", ""},
        {{{.mid = "0", .publication = "p7/mixed"}, {.mid = "1", .publication = ""}}, "01", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct router_connection connection = {.mix_mid = "9"};
        struct router_receive receives[RECEIVES_MAX];
        char kept[RECEIVES_MAX + 1] = "";
        size_t count = 0;
        memcpy(receives, rows[i].receives, sizeof receives);
        while (count < RECEIVES_MAX && receives[count].mid[0] != '\0')
            count++;
        router_mix_take(&connection, receives, &count);
        for (size_t j = 0; j < count; j++)
            kept[j] = receives[j].mid[0];
        assert_string_equal(kept, rows[i].kept);
        assert_string_equal(connection.mix_mid, rows[i].mid);
        assert_string_equal(connection.mix_left, "9"); /* the worker is to show nothing there any more */
        assert_string_equal(connection.mix, rows[i].mix);
    }
}

static void every_lane_is_the_mix_to_clients(void **state)
{
    static const struct {
        const char *publication, *shown;
    } rows[] = {
        {"p7/mix", "p7/mix"},
        {"p7/mix-1", "p7/mix"},
        {"p12/mix-3", "p12/mix"},
        {"p7/mix-99", "p7/mix-99"},
        {"p7/camera", "p7/camera"},
        {"p7/mixture", "p7/mixture"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char shown[PUBLICATION_ID_MAX + 1];
        router_mix_shown_name(shown, rows[i].publication);
        assert_string_equal(shown, rows[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mix_is_taken_out_of_what_is_received),
        cmocka_unit_test(every_lane_is_the_mix_to_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
