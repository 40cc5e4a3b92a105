#include "signaling/proto/message.h"

#include <stdio.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/wire/media.h"

enum field_kind {
    FIELD_TEXT, /* min..max characters */
    FIELD_LINE, /* the same without control characters */
    FIELD_ROOM,
    FIELD_PARTICIPANT,
    FIELD_TARGET, /* a participant or the router */
    FIELD_PUBLICATION,
    FIELD_PUBLICATION_OR_NONE,
    FIELD_SHOWN, /* a publication, "speaker" or "" */
    FIELD_CHOICE,
    FIELD_INTEGER, /* min..max */
    FIELD_BOOLEAN,
    FIELD_CANDIDATE,
    FIELD_OBJECT,  /* with these fields */
    FIELD_OBJECTS, /* an array of min..max of them */
    FIELD_TARGETS, /* an array of ids */
    FIELD_BOOLEANS,
    FIELD_EVENTS, /* an array of at most max flat objects, see check_event() */
};

struct field {
    const char *name;
    enum field_kind kind;
    bool is_optional;
    int64_t min, max;
    const char *const *choices; /* FIELD_CHOICE */
    const char *expected;       /* FIELD_CHOICE: its text */
    const struct field *fields; /* FIELD_OBJECT and FIELD_OBJECTS */
};

#define COUNT_MAX 1000 /* elements of an array: a room's largest imaginable size */
#define NUMBER_MAX 1000000000
#define WRONG_FIELD "a field is missing or wrong"
#define END                                                                                                            \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }
#define LINE(n, low, high)                                                                                             \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_LINE, .min = (low), .max = (high)                                                   \
    }
#define LINE_OPTIONAL(n, low, high)                                                                                    \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_LINE, .is_optional = true, .min = (low), .max = (high)                              \
    }
#define TEXT(n, low, high)                                                                                             \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_TEXT, .min = (low), .max = (high)                                                   \
    }
#define INTEGER(n, low, high)                                                                                          \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_INTEGER, .min = (low), .max = (high)                                                \
    }
#define INTEGER_OPTIONAL(n, low, high)                                                                                 \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_INTEGER, .is_optional = true, .min = (low), .max = (high)                           \
    }
#define PLAIN(n, k)                                                                                                    \
    {                                                                                                                  \
        .name = (n), .kind = (k)                                                                                       \
    }
#define PLAIN_OPTIONAL(n, k)                                                                                           \
    {                                                                                                                  \
        .name = (n), .kind = (k), .is_optional = true                                                                  \
    }
#define CHOICE(n, list)                                                                                                \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_CHOICE, .choices = (list), .expected = list##_text                                  \
    }
#define CHOICE_OPTIONAL(n, list)                                                                                       \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_CHOICE, .is_optional = true, .choices = (list), .expected = list##_text             \
    }
#define OBJECT(n, f)                                                                                                   \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECT, .fields = (f)                                                               \
    }
#define OBJECTS_OPTIONAL(n, f, high)                                                                                   \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECTS, .is_optional = true, .max = (high), .fields = (f)                          \
    }
#define OBJECTS(n, f, high)                                                                                            \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECTS, .max = (high), .fields = (f)                                               \
    }
#define GENERATION INTEGER("generation", 1, NUMBER_MAX)
#define MID LINE("mid", 1, MEDIA_MID_MAX)
#define SDP TEXT("sdp", 1, (int64_t)MESSAGE_SIZE_MAX)

static const char *const pins[] = {"auto", "mesh", "sfu", NULL};
static const char pins_text[] = "\"auto\", \"mesh\" or \"sfu\"";
static const char *const shapes[] = {"mesh", "sfu", NULL};
static const char shapes_text[] = "\"mesh\" or \"sfu\"";
static const char *const sources[] = {"camera", "microphone", "screen", "screen-audio", NULL};
static const char sources_text[] = "\"camera\", \"microphone\", \"screen\" or \"screen-audio\"";
static const char *const kinds[] = {"audio", "video", NULL};
static const char kinds_text[] = "\"audio\" or \"video\"";
static const char *const states[] = {"active", "reconnecting", NULL};
static const char states_text[] = "\"active\" or \"reconnecting\"";
static const char *const reasons[] = {"left", "timeout", NULL};
static const char reasons_text[] = "\"left\" or \"timeout\"";
static const char *const path_states[] = {"proven", "relayed", "lost", "failed", NULL};
static const char path_states_text[] = "\"proven\", \"relayed\", \"lost\" or \"failed\"";
static const char *const policies[] = {"all", "relay", NULL};
static const char policies_text[] = "\"all\" or \"relay\"";
static const char *const slot_states[] = {"live", "paused", "muted", "unsupported", NULL};
static const char slot_states_text[] = "\"live\", \"paused\", \"muted\" or \"unsupported\"";

static const struct field no_fields[] = {END};
static const struct field capability_fields[] = {
    PLAIN_OPTIONAL("mesh", FIELD_BOOLEAN), PLAIN_OPTIONAL("sfu", FIELD_BOOLEAN),
    PLAIN_OPTIONAL("direct", FIELD_BOOLEAN), INTEGER_OPTIONAL("uplink_bps", 0, 1000000000000), END};
static const struct field send_fields[] = {MID, CHOICE("source", sources), PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field receive_fields[] = {MID, PLAIN("publication", FIELD_PUBLICATION), END};
static const struct field show_fields[] = {MID,
                                           PLAIN_OPTIONAL("show", FIELD_SHOWN),
                                           INTEGER("width", 0, 16384),
                                           INTEGER("height", 0, 16384),
                                           INTEGER("priority", 0, 255),
                                           END};
static const struct field publication_fields[] = {PLAIN("id", FIELD_PUBLICATION), CHOICE("kind", kinds),
                                                  CHOICE("source", sources), PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field participant_fields[] = {PLAIN("id", FIELD_PARTICIPANT), LINE("name", 1, 64),
                                                  CHOICE("state", states),
                                                  OBJECTS("publications", publication_fields, MESSAGE_SOURCES), END};
static const struct field slot_fields[] = {MID,
                                           PLAIN("publication", FIELD_PUBLICATION_OR_NONE),
                                           CHOICE("state", slot_states),
                                           LINE_OPTIONAL("reason", 0, 16),
                                           LINE_OPTIONAL("codec", 0, 16),
                                           END};

static const struct field join_fields[] = {
    PLAIN("room", FIELD_ROOM),
    LINE("name", 1, 64),
    LINE_OPTIONAL("resume", 1, 128),
    LINE_OPTIONAL("token", 1, 4096),
    CHOICE_OPTIONAL("shape", pins),
    {.name = "capabilities", .kind = FIELD_OBJECT, .is_optional = true, .fields = capability_fields},
    END};
static const struct field offer_fields[] = {PLAIN("target", FIELD_TARGET),
                                            GENERATION,
                                            SDP,
                                            OBJECTS("sends", send_fields, MESSAGE_SOURCES),
                                            OBJECTS_OPTIONAL("receives", receive_fields, MESSAGE_MEDIA_MAX),
                                            END};
static const struct field answer_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION, SDP,
                                             OBJECTS("sends", send_fields, MESSAGE_SOURCES), END};
static const struct field candidate_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION,
                                                PLAIN("candidate", FIELD_CANDIDATE),
                                                LINE_OPTIONAL("mid", 0, MEDIA_MID_MAX), END};
static const struct field request_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION, END};
static const struct field path_fields[] = {PLAIN("target", FIELD_PARTICIPANT), CHOICE("state", path_states), END};
static const struct field mute_fields[] = {CHOICE("source", sources), PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field slots_wanted_fields[] = {OBJECTS("slots", show_fields, MESSAGE_MEDIA_MAX), END};
static const struct field report_fields[] = {{.name = "events", .kind = FIELD_EVENTS, .max = 16}, END};
static const struct field event_fields[] = {LINE("kind", 1, 32), LINE_OPTIONAL("target", 1, 32),
                                            INTEGER_OPTIONAL("epoch", 0, NUMBER_MAX), END};
static const struct field chat_fields[] = {TEXT("text", 1, 2000), END};
static const struct field pin_fields[] = {CHOICE("shape", pins), END};
static const struct field ping_fields[] = {INTEGER("id", 0, INT64_C(9007199254740991)), END};

static const struct field joined_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                             PLAIN("room", FIELD_ROOM),
                                             LINE("resume", 1, 128),
                                             PLAIN("resumed", FIELD_BOOLEAN),
                                             INTEGER("grace_ms", 0, NUMBER_MAX),
                                             INTEGER("dedicated_slots", 0, 100),
                                             INTEGER("audio_slots", 1, 8),
                                             CHOICE("shape", shapes),
                                             CHOICE("pin", pins),
                                             INTEGER("epoch", 1, NUMBER_MAX),
                                             {.name = "connect", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                             {.name = "probe", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                             OBJECTS("ice_servers", no_fields, 16),
                                             CHOICE("ice_policy", policies),
                                             OBJECTS("participants", participant_fields, COUNT_MAX),
                                             END};
static const struct field participant_joined_fields[] = {OBJECT("participant", participant_fields), END};
static const struct field participant_left_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                       CHOICE("reason", reasons), END};
static const struct field participant_state_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                        CHOICE("state", states), END};
static const struct field publications_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                   OBJECTS("publications", publication_fields, MESSAGE_SOURCES), END};
static const struct field connect_fields[] = {CHOICE("shape", shapes),
                                              CHOICE("pin", pins),
                                              INTEGER("epoch", 1, NUMBER_MAX),
                                              {.name = "connect", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                              {.name = "probe", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                              END};
static const struct field offer_from_fields[] = {PLAIN("from", FIELD_TARGET), GENERATION, SDP,
                                                 OBJECTS("sends", send_fields, MESSAGE_SOURCES), END};
static const struct field rejected_fields[] = {LINE("mid", 0, MEDIA_MID_MAX), LINE("kind", 0, 16),
                                               LINE("reason", 1, 128), END};
static const struct field answer_from_fields[] = {PLAIN("from", FIELD_TARGET),
                                                  GENERATION,
                                                  SDP,
                                                  OBJECTS("sends", send_fields, MESSAGE_SOURCES),
                                                  OBJECTS_OPTIONAL("rejected", rejected_fields, MESSAGE_MEDIA_MAX),
                                                  END};
static const struct field candidate_from_fields[] = {PLAIN("from", FIELD_TARGET), GENERATION,
                                                     PLAIN("candidate", FIELD_CANDIDATE),
                                                     LINE_OPTIONAL("mid", 0, MEDIA_MID_MAX), END};
static const struct field request_from_fields[] = {PLAIN("from", FIELD_TARGET), GENERATION, END};
static const struct field ice_servers_fields[] = {OBJECTS("ice_servers", no_fields, 16), END};
static const struct field slots_fields[] = {OBJECTS("slots", slot_fields, COUNT_MAX), END};
static const struct field speakers_fields[] = {{.name = "participants", .kind = FIELD_TARGETS, .max = COUNT_MAX}, END};
static const struct field layers_fields[] = {
    CHOICE("source", sources), {.name = "active", .kind = FIELD_BOOLEANS, .min = 1, .max = 8}, END};
static const struct field codec_fields[] = {INTEGER("payload_type", 0, 127), LINE("name", 1, 16), END};
static const struct field codecs_fields[] = {CHOICE("source", sources), MID,
                                             OBJECTS("codecs", codec_fields, MEDIA_CODECS_MAX), END};
static const struct field chat_from_fields[] = {PLAIN("from", FIELD_PARTICIPANT), TEXT("text", 1, 2000), END};
static const struct field error_fields[] = {
    LINE("code", 1, 64),           TEXT("message", 0, 1000),          LINE_OPTIONAL("request", 0, 64),
    LINE_OPTIONAL("field", 0, 64), LINE_OPTIONAL("expected", 0, 256), END};

/* Every message; the index is enum message_type. NULL: not in that direction. */
static const struct {
    const char *name;
    const struct field *to_server, *to_client;
} messages[] = {
    [MESSAGE_JOIN] = {"join", join_fields, NULL},
    [MESSAGE_LEAVE] = {"leave", no_fields, NULL},
    [MESSAGE_OFFER] = {"offer", offer_fields, offer_from_fields},
    [MESSAGE_ANSWER] = {"answer", answer_fields, answer_from_fields},
    [MESSAGE_ICE_CANDIDATE] = {"ice-candidate", candidate_fields, candidate_from_fields},
    [MESSAGE_REQUEST_NEW_CONNECTION] = {"request-new-connection", request_fields, NULL},
    [MESSAGE_PATH] = {"path", path_fields, NULL},
    [MESSAGE_NETWORK_CHANGED] = {"network-changed", no_fields, NULL},
    [MESSAGE_MUTE] = {"mute", mute_fields, NULL},
    [MESSAGE_RECEIVE] = {"receive", slots_wanted_fields, NULL},
    [MESSAGE_REPORT] = {"report", report_fields, NULL},
    [MESSAGE_CHAT] = {"chat", chat_fields, chat_from_fields},
    [MESSAGE_PIN] = {"pin", pin_fields, NULL},
    [MESSAGE_PING] = {"ping", ping_fields, NULL},
    [MESSAGE_JOINED] = {"joined", NULL, joined_fields},
    [MESSAGE_PARTICIPANT_JOINED] = {"participant-joined", NULL, participant_joined_fields},
    [MESSAGE_PARTICIPANT_LEFT] = {"participant-left", NULL, participant_left_fields},
    [MESSAGE_PARTICIPANT_STATE] = {"participant-state", NULL, participant_state_fields},
    [MESSAGE_PUBLICATIONS] = {"publications", NULL, publications_fields},
    [MESSAGE_CONNECT] = {"connect", NULL, connect_fields},
    [MESSAGE_CONNECTION_REQUEST] = {"connection-request", NULL, request_from_fields},
    [MESSAGE_SLOTS] = {"slots", NULL, slots_fields},
    [MESSAGE_SPEAKERS] = {"speakers", NULL, speakers_fields},
    [MESSAGE_LAYERS] = {"layers", NULL, layers_fields},
    [MESSAGE_ICE_SERVERS] = {"ice-servers", NULL, ice_servers_fields},
    [MESSAGE_CODECS] = {"codecs", NULL, codecs_fields},
    [MESSAGE_PONG] = {"pong", NULL, ping_fields},
    [MESSAGE_ERROR] = {"error", NULL, error_fields},
};
#define MESSAGE_COUNT (sizeof messages / sizeof messages[0])

const char *message_type_name(enum message_type type)
{
    return messages[type].name;
}

bool message_is_room_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length >= 1 && length <= 64 && text[length] == '\0';
}

/* The length of "p12" at the start of `text`; 0: none. */
static size_t participant_length(const char *text)
{
    if (text[0] != 'p' || text[1] < '1' || text[1] > '9')
        return 0;
    size_t length = 1 + strspn(text + 1, "0123456789");
    return length <= 11 ? length : 0;
}

bool message_is_participant(const char *text)
{
    size_t length = participant_length(text);
    return length > 0 && text[length] == '\0';
}

int message_source_index(const char *source)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (strcmp(sources[i], source) == 0)
            return i;
    return -1;
}

const char *message_source_name(int index)
{
    return sources[index];
}

const char *message_source_kind(int index)
{
    return kinds[index % 2 == 0 ? 1 : 0];
}

static bool is_publication(const char *text)
{
    size_t length = participant_length(text);
    return length > 0 && text[length] == '/' && message_source_index(text + length + 1) >= 0;
}

static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (*p < 0x20 || *p == 0x7f)
            return true;
    return false;
}

/* Characters of valid UTF-8 (Jansson lets no other text in). */
static int64_t character_count(const char *text)
{
    int64_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

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
        if (has_control(text))
            return false;
        /* fall through */
    case FIELD_TEXT:
        return character_count(text) >= field->min && character_count(text) <= field->max;
    case FIELD_ROOM:
        return message_is_room_name(text);
    case FIELD_PARTICIPANT:
        return message_is_participant(text);
    case FIELD_TARGET:
        return message_is_participant(text) || strcmp(text, MESSAGE_ROUTER) == 0;
    case FIELD_PUBLICATION:
        return is_publication(text);
    case FIELD_PUBLICATION_OR_NONE:
        return text[0] == '\0' || is_publication(text);
    case FIELD_SHOWN:
        return text[0] == '\0' || strcmp(text, "speaker") == 0 || is_publication(text);
    case FIELD_CHOICE:
        return is_choice(text, field->choices);
    case FIELD_CANDIDATE:
        return text[0] == '\0' || (strncmp(text, "candidate:", 10) == 0 && strlen(text) < 512 && !has_control(text));
    default:
        return false;
    }
}

static void describe(const struct field *field, char *out, size_t size)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_LINE:
        snprintf(out, size, "a string of %lld to %lld characters%s", (long long)field->min, (long long)field->max,
                 field->kind == FIELD_LINE ? ", none of them a control character" : "");
        break;
    case FIELD_ROOM:
        snprintf(out, size, "1 to 64 characters of A-Z a-z 0-9 . _ -");
        break;
    case FIELD_PARTICIPANT:
        snprintf(out, size, "a participant's id, like \"p3\"");
        break;
    case FIELD_TARGET:
        snprintf(out, size, "a participant's id, like \"p3\", or \"router\"");
        break;
    case FIELD_PUBLICATION:
    case FIELD_PUBLICATION_OR_NONE:
        snprintf(out, size, "a publication's id, like \"p3/camera\"%s",
                 field->kind == FIELD_PUBLICATION ? "" : ", or \"\"");
        break;
    case FIELD_SHOWN:
        snprintf(out, size, "a publication's id, \"speaker\" or \"\"");
        break;
    case FIELD_CHOICE:
        snprintf(out, size, "%s", field->expected);
        break;
    case FIELD_INTEGER:
        snprintf(out, size, "an integer from %lld to %lld", (long long)field->min, (long long)field->max);
        break;
    case FIELD_BOOLEAN:
        snprintf(out, size, "true or false");
        break;
    case FIELD_CANDIDATE:
        snprintf(out, size, "\"candidate:...\" on one line, or \"\"");
        break;
    case FIELD_OBJECT:
        snprintf(out, size, "an object");
        break;
    case FIELD_OBJECTS:
        snprintf(out, size, "an array of at most %lld objects", (long long)field->max);
        break;
    case FIELD_TARGETS:
        snprintf(out, size, "an array of participants' ids");
        break;
    case FIELD_BOOLEANS:
        snprintf(out, size, "an array of %lld to %lld booleans", (long long)field->min, (long long)field->max);
        break;
    case FIELD_EVENTS:
        snprintf(out, size, "an array of at most %lld flat objects of at most %d bytes", (long long)field->max,
                 MESSAGE_EVENT_BYTES_MAX);
        break;
    }
}

static int check_object(const json_t *object, const struct field *fields, const char *prefix, struct refusal *error);

static int check_event(const json_t *event, const char *prefix, struct refusal *error);

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
            if ((field->kind == FIELD_EVENTS ? check_event(item, prefix, error)
                                             : check_object(item, field->fields, prefix, error)) < 0)
                return ERR_INVALID;
        } else {
            fits = false;
        }
        if (!fits)
            return ERR_INVALID;
    }
    return 0;
}

static int wrong_part(struct refusal *error, const char *field, const char *expected)
{
    snprintf(error->field, sizeof error->field, "%s", field);
    snprintf(error->expected, sizeof error->expected, "%s", expected);
    return ERR_INVALID;
}

/* An event may have fields of its own beside those that we know, but no containers: it is remembered. */
static int check_event(const json_t *event, const char *prefix, struct refusal *error)
{
    const char *name;
    json_t *value;
    char path[64];
    if (check_object(event, event_fields, prefix, error) < 0)
        return ERR_INVALID;
    json_object_foreach((json_t *)event, name, value)
    {
        snprintf(path, sizeof path, "%.24s%.32s", prefix, name);
        if (json_is_object(value) || json_is_array(value))
            return wrong_part(error, path, "a string, a number, true or false");
    }
    if (json_dumpb(event, NULL, 0, JSON_COMPACT) > MESSAGE_EVENT_BYTES_MAX) {
        snprintf(path, sizeof path, "%.*s", (int)strlen(prefix) - 1, prefix); /* without the dot */
        return wrong_part(error, path, "an event of at most 320 bytes");
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
        return json_is_object(value) && check_object(value, field->fields, prefix, error) == 0;
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

static int check_object(const json_t *object, const struct field *fields, const char *prefix, struct refusal *error)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        char path[64];
        snprintf(path, sizeof path, "%.40s%.22s", prefix, field->name);
        if ((value == NULL || json_is_null(value)) && field->is_optional)
            continue;
        if (value != NULL && value_fits(value, field, path, error))
            continue;
        if (error->field[0] == '\0') { /* else the part that is wrong has been named */
            snprintf(error->field, sizeof error->field, "%s", path);
            describe(field, error->expected, sizeof error->expected);
        }
        return ERR_INVALID;
    }
    return 0;
}

static const struct field *find_message(const char *name, enum message_direction direction, enum message_type *type)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        if (strcmp(messages[i].name, name) == 0) {
            *type = (enum message_type)i;
            return direction == MESSAGE_TO_SERVER ? messages[i].to_server : messages[i].to_client;
        }
    }
    return NULL;
}

static int fail(struct refusal *error, const char *code, const char *field, const char *expected)
{
    error->code = code;
    snprintf(error->text, sizeof error->text, "%s", strcmp(code, "bad-json") == 0 ? "not a message" : WRONG_FIELD);
    snprintf(error->field, sizeof error->field, "%s", field);
    snprintf(error->expected, sizeof error->expected, "%s", expected);
    return ERR_INVALID;
}

int message_check(const json_t *message, enum message_type *type, enum message_direction direction,
                  struct refusal *error)
{
    *error = (struct refusal){.code = "bad-message", .text = WRONG_FIELD};
    const char *name = json_string_value(json_object_get(message, "type"));
    if (name == NULL)
        return fail(error, "bad-json", "", "an object with a string \"type\"");
    snprintf(error->request, sizeof error->request, "%.31s", name);
    const struct field *fields = find_message(name, direction, type);
    if (fields == NULL) {
        error->request[0] = '\0'; /* it may be cut inside a character, and it names nothing we know */
        return fail(error, "bad-message", "type", "the type of a message of this protocol");
    }
    return check_object(message, fields, "", error);
}

/* Counts before anything is allocated: a message of 87,000 empty objects is 170 kB of text and twenty megabytes of
 * parsed values. */
static bool has_bounded_values(const char *text, size_t length)
{
    size_t count = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == ',' || c == ':' || c == '{' || c == '['))
            count++;
    }
    return count <= MESSAGE_VALUES_MAX;
}

/* Null is absent: many languages write optional values so. */
static void drop_nulls(json_t *value)
{
    const char *name;
    json_t *member;
    void *next;
    size_t index;
    json_array_foreach(value, index, member) drop_nulls(member);
    json_object_foreach_safe(value, next, name, member)
    {
        if (json_is_null(member))
            json_object_del(value, name);
        else
            drop_nulls(member);
    }
}

int message_parse(json_t **out, enum message_type *type, enum message_direction direction, const char *text,
                  size_t length, struct refusal *error)
{
    json_error_t syntax;
    *out = NULL;
    *error = (struct refusal){.code = "bad-json"};
    if (length > MESSAGE_SIZE_MAX)
        return fail(error, "bad-json", "", "at most 256 KiB");
    if (direction == MESSAGE_TO_SERVER && !has_bounded_values(text, length))
        return fail(error, "bad-json", "", "at most 8192 names and values");
    json_t *message = json_loadb(text, length, JSON_REJECT_DUPLICATES, &syntax);
    if (!json_is_object(message)) {
        json_decref(message);
        return fail(error, "bad-json", "", "one JSON object");
    }
    drop_nulls(message);
    int result = message_check(message, type, direction, error);
    if (result < 0)
        json_decref(message);
    else
        *out = message;
    return result;
}
