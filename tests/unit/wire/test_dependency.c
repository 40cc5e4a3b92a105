#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/wire/dependency.h"

/* Writes a descriptor bit by bit. */
struct writer {
    uint8_t data[64];
    size_t at;
};

static void put(struct writer *writer, unsigned value, unsigned count)
{
    for (; count > 0; count--, writer->at++)
        if (value >> (count - 1) & 1u)
            writer->data[writer->at / 8] |= (uint8_t)(0x80 >> writer->at % 8);
}

static void put_text(struct writer *writer, const char *bits)
{
    for (; *bits != '\0'; bits++)
        if (*bits != ' ')
            put(writer, *bits == '1', 1);
}

static size_t length_of(const struct writer *writer)
{
    return (writer->at + 7) / 8;
}

static void put_mandatory(struct writer *writer, const char *ends, unsigned template_id, unsigned frame_number)
{
    put_text(writer, ends);
    put(writer, template_id, 6);
    put(writer, frame_number, 16);
}

/* Two spatial layers of two temporal ones; the templates' ids begin at 62, so that they wrap. */
static size_t make_keyframe(struct writer *writer)
{
    put_mandatory(writer, "10", 62, 0xfffe);
    put_text(writer, "1 0 0 0 0");
    put(writer, 62, 6);
    put(writer, 3, 5);               /* four decode targets */
    put_text(writer, "01 10 01 11"); /* S0T0, S0T1, S1T0, S1T1 */
    put_text(writer, "10 10 10 10"); /* S0T0: switch for S0T0, S0T1, S1T0, S1T1 */
    put_text(writer, "00 01 00 11"); /* S0T1: - discardable - required */
    put_text(writer, "00 00 10 10");
    put_text(writer, "00 00 00 10");
    put_text(writer, "0  1 0001 0  1 0001 1 0010 0  0"); /* references */
    put_text(writer, "10");                              /* ns(5) = 2 chains */
    put_text(writer, "0 0 1 1");
    for (unsigned i = 0; i < 8; i++)
        put(writer, i, 4);
    put(writer, 1, 1);
    put(writer, 319, 16);
    put(writer, 179, 16);
    put(writer, 639, 16);
    put(writer, 359, 16);
    return length_of(writer);
}

static void a_keyframe_brings_the_structure(void **state)
{
    struct dependency_structure structure = {0};
    struct dependency frame;
    struct writer writer = {0};
    (void)state;
    size_t length = make_keyframe(&writer);
    assert_int_equal(dependency_parse(&frame, &structure, writer.data, length), 0);
    assert_true(frame.start && !frame.end && frame.has_structure);
    assert_int_equal(frame.frame_number, 0xfffe);
    assert_int_equal(frame.spatial_id, 0);
    assert_int_equal(frame.temporal_id, 0);
    assert_int_equal(frame.sync_temporal, 1);
    assert_int_equal(structure.template_count, 4);
    assert_int_equal(structure.target_count, 4);
    assert_int_equal(structure.chain_count, 2);
    assert_int_equal(structure.spatial_count, 2);
    assert_int_equal(structure.width, 640);
    assert_int_equal(structure.height, 360);
}

static void later_frames_refer_to_it(void **state)
{
    static const struct {
        const char *name;
        const char *ends;
        unsigned template_id;
        const char *rest;
        struct dependency expected;
    } cases[] = {
        {"mandatory fields only", "11", 63, "", {.start = true, .end = true, .temporal_id = 1}},
        {"ids wrap", "10", 0, "", {.start = true, .spatial_id = 1, .sync_temporal = 1}},
        {"the last template", "01", 1, "", {.end = true, .spatial_id = 1, .temporal_id = 1, .sync_temporal = 1}},
        {"own indications", "10", 63, "00100 00 10 00 11", {.start = true, .temporal_id = 1, .sync_temporal = 1}},
        {"active targets first",
         "10",
         63,
         "01100 1100 00 10 00 11",
         {.start = true, .temporal_id = 1, .sync_temporal = 1}},
        {"required is no place to enter", "10", 62, "00100 10 11 10 10", {.start = true}},
    };
    struct dependency_structure structure = {0};
    struct dependency frame;
    struct writer keyframe = {0};
    (void)state;
    size_t length = make_keyframe(&keyframe);
    assert_int_equal(dependency_parse(&frame, &structure, keyframe.data, length), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct writer writer = {0};
        print_message("%s\n", cases[i].name);
        put_mandatory(&writer, cases[i].ends, cases[i].template_id, 7);
        put_text(&writer, cases[i].rest);
        assert_int_equal(dependency_parse(&frame, &structure, writer.data, length_of(&writer)), 0);
        assert_int_equal(frame.start, cases[i].expected.start);
        assert_int_equal(frame.end, cases[i].expected.end);
        assert_false(frame.has_structure);
        assert_int_equal(frame.frame_number, 7);
        assert_int_equal(frame.spatial_id, cases[i].expected.spatial_id);
        assert_int_equal(frame.temporal_id, cases[i].expected.temporal_id);
        assert_int_equal(frame.sync_temporal, cases[i].expected.sync_temporal);
    }
}

static void what_is_cut_or_unknown_is_refused_and_changes_nothing(void **state)
{
    struct dependency_structure structure = {0}, before;
    struct dependency frame;
    struct writer writer = {0}, stranger = {0};
    (void)state;
    size_t length = make_keyframe(&writer);
    put_mandatory(&stranger, "10", 5, 1);
    assert_int_equal(dependency_parse(&frame, &structure, stranger.data, 3), ERR_NOT_FOUND);
    assert_int_equal(dependency_parse(&frame, &structure, writer.data, length), 0);
    assert_int_equal(dependency_parse(&frame, &structure, stranger.data, 3), ERR_NOT_FOUND);
    before = structure;
    writer.data[5] ^= 0xff; /* other layers than before */
    for (size_t cut = 0; cut < length; cut++) {
        int error = dependency_parse(&frame, &structure, writer.data, cut);
        assert_true(error != 0 || cut == 3);
        assert_memory_equal(&structure, &before, sizeof before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_keyframe_brings_the_structure),
        cmocka_unit_test(later_frames_refer_to_it),
        cmocka_unit_test(what_is_cut_or_unknown_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
