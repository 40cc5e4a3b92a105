#include "signaling/queue/work.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "signaling/proto/field.h"
#include "transport/base/error.h"

static const char *const states[] = {
    [WORK_TAKEN] = "taken", [WORK_BUSY] = "busy", [WORK_RUNS] = "runs", [WORK_ENDED] = "ended", NULL};
static const char *const services[] = {"mixer", "recorder", NULL};

/* Numbers of 64 bits are not safe in JSON: a job is 16 hexadecimal digits. */
static const struct field job_fields[] = {{"job", FIELD_LINE, .min = 16, .max = 16}, {.name = NULL}};
static const struct field work_fields[] = {{"job", FIELD_LINE, .min = 16, .max = 16},
                                           {"service", FIELD_CHOICE, .choices = services, .expected = "a service"},
                                           {"url", FIELD_LINE, .min = 8, .max = 511},
                                           {.name = "room", .kind = FIELD_ROOM},
                                           {"token", FIELD_LINE, .min = 1, .max = 799},
                                           {.name = NULL}};
static const struct field note_fields[] = {{"job", FIELD_LINE, .min = 16, .max = 16},
                                           {"state", FIELD_CHOICE, .choices = states, .expected = "a state"},
                                           {"status", FIELD_INTEGER, .min = 0, .max = 255},
                                           {"machine", FIELD_LINE, .min = 1, .max = 79},
                                           {.name = NULL}};

static int write_object(json_t *object, char *out, size_t size)
{
    size_t length = json_dumpb(object, out, size - 1, JSON_COMPACT);
    json_decref(object);
    if (length == 0 || length >= size)
        return ERR_NO_SPACE;
    out[length] = '\0';
    return (int)length;
}

static json_t *begin(uint64_t job)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, job);
    return json_pack("{ss}", "job", text);
}

int work_write(const struct work *work, char *out, size_t size)
{
    json_t *object = begin(work->job);
    json_object_set_new(object, "service", json_string(service_kind_name(work->kind)));
    json_object_set_new(object, "url", json_string(work->url));
    json_object_set_new(object, "room", json_string(work->room));
    json_object_set_new(object, "token", json_string(work->token));
    return write_object(object, out, size);
}

int work_note_write(const struct work_note *note, char *out, size_t size)
{
    json_t *object = begin(note->job);
    json_object_set_new(object, "state", json_string(states[note->state]));
    json_object_set_new(object, "status", json_integer(note->status));
    json_object_set_new(object, "machine", json_string(note->machine));
    return write_object(object, out, size);
}

int work_end_write(uint64_t job, char *out, size_t size)
{
    return write_object(begin(job), out, size);
}

/* The object, or NULL. The caller releases it. */
static json_t *load(const char *text, size_t length, const struct field *fields, uint64_t *job)
{
    struct refusal refusal = {.code = NULL};
    json_t *object = length <= WORK_TEXT_MAX ? json_loadb(text, length, 0, NULL) : NULL;
    const char *digits = object != NULL && field_check_object(object, fields, "", &refusal) == 0
                             ? json_string_value(json_object_get(object, "job"))
                             : NULL;
    if (digits != NULL && strspn(digits, "0123456789abcdef") == 16 && sscanf(digits, "%16" SCNx64, job) == 1)
        return object;
    json_decref(object);
    return NULL;
}

/* Only of a member that was checked: characters may be more bytes. False: it does not fit. */
static bool copy(char *out, size_t size, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return snprintf(out, size, "%s", text) < (int)size;
}

static size_t index_of(const json_t *object, const char *name, const char *const *choices)
{
    const char *text = json_string_value(json_object_get(object, name));
    size_t index = 0;
    while (strcmp(choices[index], text) != 0)
        index++;
    return index;
}

int work_read(struct work *out, const char *text, size_t length)
{
    json_t *object = load(text, length, work_fields, &out->job);
    if (object == NULL)
        return ERR_INVALID;
    out->kind = index_of(object, "service", services) == 0 ? SERVICE_MIXER : SERVICE_RECORDER;
    bool fits = copy(out->url, sizeof out->url, object, "url") && copy(out->room, sizeof out->room, object, "room") &&
                copy(out->token, sizeof out->token, object, "token");
    json_decref(object);
    bool is_http = strncmp(out->url, "http://", 7) == 0 || strncmp(out->url, "https://", 8) == 0;
    return fits && is_http ? 0 : ERR_INVALID;
}

int work_note_read(struct work_note *out, const char *text, size_t length)
{
    json_t *object = load(text, length, note_fields, &out->job);
    if (object == NULL)
        return ERR_INVALID;
    out->state = (enum work_state)index_of(object, "state", states);
    out->status = (int)json_integer_value(json_object_get(object, "status"));
    bool fits = copy(out->machine, sizeof out->machine, object, "machine");
    json_decref(object);
    return fits ? 0 : ERR_INVALID;
}

int work_end_read(uint64_t *job, const char *text, size_t length)
{
    json_t *object = load(text, length, job_fields, job);
    json_decref(object);
    return object != NULL ? 0 : ERR_INVALID;
}
