#include "tests/unit/signaling/router_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char notes[512];

void router_call_note(const char *format, ...)
{
    size_t used = strlen(notes);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes + used, sizeof notes - used, format, arguments);
    va_end(arguments);
}

void expect_router_calls(const char *expected)
{
    assert_string_equal(notes, expected);
    router_calls_clear();
}

void router_calls_clear(void)
{
    notes[0] = '\0';
}
