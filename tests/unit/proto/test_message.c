#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/proto/field.h"
#include "signaling/proto/message.h"
#include "transport/base/error.h"

#define UP MESSAGE_TO_SERVER
#define DOWN MESSAGE_TO_CLIENT
#define SEND "{\"mid\":\"0\",\"source\":\"camera\",\"muted\":false}"
#define PUBLICATION "{\"id\":\"p3/camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":false}"
#define PARTICIPANT "{\"id\":\"p3\",\"name\":\"Ann\",\"state\":\"active\",\"publications\":[" PUBLICATION "]}"

struct accepted {
    enum message_direction direction;
    enum message_type type;
    const char *text;
};

static const struct accepted accepted[] = {
    {UP, MESSAGE_JOIN, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"}"},
    {UP, MESSAGE_JOIN,
     "{\"type\":\"join\",\"room\":\"A.z_0-9\",\"name\":\"\xec\x95\x88\",\"resume\":\"p1.x\",\"token\":\"t\","
     "\"topology\":\"auto\",\"capabilities\":{\"mesh\":true,\"uplink_bps\":2500000,\"new\":1}}"},
    {UP, MESSAGE_JOIN,
     "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"offer\":{\"generation\":1,\"sdp\":\"v=0\",\"sends\":[" SEND
     "]}}"},
    {UP, MESSAGE_LEAVE, "{\"type\":\"leave\",\"unknown\":[1]}"},
    {UP, MESSAGE_OFFER,
     "{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[" SEND "],"
     "\"receives\":[{\"mid\":\"1\",\"publication\":\"p2/screen-audio\"}]}"},
    {UP, MESSAGE_ANSWER, "{\"type\":\"answer\",\"target\":\"p2\",\"generation\":3,\"sdp\":\"v=0\",\"sends\":[]}"},
    {UP, MESSAGE_ICE_CANDIDATE, "{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\"}"},
    {UP, MESSAGE_ICE_CANDIDATE,
     "{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":"
     "\"candidate:1 1 udp 1 192.0.2.1 9 typ host\",\"mid\":\"0\"}"},
    {UP, MESSAGE_REQUEST_NEW_CONNECTION,
     "{\"type\":\"request-new-connection\",\"target\":\"router\",\"generation\":2}"},
    {UP, MESSAGE_PATH, "{\"type\":\"path\",\"target\":\"p2\",\"state\":\"proven\"}"},
    {UP, MESSAGE_NETWORK_CHANGED, "{\"type\":\"network-changed\"}"},
    {UP, MESSAGE_MUTE, "{\"type\":\"mute\",\"source\":\"microphone\",\"muted\":true}"},
    {UP, MESSAGE_RECEIVE,
     "{\"type\":\"receive\",\"slots\":[{\"mid\":\"1\",\"show\":\"speaker\",\"width\":640,\"height\":360,"
     "\"priority\":255},{\"mid\":\"2\",\"show\":\"\",\"width\":0,\"height\":0,\"priority\":0}]}"},
    {UP, MESSAGE_REPORT, "{\"type\":\"report\",\"events\":[{\"kind\":\"switch-failed\"}]}"},
    {UP, MESSAGE_CHAT, "{\"type\":\"chat\",\"text\":\"two\\nlines\"}"},
    {UP, MESSAGE_PIN, "{\"type\":\"pin\",\"topology\":\"mesh\"}"},
    {UP, MESSAGE_PIN, "{\"type\":\"pin\",\"topology\":\"mcu\",\"layout\":\"speaker\"}"},
    {UP, MESSAGE_MIX_WISH, "{\"type\":\"mix\",\"wish\":\"on\"}"},
    {UP, MESSAGE_MUTE_PARTICIPANT, "{\"type\":\"mute-participant\",\"source\":\"microphone\"}"},
    {UP, MESSAGE_ASK_UNMUTE, "{\"type\":\"ask-unmute\",\"target\":\"p2\",\"source\":\"camera\"}"},
    {UP, MESSAGE_REMOVE, "{\"type\":\"remove\",\"target\":\"p2\"}"},
    {UP, MESSAGE_TRANSFER_HOST, "{\"type\":\"transfer-host\",\"target\":\"p2\"}"},
    {UP, MESSAGE_CHAT, "{\"type\":\"chat\",\"text\":\"to you\",\"to\":\"p2\"}"},
    {UP, MESSAGE_HAND, "{\"type\":\"hand\",\"raised\":true}"},
    {UP, MESSAGE_REACTION, "{\"type\":\"reaction\",\"reaction\":\"clap\"}"},
    {UP, MESSAGE_RECORD, "{\"type\":\"record\",\"enabled\":true}"},
    {UP, MESSAGE_RECORDING, "{\"type\":\"recording\",\"state\":\"failed\"}"},
    {DOWN, MESSAGE_RECORDING, "{\"type\":\"recording\",\"state\":\"failed\"}"},
    {UP, MESSAGE_MIX_LANES, "{\"type\":\"mix-lanes\",\"lanes\":[{\"source\":\"mix-1\",\"participant\":\"p3\"}]}"},
    {UP, MESSAGE_LOCK_ROOM, "{\"type\":\"lock-room\",\"locked\":true}"},
    {UP, MESSAGE_SET_WAITING_ROOM, "{\"type\":\"set-waiting-room\",\"enabled\":true}"},
    {UP, MESSAGE_ADMIT, "{\"type\":\"admit\"}"},
    {UP, MESSAGE_DENY, "{\"type\":\"deny\",\"target\":\"p2\"}"},
    {UP, MESSAGE_END_ROOM, "{\"type\":\"end-room\"}"},
    {UP, MESSAGE_PING, "{\"type\":\"ping\",\"id\":0}"},
    {DOWN, MESSAGE_JOINED,
     "{\"type\":\"joined\",\"participant\":\"p1\",\"room\":\"r\",\"resume\":\"p1.s\",\"resumed\":false,\"grace_ms\":"
     "120000,\"dedicated_slots\":9,\"audio_slots\":3,"
     "\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":1,\"connect\":[\"p3\"],\"probe\":[],\"ice_servers\":[{\"urls\":["
     "\"stun:s\"]}],"
     "\"ice_policy\":\"all\",\"participants\":[" PARTICIPANT
     "],\"host\":true,\"hand\":0,\"locked\":false,\"permissions\":{\"camera\":true,"
     "\"microphone\":true,\"screen\":false,\"screen-audio\":false,\"camera-2\":true,\"chat\":true,\"pin\":false},"
     "\"muted\":["
     "{\"source\":\"camera\",\"by\":\"p3\"}]}"},
    {DOWN, MESSAGE_PARTICIPANT_JOINED, "{\"type\":\"participant-joined\",\"participant\":" PARTICIPANT "}"},
    {DOWN, MESSAGE_PARTICIPANT_LEFT, "{\"type\":\"participant-left\",\"participant\":\"p3\",\"reason\":\"timeout\"}"},
    {DOWN, MESSAGE_PARTICIPANT_STATE,
     "{\"type\":\"participant-state\",\"participant\":\"p3\",\"state\":\"reconnecting\"}"},
    {DOWN, MESSAGE_PARTICIPANT_ROLE, "{\"type\":\"participant-role\",\"participant\":\"p3\",\"host\":true}"},
    {DOWN, MESSAGE_PARTICIPANT_HAND, "{\"type\":\"participant-hand\",\"participant\":\"p3\",\"hand\":2}"},
    {DOWN, MESSAGE_REACTION, "{\"type\":\"reaction\",\"from\":\"p3\",\"reaction\":\"heart\"}"},
    {DOWN, MESSAGE_ROOM_LOCK, "{\"type\":\"room-lock\",\"locked\":true}"},
    {DOWN, MESSAGE_WAITING, "{\"type\":\"waiting\",\"participant\":\"p4\",\"room\":\"r\",\"resume\":\"p4.s\"}"},
    {DOWN, MESSAGE_WAITING_ROOM, "{\"type\":\"waiting-room\",\"enabled\":true}"},
    {DOWN, MESSAGE_WAITING_LIST,
     "{\"type\":\"waiting-list\",\"waiting\":[{\"id\":\"p4\",\"name\":\"Ann\",\"state\":\"active\"}]}"},
    {DOWN, MESSAGE_CHAT_HISTORY,
     "{\"type\":\"chat-history\",\"messages\":[{\"from\":\"p1\",\"name\":\"Ann\",\"text\":\"x\",\"at\":1}]}"},
    {DOWN, MESSAGE_MUTED, "{\"type\":\"muted\",\"source\":\"microphone\",\"by\":\"p3\"}"},
    {DOWN, MESSAGE_UNMUTE_REQUEST, "{\"type\":\"unmute-request\",\"source\":\"microphone\",\"by\":\"p3\"}"},
    {DOWN, MESSAGE_PUBLICATIONS, "{\"type\":\"publications\",\"participant\":\"p3\",\"publications\":[]}"},
    {DOWN, MESSAGE_CONNECT,
     "{\"type\":\"connect\",\"topology\":\"sfu\",\"pin\":\"sfu\",\"epoch\":2,\"connect\":[\"router\"],\"probe\":["
     "\"p3\"]"
     "}"},
    {DOWN, MESSAGE_OFFER, "{\"type\":\"offer\",\"from\":\"p2\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[" SEND "]}"},
    {DOWN, MESSAGE_ANSWER, "{\"type\":\"answer\",\"from\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}"},
    {DOWN, MESSAGE_ICE_CANDIDATE, "{\"type\":\"ice-candidate\",\"from\":\"p2\",\"generation\":1,\"candidate\":\"\"}"},
    {DOWN, MESSAGE_CONNECTION_REQUEST, "{\"type\":\"connection-request\",\"from\":\"router\",\"generation\":2}"},
    {DOWN, MESSAGE_SLOTS, "{\"type\":\"slots\",\"slots\":[{\"mid\":\"1\",\"publication\":\"\",\"state\":\"paused\"}]}"},
    {DOWN, MESSAGE_SPEAKERS, "{\"type\":\"speakers\",\"participants\":[\"p3\",\"p1\"]}"},
    {DOWN, MESSAGE_SLOTS,
     "{\"type\":\"slots\",\"slots\":[{\"mid\":\"1\",\"publication\":\"p2/camera\",\"state\":\"unsupported\","
     "\"reason\":\"codec\",\"codec\":\"VP9\"}]}"},
    {DOWN, MESSAGE_ANSWER,
     "{\"type\":\"answer\",\"from\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[],\"rejected\":[{\"mid\":"
     "\"2\","
     "\"kind\":\"application\",\"reason\":\"data channels need a=sctp-port\"}]}"},
    {DOWN, MESSAGE_CODECS,
     "{\"type\":\"codecs\",\"source\":\"camera\",\"mid\":\"0\",\"codecs\":[{\"payload_type\":96,\"name\":\"VP8\"}]}"},
    {DOWN, MESSAGE_ENCODINGS, "{\"type\":\"encodings\",\"source\":\"camera\",\"active\":[true,false,false]}"},
    {DOWN, MESSAGE_ICE_SERVERS,
     "{\"type\":\"ice-servers\",\"ice_servers\":[{\"urls\":[\"turn:h\"],\"username\":\"u\",\"credential\":\"p\"}]}"},
    {DOWN, MESSAGE_PONG, "{\"type\":\"pong\",\"id\":7}"},
    {DOWN, MESSAGE_CHAT,
     "{\"type\":\"chat\",\"from\":\"p3\",\"name\":\"Bob\",\"text\":\"hello\",\"at\":1790000000000}"},
    {DOWN, MESSAGE_ERROR,
     "{\"type\":\"error\",\"code\":\"bad-message\",\"message\":\"m\",\"request\":\"join\",\"field\":"
     "\"room\",\"expected\":\"e\"}"},
};

static void accepts_every_message_of_the_protocol(void **state)
{
    bool seen[2][MESSAGE_ERROR + 1] = {{false}};
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        const struct accepted *row = &accepted[i];
        struct refusal error;
        enum message_type type;
        json_t *message;
        if (message_parse(&message, &type, row->direction, row->text, strlen(row->text), &error) < 0)
            fail_msg("%s: field %s, expected %s", row->text, error.field, error.expected);
        assert_int_equal(type, row->type);
        assert_string_equal(message_type_name(type), json_string_value(json_object_get(message, "type")));
        json_decref(message);
        seen[row->direction][type] = true;
    }
    for (int type = 0; type <= MESSAGE_ERROR; type++)
        if (!seen[UP][type] && !seen[DOWN][type])
            fail_msg("%s is not in the table", message_type_name((enum message_type)type));
}

/* Every message without each of its fields in turn: refused, and the field is named, unless it is optional. */
static void names_the_field_that_is_missing(void **state)
{
    static const char *const optional[] = {"unknown", "resume", "token",    "capabilities", "offer", "receives",
                                           "request", "field",  "expected", "rejected",     "to",    "layout"};
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        json_t *whole = json_loads(accepted[i].text, 0, NULL);
        const char *key;
        json_t *value;
        json_object_foreach(whole, key, value)
        {
            json_t *part = json_copy(whole);
            struct refusal error;
            enum message_type type;
            bool is_optional = (strcmp(key, "topology") == 0 && accepted[i].type == MESSAGE_JOIN) ||
                               (strcmp(key, "mid") == 0 && accepted[i].type == MESSAGE_ICE_CANDIDATE);
            for (size_t k = 0; k < sizeof optional / sizeof optional[0]; k++)
                is_optional |=
                    strcmp(key, optional[k]) == 0 && !(strcmp(key, "resume") == 0 && accepted[i].direction == DOWN);
            json_object_del(part, key);
            int result = message_check(part, &type, accepted[i].direction, &error);
            if ((result == 0) != is_optional)
                fail_msg("%s without %s", accepted[i].text, key);
            if (result < 0 && strcmp(key, "type") != 0)
                assert_string_equal(error.field, key);
            json_decref(part);
        }
        json_decref(whole);
    }
}

static void refuses_wrong_values(void **state)
{
    static const struct {
        enum message_direction direction;
        const char *text, *code, *field, *expected; /* expected: a part of it */
    } rows[] = {
        {UP, "", "bad-json", "", "object"},
        {UP, "[]", "bad-json", "", "object"},
        {UP, "{\"type\":\"ping\",\"id\":1} x", "bad-json", "", "object"},
        {UP, "{\"type\":\"ping\",\"id\":1,\"id\":2}", "bad-json", "", "object"},
        {UP, "{\"type\":\"chat\",\"text\":\"\xff\"}", "bad-json", "", "object"},
        {UP, "{\"type\":\"chat\",\"text\":\"a\\u0000b\"}", "bad-json", "", "object"},
        {UP, "{\"type\":7}", "bad-json", "", "type"},
        {UP, "{}", "bad-json", "", "type"},
        {UP, "{\"type\":\"dance\"}", "bad-message", "type", "type"},
        {UP, "{\"type\":\"joined\"}", "bad-message", "type", "type"},
        {DOWN, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\"}", "bad-message", "type", "type"},
        {UP, "{\"type\":\"join\",\"room\":\"a b\",\"name\":\"n\"}", "bad-message", "room", "1 to 64"},
        {UP, "{\"type\":\"join\",\"room\":\"\",\"name\":\"n\"}", "bad-message", "room", "1 to 64"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"\"}", "bad-message", "name", "1 to 64"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"a\\u0007\"}", "bad-message", "name", "control"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":5}", "bad-message", "name", "string"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"topology\":\"star\"}", "bad-message", "topology",
         "\"mesh\""},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"capabilities\":{\"mesh\":1}}", "bad-message",
         "capabilities.mesh", "true or false"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"capabilities\":[]}", "bad-message", "capabilities",
         "object"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"offer\":\"v=0\"}", "bad-message", "offer", "object"},
        {UP, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"offer\":{\"generation\":1,\"sends\":[]}}",
         "bad-message", "offer.sdp", "string"},
        {UP,
         "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"offer\":{\"generation\":0,\"sdp\":\"v=0\",\"sends\":[]}}",
         "bad-message", "offer.generation", "integer"},
        {UP,
         "{\"type\":\"join\",\"room\":\"r\",\"name\":\"n\",\"offer\":{\"generation\":1,\"sdp\":\"v=0\",\"sends\":[{}]}"
         "}",
         "bad-message", "offer.sends[0].mid", "string"},
        {UP, "{\"type\":\"offer\",\"target\":\"P1\",\"generation\":1,\"sdp\":\"x\",\"sends\":[]}", "bad-message",
         "target", "router"},
        {UP, "{\"type\":\"offer\",\"target\":\"p01\",\"generation\":1,\"sdp\":\"x\",\"sends\":[]}", "bad-message",
         "target", "router"},
        {UP, "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":0,\"sdp\":\"x\",\"sends\":[]}", "bad-message",
         "generation", "integer"},
        {UP, "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1.0,\"sdp\":\"x\",\"sends\":[]}", "bad-message",
         "generation", "integer"},
        {UP, "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"\",\"sends\":[]}", "bad-message", "sdp",
         "string"},
        {UP, "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"x\",\"sends\":{}}", "bad-message",
         "sends", "array"},
        {UP, "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"x\",\"sends\":[" SEND ",7]}",
         "bad-message", "sends", "array"},
        {UP,
         "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"x\",\"sends\":[" SEND
         ",{\"mid\":\"1\",\"source\":\"window\",\"muted\":false}]}",
         "bad-message", "sends[1].source", "camera"},
        {UP,
         "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"x\",\"sends\":[{\"mid\":"
         "\"01234567890123456\",\"source\":\"camera\",\"muted\":false}]}",
         "bad-message", "sends[0].mid", "1 to 16"},
        {UP,
         "{\"type\":\"offer\",\"target\":\"p1\",\"generation\":1,\"sdp\":\"x\",\"sends\":[],\"receives\":[{\"mid\":"
         "\"0\",\"publication\":\"p1\"}]}",
         "bad-message", "receives[0].publication", "p3/camera"},
        {UP, "{\"type\":\"ice-candidate\",\"target\":\"p1\",\"generation\":1,\"candidate\":\"a=candidate:1\"}",
         "bad-message", "candidate", "candidate:"},
        {UP, "{\"type\":\"ice-candidate\",\"target\":\"p1\",\"generation\":1,\"candidate\":\"candidate:1\\r\\na=x\"}",
         "bad-message", "candidate", "one line"},
        {UP,
         "{\"type\":\"receive\",\"slots\":[{\"mid\":\"1\",\"show\":\"me\",\"width\":1,\"height\":1,\"priority\":0}]}",
         "bad-message", "slots[0].show", "speaker"},
        {UP,
         "{\"type\":\"receive\",\"slots\":[{\"mid\":\"1\",\"show\":\"\",\"width\":1,\"height\":1,\"priority\":256}]}",
         "bad-message", "slots[0].priority", "255"},
        {UP, "{\"type\":\"pin\",\"topology\":\"mcu\",\"layout\":\"sidebar\"}", "bad-message", "layout", "speaker"},
        {UP, "{\"type\":\"chat\",\"text\":\"\"}", "bad-message", "text", "1 to 2000"},
        {UP, "{\"type\":\"mute\",\"source\":\"camera\",\"muted\":\"yes\"}", "bad-message", "muted", "true or false"},
        {UP, "{\"type\":\"report\",\"events\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}", "bad-message",
         "events", "16"},
        {UP, "{\"type\":\"report\",\"events\":[{\"ms\":4}]}", "bad-message", "events[0].kind", "string"},
        {UP, "{\"type\":\"report\",\"events\":[{\"kind\":\"x\",\"a\":[]}]}", "bad-message", "events[0].a", "number"},
        {UP, "{\"type\":\"report\",\"events\":[{\"kind\":\"x\"},{\"kind\":\"x\",\"a\":{}}]}", "bad-message",
         "events[1].a", "number"},
        {UP, "{\"type\":\"report\",\"events\":[{\"kind\":\"x\",\"target\":\"\"}]}", "bad-message", "events[0].target",
         "1 to 32"},
        {UP, "{\"type\":\"join\",\"room\":null,\"name\":\"x\"}", "bad-message", "room", "characters"},
        {UP,
         "{\"type\":\"offer\",\"target\":\"p2\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[" SEND "," SEND "," SEND
         "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "," SEND "]}",
         "bad-message", "sends", "13 objects"},
        {UP, "{\"type\":\"ping\",\"id\":-1}", "bad-message", "id", "integer"},
        {DOWN, "{\"type\":\"speakers\",\"participants\":7}", "bad-message", "participants", "ids"},
        {DOWN, "{\"type\":\"encodings\",\"source\":\"camera\",\"active\":[]}", "bad-message", "active", "booleans"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct refusal error;
        enum message_type type;
        json_t *message;
        if (message_parse(&message, &type, rows[i].direction, rows[i].text, strlen(rows[i].text), &error) == 0)
            fail_msg("accepted: %s", rows[i].text);
        assert_null(message);
        if (strcmp(error.code, rows[i].code) != 0 || strcmp(error.field, rows[i].field) != 0 ||
            strstr(error.expected, rows[i].expected) == NULL)
            fail_msg("%s: %s, field %s, expected %s", rows[i].text, error.code, error.field, error.expected);
    }
}

/* Languages that write optional values as null. */
static void null_is_absent(void **state)
{
    static const char *const rows[] = {
        "{\"type\":\"join\",\"room\":\"r\",\"name\":\"x\",\"resume\":null,\"token\":null}",
        "{\"type\":\"join\",\"room\":\"r\",\"name\":\"x\",\"topology\":null,\"capabilities\":null}",
        "{\"type\":\"join\",\"room\":\"r\",\"name\":\"x\",\"capabilities\":{\"mesh\":null,\"uplink_bps\":null}}",
        "{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\",\"mid\":null}",
        "{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[],\"receives\":null}",
        "{\"type\":\"report\",\"events\":[{\"kind\":\"x\",\"target\":null,\"ms\":null}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct refusal error;
        enum message_type type;
        json_t *message;
        if (message_parse(&message, &type, UP, rows[i], strlen(rows[i]), &error) < 0)
            fail_msg("%s: %s, expected %s", rows[i], error.field, error.expected);
        char *text = json_dumps(message, JSON_COMPACT); /* nobody behind the check meets one */
        assert_null(strstr(text, "null"));
        free(text);
        json_decref(message);
    }
}

/* What a text costs to parse is bounded before it is parsed. */
static void refuses_a_text_of_too_many_values(void **state)
{
    static char text[MESSAGE_SIZE_MAX];
    static const struct {
        const char *start, *each, *end;
        unsigned count;
        const char *code; /* NULL: accepted */
    } rows[] = {
        {"{\"type\":\"leave\",\"a\":[", "{},", "{}]}", 80000, "bad-json"},
        {"{\"type\":\"leave\",\"a\":[", "1,", "1]}", 100000, "bad-json"},
        {"{\"type\":\"leave\",\"a\":[", "1,", "1]}", 8000, NULL},
        {"{\"type\":\"leave\",\"a\":\"", "[{,:", "\"}", 60000, NULL}, /* in a string they are characters */
        {"{\"type\":\"leave\",\"a\":\"\\\"", ",", "\"}", 60000, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct refusal error;
        enum message_type type;
        json_t *message;
        size_t used = (size_t)snprintf(text, sizeof text, "%s", rows[i].start);
        for (unsigned k = 0; k < rows[i].count; k++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", rows[i].each);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", rows[i].end);
        int result = message_parse(&message, &type, UP, text, used, &error);
        if ((result == 0) != (rows[i].code == NULL))
            fail_msg("row %zu: %s %s", i, error.code, error.expected);
        json_decref(message);
    }
}

/* An event of the largest size fits; one byte more does not. */
static void bounds_an_event(void **state)
{
    char text[1024], padding[512];
    (void)state;
    for (int more = 0; more <= 1; more++) {
        struct refusal error;
        enum message_type type;
        json_t *message;
        const size_t frame = sizeof "{\"kind\":\"x\",\"a\":\"\"}" - 1;
        memset(padding, 'x', sizeof padding);
        snprintf(text, sizeof text, "{\"type\":\"report\",\"events\":[{\"kind\":\"x\",\"a\":\"%.*s\"}]}",
                 (int)(MESSAGE_EVENT_BYTES_MAX - frame) + more, padding);
        int result = message_parse(&message, &type, UP, text, strlen(text), &error);
        assert_int_equal(result, more == 0 ? 0 : ERR_INVALID);
        if (more == 1)
            assert_string_equal(error.field, "events[0]");
        json_decref(message);
    }
}

static void counts_characters_not_bytes(void **state)
{
    char text[4096];
    struct refusal error;
    enum message_type type;
    json_t *message;
    (void)state;
    for (int count = 64; count <= 65; count++) {
        size_t used = (size_t)snprintf(text, sizeof text, "{\"type\":\"join\",\"room\":\"r\",\"name\":\"");
        for (int i = 0; i < count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "\xed\x95\x9c");
        used += (size_t)snprintf(text + used, sizeof text - used, "\"}");
        assert_int_equal(message_parse(&message, &type, UP, text, used, &error), count == 64 ? 0 : ERR_INVALID);
        json_decref(message);
    }
}

static void refuses_a_message_over_the_limit(void **state)
{
    size_t length = MESSAGE_SIZE_MAX + 1;
    char *text = malloc(length);
    struct refusal error;
    enum message_type type;
    json_t *message;
    (void)state;
    assert_non_null(text);
    memset(text, ' ', length);
    memcpy(text, "{\"type\":\"leave\"}", 16);
    assert_int_equal(message_parse(&message, &type, UP, text, length, &error), ERR_INVALID);
    assert_int_equal(message_parse(&message, &type, UP, text, length - 1, &error), 0);
    json_decref(message);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_every_message_of_the_protocol),
        cmocka_unit_test(names_the_field_that_is_missing),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(null_is_absent),
        cmocka_unit_test(refuses_a_text_of_too_many_values),
        cmocka_unit_test(bounds_an_event),
        cmocka_unit_test(counts_characters_not_bytes),
        cmocka_unit_test(refuses_a_message_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
