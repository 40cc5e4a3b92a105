/* Encrypted rooms: all in them encrypt, or none, and a mixer has no place there. */
#include "signaling/room/room.h"
#include "signaling/room/room_encryption.h"
#include "signaling/room/room_recording.h"
#include "signaling/room/room_topology.h"
#include "tests/unit/signaling/room_fixture.h"

static const char *come(struct room_participant **out, unsigned session, struct join join)
{
    struct refusal refusal = {.code = NULL};
    join.room = "daily";
    join.name = "somebody";
    join.may = joins_with;
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    *out = rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, 0, &refusal);
    assert_int_equal(refusal.end, *out == NULL ? REFUSAL_ENDS : REFUSAL_GOES_ON);
    return refusal.code;
}

static void who_does_not_encrypt_is_refused(void **state)
{
    (void)state;
    struct room_participant *first, *other;
    start(4);
    assert_null(come(&first, 0, (struct join){.is_encrypted = true}));
    json_t *joined = next(0, "joined");
    assert_true(json_is_true(json_object_get(joined, "encrypted")));
    json_decref(joined);
    assert_string_equal(come(&other, 1, (struct join){.is_encrypted = false}), "encrypted");
    assert_string_equal(come(&other, 1, (struct join){.kind = ROOM_PARTICIPANT_INGEST}), "encrypted");
    assert_string_equal(come(&other, 1, (struct join){.kind = ROOM_PARTICIPANT_VIEWER}), "encrypted");
    assert_string_equal(come(&other, 1, (struct join){.kind = ROOM_PARTICIPANT_SERVICE}), "encrypted");
    assert_null(come(&other, 1, (struct join){.is_encrypted = true}));
    finish();
}

static void who_encrypts_alone_is_refused(void **state)
{
    (void)state;
    struct room_participant *first, *other;
    start(4);
    assert_null(come(&first, 0, (struct join){.is_encrypted = false}));
    assert_string_equal(come(&other, 1, (struct join){.is_encrypted = true}), "not-encrypted");
    finish();
}

static void an_encrypted_room_has_no_mixer(void **state)
{
    (void)state;
    struct room_participant *first;
    struct refusal refusal = {.code = NULL};
    start(4);
    assert_string_equal(come(&first, 0, (struct join){.is_encrypted = true, .topology = PIN_MCU}), "encrypted");
    assert_null(come(&first, 0, (struct join){.is_encrypted = true}));
    assert_false(room_participant_pin(first, PIN_MCU, 0, &refusal));
    assert_string_equal(refusal.code, "encrypted");
    assert_int_equal(first->room->pin, PIN_AUTO);
    assert_true(room_participant_pin(first, PIN_SFU, 0, &refusal));
    finish();
}

static void an_encrypted_room_is_not_recorded_by_the_server(void **state)
{
    (void)state;
    struct room_participant *first;
    struct refusal refusal = {.code = NULL};
    start(4);
    rooms->config.can_record = true;
    assert_null(come(&first, 0, (struct join){.is_encrypted = true}));
    assert_false(room_record(first->room, true, 0, &refusal));
    assert_string_equal(refusal.code, "encrypted");
    assert_false(room_wants_recorder(first->room));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_encrypt_is_refused),
        cmocka_unit_test(who_encrypts_alone_is_refused),
        cmocka_unit_test(an_encrypted_room_has_no_mixer),
        cmocka_unit_test(an_encrypted_room_is_not_recorded_by_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
