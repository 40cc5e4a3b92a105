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

bool refusal_set_too_often(struct refusal *refusal)
{
    return refusal_set(refusal, "too-often", "that was too often just now: wait, then try again");
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

json_t *refusal_json(const struct refusal *refusal)
{
    json_t *json = json_pack("{s:s,s:s}", "code", refusal->code, "message", refusal->text);
    const struct {
        const char *name, *value;
    } members[] = {{"request", refusal->request},
                   {"field", refusal->field},
                   {"expected", refusal->expected},
                   {"by", refusal->by},
                   {"reason", refusal->reason}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (members[i].value != NULL && members[i].value[0] != '\0')
            json_object_set_new(json, members[i].name, json_string(members[i].value));
    return json;
}

json_t *refusal_message(const struct refusal *refusal)
{
    json_t *message = json_pack("{s:s}", "type", "error"), *json = refusal_json(refusal);
    json_object_update(message, json);
    json_decref(json);
    return message;
}
