#include "signaling/proto/field.h"

#include <stdio.h>
#include <string.h>

#include "signaling/proto/names.h"
#include "transport/base/error.h"

static bool is_choice(const char *text, const char *const *choices)
{
    for (; *choices != NULL; choices++)
        if (strcmp(*choices, text) == 0)
            return true;
    return false;
}

static bool string_fits(const struct field *field, const char *text)
{
    switch (field->kind) {
    case FIELD_LINE:
        if (message_has_control(text))
            return false;
        /* fall through */
    case FIELD_TEXT:
        return message_characters(text) >= field->min && message_characters(text) <= field->max;
    case FIELD_ROOM:
        return message_is_room_name(text);
    case FIELD_PARTICIPANT:
        return message_is_participant(text);
    case FIELD_TARGET:
        return message_is_participant(text) || strcmp(text, MESSAGE_ROUTER) == 0;
    case FIELD_PUBLICATION:
        return message_is_publication(text);
    case FIELD_PUBLICATION_OR_NONE:
        return text[0] == '\0' || message_is_publication(text);
    case FIELD_SHOWN:
        return text[0] == '\0' || strcmp(text, "speaker") == 0 || strcmp(text, "mix") == 0 ||
               message_is_publication(text);
    case FIELD_CHOICE:
        return is_choice(text, field->choices);
    case FIELD_CANDIDATE:
        return text[0] == '\0' ||
               (strncmp(text, "candidate:", 10) == 0 && strlen(text) < 512 && !message_has_control(text));
    default:
        return false;
    }
}

/* What is said of kinds without limits of their own. */
static const char *const descriptions[FIELD_EVENTS + 1] = {
    [FIELD_ROOM] = "1 to 64 characters of A-Z a-z 0-9 . _ -",
    [FIELD_PARTICIPANT] = "a participant's id, like \"p3\"",
    [FIELD_TARGET] = "a participant's id, like \"p3\", or \"router\"",
    [FIELD_PUBLICATION] = "a publication's id, like \"p3/camera\"",
    [FIELD_PUBLICATION_OR_NONE] = "a publication's id, like \"p3/camera\", or \"\"",
    [FIELD_SHOWN] = "a publication's id, \"speaker\" or \"\"",
    [FIELD_BOOLEAN] = "true or false",
    [FIELD_CANDIDATE] = "\"candidate:...\" on one line, or \"\"",
    [FIELD_OBJECT] = "an object",
    [FIELD_TARGETS] = "an array of participants' ids",
};

static void describe(const struct field *field, char *out, size_t size)
{
    long long min = field->min, max = field->max;
    switch (field->kind) {
    case FIELD_TEXT:
        snprintf(out, size, "a string of %lld to %lld characters", min, max);
        break;
    case FIELD_LINE:
        snprintf(out, size, "a string of %lld to %lld characters, none of them a control character", min, max);
        break;
    case FIELD_CHOICE:
        snprintf(out, size, "%s", field->expected);
        break;
    case FIELD_INTEGER:
        snprintf(out, size, "an integer from %lld to %lld", min, max);
        break;
    case FIELD_OBJECTS:
        snprintf(out, size, "an array of at most %lld objects", max);
        break;
    case FIELD_BOOLEANS:
        snprintf(out, size, "an array of %lld to %lld booleans", min, max);
        break;
    case FIELD_EVENTS:
        snprintf(out, size, "an array of at most %lld flat objects of at most %d bytes", max, MESSAGE_EVENT_BYTES_MAX);
        break;
    default:
        snprintf(out, size, "%s", descriptions[field->kind]);
        break;
    }
}

static int check_event(const json_t *event, const struct field *fields, const char *prefix, struct refusal *error);

static int check_array(const json_t *value, const struct field *field, const char *path, struct refusal *error)
{
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item)
    {
        bool fits = true;
        char prefix[64];
        snprintf(prefix, sizeof prefix, "%.40s[%u]", path, (unsigned)index);
        if (field->kind == FIELD_BOOLEANS)
            fits = json_is_boolean(item);
        else if (field->kind == FIELD_TARGETS)
            fits = json_is_string(item) && string_fits(&(struct field){.kind = FIELD_TARGET}, json_string_value(item));
        else if (json_is_object(item)) {
            size_t used = strlen(prefix);
            snprintf(prefix + used, sizeof prefix - used, ".");
            if ((field->kind == FIELD_EVENTS ? check_event(item, field->fields, prefix, error)
                                             : field_check_object(item, field->fields, prefix, error)) < 0)
                return ERR_INVALID;
        } else {
            fits = false;
        }
        if (!fits)
            return ERR_INVALID;
    }
    return 0;
}

/* An event may have more fields than those that we know, but no arrays or objects, since it is stored. */
static int check_event(const json_t *event, const struct field *fields, const char *prefix, struct refusal *error)
{
    const char *name;
    json_t *value;
    char path[64];
    if (field_check_object(event, fields, prefix, error) < 0)
        return ERR_INVALID;
    json_object_foreach((json_t *)event, name, value)
    {
        snprintf(path, sizeof path, "%.24s%.32s", prefix, name);
        if (json_is_object(value) || json_is_array(value)) {
            refusal_set_field(error, path, "a string, a number, true or false");
            return ERR_INVALID;
        }
    }
    if (json_dumpb(event, NULL, 0, JSON_COMPACT) > MESSAGE_EVENT_BYTES_MAX) {
        snprintf(path, sizeof path, "%.*s", (int)strlen(prefix) - 1, prefix); /* without the dot */
        refusal_set_field(error, path, "an event of at most 320 bytes");
        return ERR_INVALID;
    }
    return 0;
}

static bool value_fits(const json_t *value, const struct field *field, const char *path, struct refusal *error)
{
    switch (field->kind) {
    case FIELD_INTEGER:
        return json_is_integer(value) && json_integer_value(value) >= field->min &&
               json_integer_value(value) <= field->max;
    case FIELD_BOOLEAN:
        return json_is_boolean(value);
    case FIELD_OBJECT: {
        char prefix[64];
        snprintf(prefix, sizeof prefix, "%.60s.", path);
        return json_is_object(value) && field_check_object(value, field->fields, prefix, error) == 0;
    }
    case FIELD_OBJECTS:
    case FIELD_TARGETS:
    case FIELD_BOOLEANS:
    case FIELD_EVENTS:
        return json_is_array(value) && (int64_t)json_array_size(value) >= field->min &&
               (int64_t)json_array_size(value) <= field->max && check_array(value, field, path, error) == 0;
    default:
        return json_is_string(value) && string_fits(field, json_string_value(value));
    }
}

int field_check_object(const json_t *object, const struct field *fields, const char *prefix, struct refusal *error)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        char path[64];
        snprintf(path, sizeof path, "%.40s%.22s", prefix, field->name);
        if ((value == NULL || json_is_null(value)) && field->is_optional)
            continue;
        if (value != NULL && value_fits(value, field, path, error))
            continue;
        if (error->field[0] == '\0') { /* else a field inside of it has been named */
            snprintf(error->field, sizeof error->field, "%s", path);
            describe(field, error->expected, sizeof error->expected);
        }
        return ERR_INVALID;
    }
    return 0;
}

static bool element_fits(json_t *element, const struct field *field)
{
    struct refusal error = {0};
    if (field->kind == FIELD_TARGETS)
        return json_is_string(element) &&
               string_fits(&(struct field){.kind = FIELD_TARGET}, json_string_value(element));
    if (!json_is_object(element))
        return false;
    field_drop_unfit(element, field->fields);
    return field_check_object(element, field->fields, "", &error) == 0;
}

void field_drop_unfit(json_t *object, const struct field *fields)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        json_t *list = json_object_get(object, field->name), *element;
        size_t index;
        if (field->kind == FIELD_OBJECT && json_is_object(list))
            field_drop_unfit(list, field->fields);
        if ((field->kind != FIELD_OBJECTS && field->kind != FIELD_TARGETS) || !json_is_array(list))
            continue;
        json_t *kept = json_array();
        json_array_foreach(list, index, element)
        {
            if ((int64_t)json_array_size(kept) < field->max && element_fits(element, field))
                json_array_append(kept, element);
        }
        json_object_set_new(object, field->name, kept);
    }
}
