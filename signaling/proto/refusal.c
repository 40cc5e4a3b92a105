#include "signaling/proto/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool refusal_set(struct refusal *refusal, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(refusal->text, sizeof refusal->text, format, arguments);
    va_end(arguments);
    refusal->code = code;
    return false;
}

bool refusal_set_end(struct refusal *refusal, enum refusal_end end, const char *code, const char *text)
{
    refusal->end = end;
    return refusal_set(refusal, code, "%s", text);
}

void refusal_set_field(struct refusal *refusal, const char *field, const char *expected)
{
    snprintf(refusal->field, sizeof refusal->field, "%s", field);
    snprintf(refusal->expected, sizeof refusal->expected, "%s", expected);
}

void refusal_set_inside(struct refusal *refusal, const char *name)
{
    char field[sizeof refusal->field];
    memcpy(field, refusal->field, sizeof field);
    size_t length = (size_t)snprintf(refusal->field, sizeof refusal->field, "%s%s", name, field[0] != '\0' ? "." : "");
    if (length < sizeof refusal->field)
        snprintf(refusal->field + length, sizeof refusal->field - length, "%s", field);
}
