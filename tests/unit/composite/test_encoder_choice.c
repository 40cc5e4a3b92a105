#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/composite/encoder_choice.h"
#include "transport/base/error.h"

/* A machine on which some open, and what was tried on it. */
struct machine {
    bool opens[ENCODER_KINDS + 1];
    char tried[64];
};

static int open_here(void *user, enum encoder_kind kind, char *reason, size_t size)
{
    struct machine *machine = user;
    size_t length = strlen(machine->tried);
    snprintf(machine->tried + length, sizeof machine->tried - length, "%s ", encoder_kind_codec(kind));
    snprintf(reason, size, "not here");
    return machine->opens[kind] ? 0 : ERR_UNSUPPORTED;
}

static void the_first_that_opens_is_used_and_the_others_are_told(void **state)
{
    static const struct {
        enum encoder_kind wish;
        bool software, vaapi, nvenc;
        enum encoder_kind expected;
        const char *tried, *text;
        bool is_second;
    } rows[] = {
        {ENCODER_AUTO, true, true, true, ENCODER_VAAPI, "h264_vaapi ", "is encoded by h264_vaapi", false},
        {ENCODER_AUTO, true, false, true, ENCODER_NVENC, "h264_vaapi h264_nvenc ",
         "is encoded by h264_nvenc (h264_vaapi: not here)", false},
        {ENCODER_AUTO, true, false, false, ENCODER_SOFTWARE, "h264_vaapi h264_nvenc libx264 ",
         "is encoded by libx264 (h264_vaapi: not here; h264_nvenc: not here)", false},
        {ENCODER_AUTO, false, false, false, ENCODER_AUTO, "h264_vaapi h264_nvenc libx264 ",
         "is encoded by no encoder (h264_vaapi: not here; h264_nvenc: not here; libx264: not here)", false},
        {ENCODER_SOFTWARE, true, true, true, ENCODER_SOFTWARE, "libx264 ", "is encoded by libx264", false},
        {ENCODER_VAAPI, true, true, true, ENCODER_VAAPI, "h264_vaapi ", "is encoded by h264_vaapi", false},
        {ENCODER_VAAPI, true, false, true, ENCODER_SOFTWARE, "h264_vaapi libx264 ",
         "is encoded by libx264, not as asked for (h264_vaapi: not here)", true},
        {ENCODER_NVENC, true, true, true, ENCODER_NVENC, "h264_nvenc ", "is encoded by h264_nvenc", false},
        {ENCODER_NVENC, true, true, false, ENCODER_SOFTWARE, "h264_nvenc libx264 ",
         "is encoded by libx264, not as asked for (h264_nvenc: not here)", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine machine = {.opens = {[ENCODER_SOFTWARE] = rows[i].software,
                                            [ENCODER_VAAPI] = rows[i].vaapi,
                                            [ENCODER_NVENC] = rows[i].nvenc}};
        struct encoder_choice choice;
        char text[sizeof choice.reasons + 100];
        encoder_choose(&choice, rows[i].wish, &(struct encoder_opener){.open = open_here, .user = &machine});
        encoder_choice_write(&choice, text, sizeof text);
        assert_string_equal(machine.tried, rows[i].tried);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(choice.kind, rows[i].expected);
        assert_int_equal(encoder_choice_is_second(&choice), rows[i].is_second);
    }
}

static int talk_on(void *user, enum encoder_kind kind, char *reason, size_t size)
{
    (void)user;
    (void)kind;
    memset(reason, 'x', size - 1);
    reason[size - 1] = '\0';
    return ERR_UNSUPPORTED;
}

static void long_reasons_are_all_named(void **state)
{
    struct encoder_choice choice;
    (void)state;
    encoder_choose(&choice, ENCODER_AUTO, &(struct encoder_opener){.open = talk_on});
    assert_non_null(strstr(choice.reasons, "; libx264: x"));
}

static void names_are_those_of_the_option(void **state)
{
    enum encoder_kind kind = ENCODER_SOFTWARE;
    (void)state;
    assert_true(encoder_kind_from_name(&kind, "auto") && kind == ENCODER_AUTO);
    assert_true(encoder_kind_from_name(&kind, "software") && kind == ENCODER_SOFTWARE);
    assert_true(encoder_kind_from_name(&kind, "vaapi") && kind == ENCODER_VAAPI);
    assert_true(encoder_kind_from_name(&kind, "nvenc") && kind == ENCODER_NVENC);
    assert_false(encoder_kind_from_name(&kind, "h264_vaapi") || encoder_kind_from_name(&kind, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_opens_is_used_and_the_others_are_told),
        cmocka_unit_test(long_reasons_are_all_named),
        cmocka_unit_test(names_are_those_of_the_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
