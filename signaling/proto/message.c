#include "signaling/proto/message.h"

#include <stdio.h>
#include <string.h>

#include "signaling/proto/field.h"
#include "transport/base/error.h"
#include "transport/wire/media.h"

#define COUNT_MAX 1000 /* elements of an array; no room is larger */
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
#define OBJECT_OPTIONAL(n, f)                                                                                          \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECT, .is_optional = true, .fields = (f)                                          \
    }
#define OBJECTS_OPTIONAL(n, f, high)                                                                                   \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECTS, .is_optional = true, .max = (high), .fields = (f)                          \
    }
#define OBJECTS(n, f, high)                                                                                            \
    {                                                                                                                  \
        .name = (n), .kind = FIELD_OBJECTS, .max = (high), .fields = (f)                                               \
    }
#define SOURCE                                                                                                         \
    {                                                                                                                  \
        .name = "source", .kind = FIELD_CHOICE, .choices = message_sources, .expected = sources_text                   \
    }
#define KIND                                                                                                           \
    {                                                                                                                  \
        .name = "kind", .kind = FIELD_CHOICE, .choices = message_kinds, .expected = kinds_text                         \
    }
#define GENERATION INTEGER("generation", 1, NUMBER_MAX)
#define MID LINE("mid", 1, MEDIA_MID_MAX)
#define SDP TEXT("sdp", 1, (int64_t)MESSAGE_SIZE_MAX)

static const char *const pins[] = {"auto", "mesh", "sfu", "mcu", NULL};
static const char pins_text[] = "\"auto\", \"mesh\", \"sfu\" or \"mcu\"";
static const char *const topologies[] = {"mesh", "sfu", "mcu", NULL};
static const char topologies_text[] = "\"mesh\", \"sfu\" or \"mcu\"";
static const char sources_text[] =
    "\"camera\", \"microphone\", \"screen\", \"screen-audio\", a second one of these, or a mixer's";
static const char kinds_text[] = "\"audio\" or \"video\"";
static const char *const states[] = {"active", "reconnecting", NULL};
static const char states_text[] = "\"active\" or \"reconnecting\"";
static const char *const reasons[] = {"left", "timeout", "removed", "ended", NULL};
static const char reasons_text[] = "\"left\", \"timeout\", \"removed\" or \"ended\"";
static const char *const reactions[] = {"thumbs-up", "clap", "heart", "laugh", "surprise", "party", NULL};
static const char reactions_text[] = "\"thumbs-up\", \"clap\", \"heart\", \"laugh\", \"surprise\" or \"party\"";
static const char *const path_states[] = {"proven", "relayed", "lost", "failed", NULL};
static const char path_states_text[] = "\"proven\", \"relayed\", \"lost\" or \"failed\"";
static const char *const policies[] = {"all", "relay", NULL};
static const char policies_text[] = "\"all\" or \"relay\"";
static const char *const slot_states[] = {"live", "paused", "muted", "unsupported", NULL};
static const char slot_states_text[] = "\"live\", \"paused\", \"muted\" or \"unsupported\"";

static const char *const wishes[] = {"auto", "on", "off", NULL};
static const char wishes_text[] = "\"auto\", \"on\" or \"off\"";
static const char *const services[] = {"mixer", "recorder", NULL};
static const char services_text[] = "\"mixer\" or \"recorder\"";
static const char *const layouts[] = {"grid", "speaker", NULL};
static const char layouts_text[] = "\"grid\" or \"speaker\"";
static const char *const recorder_states[] = {"on", "failed", NULL};
static const char recorder_states_text[] = "\"on\" or \"failed\"";
static const char *const recorder_reasons[] = {"disk-full", "cannot-write", "push-failed", NULL};
static const char recorder_reasons_text[] = "\"disk-full\", \"cannot-write\" or \"push-failed\"";
static const char *const recordings[] = {"off", "starting", "on", "failed", NULL};
static const char recordings_text[] = "\"off\", \"starting\", \"on\" or \"failed\"";

static const struct field no_fields[] = {END};
static const struct field capability_fields[] = {
    PLAIN_OPTIONAL("mesh", FIELD_BOOLEAN), PLAIN_OPTIONAL("sfu", FIELD_BOOLEAN),
    PLAIN_OPTIONAL("direct", FIELD_BOOLEAN), INTEGER_OPTIONAL("uplink_bps", 0, 1000000000000), END};
static const struct field send_fields[] = {MID, SOURCE, PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field receive_fields[] = {MID, PLAIN("publication", FIELD_PUBLICATION), END};
static const struct field show_fields[] = {MID,
                                           PLAIN_OPTIONAL("show", FIELD_SHOWN),
                                           INTEGER("width", 0, 16384),
                                           INTEGER("height", 0, 16384),
                                           INTEGER("priority", 0, 255),
                                           END};
static const struct field publication_fields[] = {PLAIN("id", FIELD_PUBLICATION), KIND, SOURCE,
                                                  PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field participant_fields[] = {PLAIN("id", FIELD_PARTICIPANT),
                                                  LINE("name", 1, MESSAGE_NAME_CHARACTERS),
                                                  CHOICE("state", states),
                                                  OBJECTS("publications", publication_fields, MESSAGE_SOURCES),
                                                  PLAIN_OPTIONAL("host", FIELD_BOOLEAN),
                                                  INTEGER_OPTIONAL("hand", 1, NUMBER_MAX),
                                                  END};
static const struct field slot_fields[] = {MID,
                                           PLAIN("publication", FIELD_PUBLICATION_OR_NONE),
                                           CHOICE("state", slot_states),
                                           LINE_OPTIONAL("reason", 0, 16),
                                           LINE_OPTIONAL("codec", 0, 16),
                                           END};

/* Of one's own sources: what the others publish is known when one has joined. */
static const struct field first_offer_fields[] = {GENERATION, SDP, OBJECTS("sends", send_fields, MESSAGE_SOURCES),
                                                  PLAIN_OPTIONAL("gcm", FIELD_BOOLEAN), END};
static const struct field join_fields[] = {PLAIN("room", FIELD_ROOM),
                                           LINE("name", 1, MESSAGE_NAME_CHARACTERS),
                                           LINE_OPTIONAL("resume", 1, 128),
                                           LINE_OPTIONAL("returns", 1, 128),
                                           LINE_OPTIONAL("token", 1, 4096),
                                           CHOICE_OPTIONAL("service", services),
                                           CHOICE_OPTIONAL("topology", pins),
                                           CHOICE_OPTIONAL("mix", wishes),
                                           CHOICE_OPTIONAL("layout", layouts),
                                           OBJECT_OPTIONAL("capabilities", capability_fields),
                                           PLAIN_OPTIONAL("encrypted", FIELD_BOOLEAN),
                                           OBJECT_OPTIONAL("offer", first_offer_fields),
                                           END};
static const struct field offer_fields[] = {PLAIN("target", FIELD_TARGET),
                                            GENERATION,
                                            SDP,
                                            OBJECTS("sends", send_fields, MESSAGE_SOURCES),
                                            OBJECTS_OPTIONAL("receives", receive_fields, MESSAGE_MEDIA_MAX),
                                            PLAIN_OPTIONAL("gcm", FIELD_BOOLEAN),
                                            END};
static const struct field answer_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION, SDP,
                                             OBJECTS("sends", send_fields, MESSAGE_SOURCES), END};
static const struct field candidate_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION,
                                                PLAIN("candidate", FIELD_CANDIDATE),
                                                LINE_OPTIONAL("mid", 0, MEDIA_MID_MAX), END};
static const struct field request_fields[] = {PLAIN("target", FIELD_TARGET), GENERATION, END};
static const struct field path_fields[] = {PLAIN("target", FIELD_PARTICIPANT), CHOICE("state", path_states), END};
static const struct field mute_fields[] = {SOURCE, PLAIN("muted", FIELD_BOOLEAN), END};
static const struct field view_fields[] = {OBJECTS("slots", show_fields, MESSAGE_MEDIA_MAX), END};
static const struct field event_fields[] = {LINE("kind", 1, 32), LINE_OPTIONAL("target", 1, 32),
                                            INTEGER_OPTIONAL("epoch", 0, NUMBER_MAX), END};
static const struct field report_fields[] = {
    {.name = "events", .kind = FIELD_EVENTS, .max = 16, .fields = event_fields}, END};
static const struct field chat_fields[] = {TEXT("text", 1, 2000), PLAIN_OPTIONAL("to", FIELD_PARTICIPANT), END};
static const struct field lock_fields[] = {PLAIN("locked", FIELD_BOOLEAN), END};
static const struct field waiting_room_fields[] = {PLAIN("enabled", FIELD_BOOLEAN), END};
static const struct field admit_fields[] = {PLAIN_OPTIONAL("target", FIELD_PARTICIPANT), END};
static const struct field hand_fields[] = {PLAIN("raised", FIELD_BOOLEAN), PLAIN_OPTIONAL("target", FIELD_PARTICIPANT),
                                           END};
static const struct field reaction_fields[] = {CHOICE("reaction", reactions), END};
static const struct field lane_fields[] = {SOURCE, PLAIN("participant", FIELD_PARTICIPANT), END};
static const struct field lanes_fields[] = {OBJECTS("lanes", lane_fields, MESSAGE_LANES), END};
static const struct field record_fields[] = {PLAIN("enabled", FIELD_BOOLEAN), END};
static const struct field recorder_fields[] = {CHOICE("state", recorder_states),
                                               CHOICE_OPTIONAL("reason", recorder_reasons), END};
static const struct field recording_fields[] = {CHOICE("state", recordings), LINE_OPTIONAL("reason", 1, 32), END};
static const struct field pin_fields[] = {CHOICE("topology", pins), CHOICE_OPTIONAL("layout", layouts), END};
static const struct field mix_fields[] = {CHOICE("wish", wishes), END};
static const struct field mute_participant_fields[] = {PLAIN_OPTIONAL("target", FIELD_PARTICIPANT), SOURCE, END};
static const struct field ask_unmute_fields[] = {PLAIN("target", FIELD_PARTICIPANT), SOURCE, END};
static const struct field remove_fields[] = {PLAIN("target", FIELD_PARTICIPANT), LINE_OPTIONAL("reason", 0, 200), END};
static const struct field deny_fields[] = {PLAIN("target", FIELD_PARTICIPANT), END};
static const struct field transfer_fields[] = {PLAIN("target", FIELD_PARTICIPANT), END};
static const struct field ping_fields[] = {INTEGER("id", 0, INT64_C(9007199254740991)), END};

static const struct field permission_fields[] = {PLAIN("camera", FIELD_BOOLEAN),
                                                 PLAIN("microphone", FIELD_BOOLEAN),
                                                 PLAIN("screen", FIELD_BOOLEAN),
                                                 PLAIN("screen-audio", FIELD_BOOLEAN),
                                                 PLAIN_OPTIONAL("camera-2", FIELD_BOOLEAN),
                                                 PLAIN_OPTIONAL("screen-2", FIELD_BOOLEAN),
                                                 PLAIN_OPTIONAL("screen-2-audio", FIELD_BOOLEAN),
                                                 PLAIN("chat", FIELD_BOOLEAN),
                                                 PLAIN("pin", FIELD_BOOLEAN),
                                                 PLAIN_OPTIONAL("record", FIELD_BOOLEAN),
                                                 END};
static const struct field muted_fields[] = {SOURCE, PLAIN("by", FIELD_PARTICIPANT), END};
static const struct field waiting_fields[] = {PLAIN("participant", FIELD_PARTICIPANT), PLAIN("room", FIELD_ROOM),
                                              LINE("resume", 1, 128), END};
static const struct field waiting_entry_fields[] = {
    PLAIN("id", FIELD_PARTICIPANT), LINE("name", 1, MESSAGE_NAME_CHARACTERS), CHOICE("state", states), END};
static const struct field waiting_list_fields[] = {OBJECTS("waiting", waiting_entry_fields, COUNT_MAX), END};
static const struct field joined_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                             PLAIN("room", FIELD_ROOM),
                                             LINE("resume", 1, 128),
                                             PLAIN("resumed", FIELD_BOOLEAN),
                                             INTEGER("grace_ms", 0, NUMBER_MAX),
                                             INTEGER("dedicated_slots", 0, 100),
                                             INTEGER("audio_slots", 1, 8),
                                             CHOICE("topology", topologies),
                                             CHOICE("pin", pins),
                                             LINE_OPTIONAL("pin_by", 1, MESSAGE_NAME_CHARACTERS),
                                             LINE_OPTIONAL("reason", 1, 16),
                                             INTEGER("epoch", 1, NUMBER_MAX),
                                             {.name = "connect", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                             {.name = "probe", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                             OBJECTS("ice_servers", no_fields, 16),
                                             CHOICE("ice_policy", policies),
                                             OBJECTS("participants", participant_fields, COUNT_MAX),
                                             PLAIN("host", FIELD_BOOLEAN),
                                             INTEGER("hand", 0, NUMBER_MAX),
                                             PLAIN_OPTIONAL("encrypted", FIELD_BOOLEAN),
                                             PLAIN("locked", FIELD_BOOLEAN),
                                             PLAIN_OPTIONAL("waiting_room", FIELD_BOOLEAN),
                                             OBJECT("permissions", permission_fields),
                                             PLAIN_OPTIONAL("mixer", FIELD_PARTICIPANT),
                                             CHOICE_OPTIONAL("mix", wishes),
                                             CHOICE_OPTIONAL("layout", layouts),
                                             OBJECTS("muted", muted_fields, MESSAGE_SOURCES),
                                             PLAIN_OPTIONAL("can_record", FIELD_BOOLEAN),
                                             CHOICE_OPTIONAL("recording", recordings),
                                             LINE_OPTIONAL("recording_reason", 1, 32),
                                             PLAIN_OPTIONAL("loopback_only", FIELD_BOOLEAN),
                                             END};
static const struct field participant_joined_fields[] = {OBJECT("participant", participant_fields), END};
static const struct field participant_left_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                       CHOICE("reason", reasons), END};
static const struct field participant_state_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                        CHOICE("state", states), END};
static const struct field participant_role_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                       PLAIN("host", FIELD_BOOLEAN), END};
static const struct field publications_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                   OBJECTS("publications", publication_fields, MESSAGE_SOURCES), END};
static const struct field connect_fields[] = {CHOICE("topology", topologies),
                                              CHOICE("pin", pins),
                                              LINE_OPTIONAL("pin_by", 1, MESSAGE_NAME_CHARACTERS),
                                              LINE_OPTIONAL("reason", 1, 16),
                                              INTEGER("epoch", 1, NUMBER_MAX),
                                              {.name = "connect", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                              {.name = "probe", .kind = FIELD_TARGETS, .max = COUNT_MAX},
                                              PLAIN_OPTIONAL("mixer", FIELD_PARTICIPANT),
                                              CHOICE_OPTIONAL("mix", wishes),
                                              CHOICE_OPTIONAL("layout", layouts),
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
static const struct field encodings_fields[] = {
    SOURCE, {.name = "active", .kind = FIELD_BOOLEANS, .min = 1, .max = 8}, END};
static const struct field codec_fields[] = {INTEGER("payload_type", 0, 127), LINE("name", 1, 16), END};
static const struct field codecs_fields[] = {SOURCE, MID, OBJECTS("codecs", codec_fields, MEDIA_CODECS_MAX), END};
static const struct field chat_from_fields[] = {PLAIN("from", FIELD_PARTICIPANT),
                                                LINE("name", 1, MESSAGE_NAME_CHARACTERS),
                                                TEXT("text", 1, 2000),
                                                INTEGER("at", 0, INT64_C(9007199254740991)),
                                                PLAIN_OPTIONAL("to", FIELD_PARTICIPANT),
                                                END};
static const struct field chat_history_fields[] = {OBJECTS("messages", chat_from_fields, 1000), END};
static const struct field participant_hand_fields[] = {PLAIN("participant", FIELD_PARTICIPANT),
                                                       INTEGER("hand", 0, NUMBER_MAX), END};
static const struct field reaction_from_fields[] = {PLAIN("from", FIELD_PARTICIPANT), CHOICE("reaction", reactions),
                                                    END};
static const struct field error_fields[] = {LINE("code", 1, 64),
                                            TEXT("message", 0, 1000),
                                            LINE_OPTIONAL("request", 0, 64),
                                            LINE_OPTIONAL("field", 0, 64),
                                            LINE_OPTIONAL("expected", 0, 256),
                                            LINE_OPTIONAL("by", 1, MESSAGE_NAME_CHARACTERS),
                                            LINE_OPTIONAL("reason", 0, 200),
                                            END};

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
    [MESSAGE_RECEIVE] = {"receive", view_fields, NULL},
    [MESSAGE_REPORT] = {"report", report_fields, NULL},
    [MESSAGE_CHAT] = {"chat", chat_fields, chat_from_fields},
    [MESSAGE_PIN] = {"pin", pin_fields, NULL},
    [MESSAGE_MIX_WISH] = {"mix", mix_fields, NULL},
    [MESSAGE_PING] = {"ping", ping_fields, NULL},
    [MESSAGE_MUTE_PARTICIPANT] = {"mute-participant", mute_participant_fields, NULL},
    [MESSAGE_ASK_UNMUTE] = {"ask-unmute", ask_unmute_fields, NULL},
    [MESSAGE_REMOVE] = {"remove", remove_fields, NULL},
    [MESSAGE_TRANSFER_HOST] = {"transfer-host", transfer_fields, NULL},
    [MESSAGE_LOCK_ROOM] = {"lock-room", lock_fields, NULL},
    [MESSAGE_SET_WAITING_ROOM] = {"set-waiting-room", waiting_room_fields, NULL},
    [MESSAGE_ADMIT] = {"admit", admit_fields, NULL},
    [MESSAGE_DENY] = {"deny", deny_fields, NULL},
    [MESSAGE_HAND] = {"hand", hand_fields, NULL},
    [MESSAGE_REACTION] = {"reaction", reaction_fields, reaction_from_fields},
    [MESSAGE_MIX_LANES] = {"mix-lanes", lanes_fields, lanes_fields},
    [MESSAGE_RECORD] = {"record", record_fields, NULL},
    [MESSAGE_RECORDING] = {"recording", recorder_fields, recording_fields},
    [MESSAGE_END_ROOM] = {"end-room", no_fields, NULL},
    [MESSAGE_JOINED] = {"joined", NULL, joined_fields},
    [MESSAGE_PARTICIPANT_JOINED] = {"participant-joined", NULL, participant_joined_fields},
    [MESSAGE_PARTICIPANT_LEFT] = {"participant-left", NULL, participant_left_fields},
    [MESSAGE_PARTICIPANT_STATE] = {"participant-state", NULL, participant_state_fields},
    [MESSAGE_PARTICIPANT_ROLE] = {"participant-role", NULL, participant_role_fields},
    [MESSAGE_PARTICIPANT_HAND] = {"participant-hand", NULL, participant_hand_fields},
    [MESSAGE_ROOM_LOCK] = {"room-lock", NULL, lock_fields},
    [MESSAGE_WAITING] = {"waiting", NULL, waiting_fields},
    [MESSAGE_WAITING_ROOM] = {"waiting-room", NULL, waiting_room_fields},
    [MESSAGE_WAITING_LIST] = {"waiting-list", NULL, waiting_list_fields},
    [MESSAGE_CHAT_HISTORY] = {"chat-history", NULL, chat_history_fields},
    [MESSAGE_MUTED] = {"muted", NULL, muted_fields},
    [MESSAGE_UNMUTE_REQUEST] = {"unmute-request", NULL, muted_fields},
    [MESSAGE_PUBLICATIONS] = {"publications", NULL, publications_fields},
    [MESSAGE_CONNECT] = {"connect", NULL, connect_fields},
    [MESSAGE_CONNECTION_REQUEST] = {"connection-request", NULL, request_from_fields},
    [MESSAGE_SLOTS] = {"slots", NULL, slots_fields},
    [MESSAGE_SPEAKERS] = {"speakers", NULL, speakers_fields},
    [MESSAGE_ENCODINGS] = {"encodings", NULL, encodings_fields},
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
    refusal_set(error, code, "%s", strcmp(code, "bad-json") == 0 ? "not a message" : WRONG_FIELD);
    refusal_set_field(error, field, expected);
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
        error->request[0] = '\0'; /* it is no type that we know, and may have been cut inside a character */
        return fail(error, "bad-message", "type", "the type of a message of this protocol");
    }
    return field_check_object(message, fields, "", error);
}

/* Counts the values before anything is allocated: 87,000 empty objects are 170 kB of text, but 20 MB when parsed. */
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

/* A null counts as absent: many languages write optional values so. */
static void drop_nulls(json_t *value)
{
    const char *name;
    json_t *participant;
    void *next;
    size_t index;
    json_array_foreach(value, index, participant) drop_nulls(participant);
    json_object_foreach_safe(value, next, name, participant)
    {
        if (json_is_null(participant))
            json_object_del(value, name);
        else
            drop_nulls(participant);
    }
}

static void drop_unfit(json_t *message)
{
    enum message_type type;
    const char *name = json_string_value(json_object_get(message, "type"));
    const struct field *fields = name != NULL ? find_message(name, MESSAGE_TO_CLIENT, &type) : NULL;
    if (fields != NULL)
        field_drop_unfit(message, fields);
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
    if (direction == MESSAGE_TO_CLIENT)
        drop_unfit(message);
    int result = message_check(message, type, direction, error);
    if (result < 0)
        json_decref(message);
    else
        *out = message;
    return result;
}
