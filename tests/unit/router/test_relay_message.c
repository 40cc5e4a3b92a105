/* Messages between cores as they are written: every field comes back, and nothing that is cut short or malformed is
 * read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/relay/relay_message.h"
#include "router/relay/relay_state.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define PUBLISHER UINT64_C(0xfedcba9876543210)

static const uint8_t packet[] = {0x80, 96, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xaa};

static const struct relay_message messages[] = {
    {.kind = RELAY_PUBLISHER, .publisher = PUBLISHER, .body = {packet, sizeof packet}},
    {.kind = RELAY_GONE, .publisher = PUBLISHER},
    {.kind = RELAY_MEDIA,
     .publisher = PUBLISHER,
     .body = {packet, sizeof packet},
     .mid = "v",
     .encoding = 2,
     .ssrc = 0x89abcdef,
     .is_retransmission = true},
    {.kind = RELAY_MEDIA, .publisher = 1, .body = {packet, 1}, .mid = "0123456789abcdef", .ssrc = 1},
    {.kind = RELAY_REPORT,
     .publisher = PUBLISHER,
     .mid = "a",
     .encoding = 1,
     .ssrc = 0x89abcdef,
     .report = {.ssrc = 0x89abcdef,
                .ntp = UINT64_C(0xe90000011234abcd),
                .rtp_timestamp = 0xfffffffe,
                .packets = 0x80000001,
                .bytes = 0x90000002},
     .report_wall_us = INT64_C(4294967295000000)},
    {.kind = RELAY_DATA, .publisher = PUBLISHER, .body = {packet, sizeof packet}},
    {.kind = RELAY_KEYFRAME, .publisher = PUBLISHER, .mid = "v", .encoding = 1, .ssrc = 77},
    {.kind = RELAY_REQUEST, .publisher = PUBLISHER, .mid = "v", .asked = 5, .slots = 40000},
};

/* In a piece of memory of its size, so that a read beyond its end is seen. The caller frees it. */
static uint8_t *written(const struct relay_message *message, size_t *length)
{
    uint8_t head[RELAY_HEAD_MAX];
    int head_length = relay_message_write(message, head, sizeof head);
    assert_true(head_length > 0);
    *length = (size_t)head_length + message->body.length;
    uint8_t *bytes = mem_alloc(*length);
    memcpy(bytes, head, (size_t)head_length);
    if (message->body.length > 0)
        memcpy(bytes + head_length, message->body.data, message->body.length);
    return bytes;
}

static void every_field_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const struct relay_message *message = &messages[i];
        struct relay_message read;
        size_t length;
        uint8_t *bytes = written(message, &length);
        assert_int_equal(relay_message_read(&read, bytes, length), 0);
        assert_int_equal(read.kind, message->kind);
        assert_int_equal(read.publisher, message->publisher);
        assert_int_equal(read.body.length, message->body.length);
        if (read.body.length > 0) {
            assert_ptr_equal(read.body.data, bytes + length - read.body.length); /* not copied */
            assert_memory_equal(read.body.data, message->body.data, read.body.length);
        }
        assert_string_equal(read.mid, message->mid);
        assert_int_equal(read.encoding, message->encoding);
        assert_int_equal(read.ssrc, message->ssrc);
        assert_int_equal(read.is_retransmission, message->is_retransmission);
        assert_int_equal(read.report.ssrc, message->report.ssrc);
        assert_int_equal(read.report.ntp, message->report.ntp);
        assert_int_equal(read.report.rtp_timestamp, message->report.rtp_timestamp);
        assert_int_equal(read.report.packets, message->report.packets);
        assert_int_equal(read.report.bytes, message->report.bytes);
        assert_int_equal(read.report_wall_us, message->report_wall_us);
        assert_int_equal(read.asked, message->asked);
        assert_int_equal(read.slots, message->slots);
        free(bytes);
    }
}

static void what_is_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct relay_message read;
        size_t length;
        uint8_t *bytes = written(&messages[i], &length);
        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *piece = malloc(cut > 0 ? cut : 1);
            memcpy(piece, bytes, cut);
            assert_int_equal(relay_message_read(&read, piece, cut), ERR_TRUNCATED);
            free(piece);
        }
        uint8_t *longer = mem_alloc(length + 1);
        memcpy(longer, bytes, length);
        assert_int_equal(relay_message_read(&read, longer, length + 1), ERR_INVALID);
        free(longer);
        uint8_t head[RELAY_HEAD_MAX];
        for (size_t room = 0; room < length - messages[i].body.length; room++)
            assert_int_equal(relay_message_write(&messages[i], head, room), ERR_NO_SPACE);
        free(bytes);
    }
}

/* Of the media message above: version 0, kind 1, publisher 2, mid 10 and 11, encoding 12, SSRC 13, flags 17, length
 * 18. */
static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {0, 0, ERR_UNSUPPORTED},
        {0, RELAY_VERSION + 1, ERR_UNSUPPORTED},
        {1, 0, ERR_UNSUPPORTED},
        {1, RELAY_DATA + 1, ERR_UNSUPPORTED},
        {10, 255, ERR_TRUNCATED},
        {11, 0, ERR_INVALID},
        {12, MEDIA_ENCODINGS_MAX, ERR_INVALID},
        {17, 2, ERR_INVALID},
        {18, 1, ERR_TRUNCATED},
        {19, sizeof packet - 1, ERR_INVALID},
    };
    struct relay_message read;
    size_t length;
    (void)state;
    uint8_t *bytes = written(&messages[2], &length);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t before = bytes[rows[i].at];
        bytes[rows[i].at] = rows[i].value;
        int error = relay_message_read(&read, bytes, length);
        if (error != rows[i].error)
            fail_msg("row %zu: %d", i, error);
        bytes[rows[i].at] = before;
    }
    /* a mid that is too long, and all that belongs behind it */
    uint8_t keyframe[10 + 1 + 17 + 1 + 4];
    memset(keyframe, 'm', sizeof keyframe);
    memcpy(keyframe, (const uint8_t[]){RELAY_VERSION, RELAY_KEYFRAME}, 2);
    keyframe[10] = 17;
    keyframe[28] = 0;
    assert_int_equal(relay_message_read(&read, keyframe, sizeof keyframe), ERR_INVALID);
    memset(bytes + 13, 0, 4);
    assert_int_equal(relay_message_read(&read, bytes, length), ERR_INVALID);
    free(bytes);
    static const int64_t walls[] = {-1, INT64_MIN, INT64_C(4294967295000001), INT64_MAX};
    for (size_t i = 0; i < sizeof walls / sizeof walls[0]; i++) {
        const struct relay_message report = {.kind = RELAY_REPORT, .mid = "v", .ssrc = 1, .report_wall_us = walls[i]};
        bytes = written(&report, &length);
        assert_int_equal(relay_message_read(&read, bytes, length), ERR_INVALID);
        free(bytes);
    }
    const struct relay_message request = {.kind = RELAY_REQUEST, .mid = "v", .asked = 1u << MEDIA_ENCODINGS_MAX};
    bytes = written(&request, &length);
    assert_int_equal(relay_message_read(&read, bytes, length), ERR_INVALID);
    free(bytes);
}

static void the_head_of_media_is_small(void **state)
{
    uint8_t head[RELAY_HEAD_MAX];
    (void)state;
    assert_int_equal(relay_message_write(&messages[2], head, sizeof head), 20);
}

/* States */

static void fill_codec(struct media_codec *codec, enum media_kind kind, size_t i)
{
    *codec = (struct media_codec){.codec = kind == MEDIA_VIDEO ? CODEC_VP9 : CODEC_RED,
                                  .payload_type = (uint8_t)(96 + i),
                                  .rtx_payload_type = i % 2 == 0 ? MEDIA_PAYLOAD_TYPE_NONE : (uint8_t)i,
                                  .clock_rate = kind == MEDIA_VIDEO ? 90000 : 48000,
                                  .channels = 2,
                                  .profile = 0x80000000u + (uint32_t)i,
                                  .nack = i % 5 == 0,
                                  .pli = i % 5 == 1,
                                  .fir = i % 5 == 2,
                                  .transport_cc = i % 5 == 3,
                                  .remb = i % 5 == 4,
                                  .primary_payload_type = (uint8_t)(i + 1)};
}

/* As large as it can be. */
static void fill(struct relay_state *state)
{
    memset(state, 0, sizeof *state);
    memset(state->room, 'r', ROOM_NAME_MAX);
    memset(state->participant, 'i', PARTICIPANT_ID_MAX);
    state->publication_count = RELAY_PUBLICATIONS_MAX;
    for (size_t i = 0; i < RELAY_PUBLICATIONS_MAX; i++) {
        struct relay_publication *publication = &state->publications[i];
        struct media *media = &publication->media;
        memset(publication->source, 'a' + (int)i, SOURCE_MAX);
        publication->muted = i % 2 == 0;
        memset(media->mid, 'a' + (int)i, MEDIA_MID_MAX);
        media->kind = i % 3 == 0 ? MEDIA_AUDIO : MEDIA_VIDEO;
        media->receive = true;
        media->extmap_allow_mixed = i % 4 == 1;
        media->rtcp_reduced_size = i % 4 == 2;
        media->codec_count = MEDIA_CODECS_MAX;
        for (size_t j = 0; j < MEDIA_CODECS_MAX; j++)
            fill_codec(&media->codecs[j], media->kind, j);
        for (size_t j = 0; j < EXTENSION_COUNT; j++)
            media->extensions.id[j] = (uint8_t)(255 - j - i);
        media->encoding_count = MEDIA_ENCODINGS_MAX;
        for (size_t j = 0; j < MEDIA_ENCODINGS_MAX; j++) {
            memset(media->encodings[j].rid, 'x' + (int)j, MEDIA_RID_MAX);
            media->encodings[j].ssrc = 0xf0000000u + (uint32_t)(i * 10 + j);
            media->encodings[j].rtx_ssrc = 0xe0000000u + (uint32_t)(i * 10 + j);
        }
    }
}

static void assert_same_media(const struct media *a, const struct media *b)
{
    assert_string_equal(a->mid, b->mid);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->receive, b->receive);
    assert_int_equal(a->send, b->send);
    assert_int_equal(a->extmap_allow_mixed, b->extmap_allow_mixed);
    assert_int_equal(a->rtcp_reduced_size, b->rtcp_reduced_size);
    assert_memory_equal(a->extensions.id, b->extensions.id, sizeof a->extensions.id);
    assert_int_equal(a->codec_count, b->codec_count);
    for (size_t i = 0; i < a->codec_count; i++) {
        const struct media_codec *c = &a->codecs[i], *d = &b->codecs[i];
        assert_int_equal(c->codec, d->codec);
        assert_int_equal(c->payload_type, d->payload_type);
        assert_int_equal(c->rtx_payload_type, d->rtx_payload_type);
        assert_int_equal(c->clock_rate, d->clock_rate);
        assert_int_equal(c->channels, d->channels);
        assert_int_equal(c->profile, d->profile);
        assert_int_equal(c->nack, d->nack);
        assert_int_equal(c->pli, d->pli);
        assert_int_equal(c->fir, d->fir);
        assert_int_equal(c->transport_cc, d->transport_cc);
        assert_int_equal(c->remb, d->remb);
        assert_int_equal(c->primary_payload_type, d->primary_payload_type);
    }
    assert_int_equal(a->encoding_count, b->encoding_count);
    for (size_t i = 0; i < a->encoding_count; i++) {
        assert_string_equal(a->encodings[i].rid, b->encodings[i].rid);
        assert_int_equal(a->encodings[i].ssrc, b->encodings[i].ssrc);
        assert_int_equal(a->encodings[i].rtx_ssrc, b->encodings[i].rtx_ssrc);
    }
    assert_int_equal(a->send_ssrc + a->send_rtx_ssrc + a->promoted_payload_type, 0);
}

struct states {
    struct relay_state given, read;
    uint8_t bytes[RELAY_STATE_MAX];
};

static int set_up(void **state)
{
    struct states *states = mem_alloc(sizeof *states);
    fill(&states->given);
    *state = states;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void the_largest_state_comes_back(void **state)
{
    struct states *states = *state;
    int length = relay_state_write(&states->given, states->bytes, sizeof states->bytes);
    assert_true(length > 0);
    memset(&states->read, 0xee, sizeof states->read); /* the SSRCs for sending are not told */
    assert_int_equal(relay_state_read(&states->read, states->bytes, (size_t)length), 0);
    assert_string_equal(states->read.room, states->given.room);
    assert_string_equal(states->read.participant, states->given.participant);
    assert_int_equal(states->read.publication_count, RELAY_PUBLICATIONS_MAX);
    for (size_t i = 0; i < RELAY_PUBLICATIONS_MAX; i++) {
        assert_string_equal(states->read.publications[i].source, states->given.publications[i].source);
        assert_int_equal(states->read.publications[i].muted, states->given.publications[i].muted);
        assert_same_media(&states->read.publications[i].media, &states->given.publications[i].media);
    }
    for (int room = 0; room < length; room += room < 300 ? 1 : 37)
        assert_int_equal(relay_state_write(&states->given, states->bytes, (size_t)room), ERR_NO_SPACE);
}

static void a_state_that_is_cut_short_is_refused(void **state)
{
    struct states *states = *state;
    states->given.publication_count = 2;
    int length = relay_state_write(&states->given, states->bytes, sizeof states->bytes);
    assert_true(length > 0);
    for (size_t cut = 0; cut < (size_t)length; cut++) {
        uint8_t *piece = malloc(cut > 0 ? cut : 1);
        memcpy(piece, states->bytes, cut);
        assert_int_equal(relay_state_read(&states->read, piece, cut), ERR_TRUNCATED);
        free(piece);
    }
    states->bytes[length] = 0;
    assert_int_equal(relay_state_read(&states->read, states->bytes, (size_t)length + 1), ERR_INVALID);
}

static void no_name(struct relay_state *state)
{
    state->participant[0] = '\0';
}
static void no_source(struct relay_state *state)
{
    state->publications[0].source[0] = '\0';
}
static void no_mid(struct relay_state *state)
{
    state->publications[1].media.mid[0] = '\0';
}
static void one_source_twice(struct relay_state *state)
{
    memcpy(state->publications[2].source, state->publications[0].source, SOURCE_MAX);
}
static void one_mid_twice(struct relay_state *state)
{
    memcpy(state->publications[1].media.mid, state->publications[0].media.mid, MEDIA_MID_MAX);
}
static void no_codec(struct relay_state *state)
{
    state->publications[0].media.codecs[3].codec = CODEC_NONE;
}
static void rtx_as_media(struct relay_state *state)
{
    state->publications[0].media.codecs[3].codec = CODEC_RTX;
}
static void a_codec_of_another_kind(struct relay_state *state)
{
    state->publications[0].media.codecs[0].codec = CODEC_VP8;
}
static void a_codec_that_is_none(struct relay_state *state)
{
    state->publications[0].media.codecs[0].codec = (enum codec)255;
}
static void a_clock_that_stands(struct relay_state *state)
{
    state->publications[0].media.codecs[0].clock_rate = 0;
}
static void a_payload_type_of_rtcp(struct relay_state *state)
{
    state->publications[0].media.codecs[0].payload_type = 200;
}
static void an_rtx_payload_type_that_is_none(struct relay_state *state)
{
    state->publications[0].media.codecs[0].rtx_payload_type = 128;
}
static void a_payload_type_inside_that_is_none(struct relay_state *state)
{
    state->publications[0].media.codecs[0].primary_payload_type = 128;
}

static void a_state_that_cannot_be_is_refused(void **state)
{
    static void (*const spoil[])(struct relay_state *) = {
        no_name,
        no_source,
        no_mid,
        one_source_twice,
        one_mid_twice,
        no_codec,
        rtx_as_media,
        a_codec_of_another_kind,
        a_codec_that_is_none,
        a_clock_that_stands,
        a_payload_type_of_rtcp,
        an_rtx_payload_type_that_is_none,
        a_payload_type_inside_that_is_none,
    };
    struct states *states = *state;
    for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
        fill(&states->given);
        spoil[i](&states->given);
        int length = relay_state_write(&states->given, states->bytes, sizeof states->bytes);
        assert_true(length > 0);
        int error = relay_state_read(&states->read, states->bytes, (size_t)length);
        if (error != ERR_INVALID)
            fail_msg("row %zu: %d", i, error);
    }
}

/* Room and participant are empty texts but for one letter each, then come the count, source and flags. */
static void numbers_that_cannot_be_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        {1, 0},                          /* a NUL in a text */
        {4, RELAY_PUBLICATIONS_MAX + 1}, /* publications */
        {7, 2},                          /* flags of a publication */
        {10, 8},                         /* of an m-line */
        {11, MEDIA_CODECS_MAX + 1},      /* codecs */
        {24, 32},                        /* flags of a codec */
        {26, EXTENSION_COUNT + 1},       /* extensions */
        {27 + EXTENSION_COUNT, MEDIA_ENCODINGS_MAX + 1},
    };
    struct states *states = *state;
    states->given = (struct relay_state){.room = "r", .participant = "p", .publication_count = 1};
    struct relay_publication *publication = &states->given.publications[0];
    *publication = (struct relay_publication){.source = "s", .media = {.mid = "m", .codec_count = 1}};
    publication->media.codecs[0] = (struct media_codec){.codec = CODEC_OPUS, .payload_type = 111, .clock_rate = 48000};
    int length = relay_state_write(&states->given, states->bytes, sizeof states->bytes);
    assert_int_equal(length, 28 + EXTENSION_COUNT);
    assert_int_equal(relay_state_read(&states->read, states->bytes, (size_t)length), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t before = states->bytes[rows[i].at];
        states->bytes[rows[i].at] = rows[i].value;
        int error = relay_state_read(&states->read, states->bytes, (size_t)length);
        if (error != ERR_INVALID)
            fail_msg("row %zu: %d", i, error);
        states->bytes[rows[i].at] = before;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_head_of_media_is_small),
        cmocka_unit_test_setup_teardown(the_largest_state_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_that_is_cut_short_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_that_cannot_be_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_that_cannot_be_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
