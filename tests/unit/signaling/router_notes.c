#include "tests/unit/signaling/router_notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char notes[512];

void router_note(const char *format, ...)
{
    size_t used = strlen(notes);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes + used, sizeof notes - used, format, arguments);
    va_end(arguments);
}

void reached_router(const char *expected)
{
    assert_string_equal(notes, expected);
    router_notes_clear();
}

void router_notes_clear(void)
{
    notes[0] = '\0';
}
