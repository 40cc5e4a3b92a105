/* Commands as they are written: every field comes back, and nothing that is cut short or malformed is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/command.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/wire/media_form.h"

#define ID UINT64_C(0xfedcba9876543210)

static struct media video = {
    .mid = "0123456789abcdef",
    .kind = MEDIA_VIDEO,
    .receive = true,
    .codec_count = 2,
    .codecs = {{.codec = CODEC_H264,
                .payload_type = 127,
                .rtx_payload_type = 97,
                .clock_rate = 90000,
                .channels = 1,
                .profile = 0xfffffffe,
                .nack = true,
                .fir = true,
                .remb = true},
               {.codec = CODEC_VP8,
                .payload_type = 0,
                .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                .clock_rate = 90000,
                .pli = true,
                .transport_cc = true}},
    .extensions = {.id = {1, 255, 3}},
    .extmap_allow_mixed = true,
    .encoding_count = 3,
    .encodings = {{"q", 0, 0}, {"h", 1, 2}, {"f", 0xffffffff, 0xfffffffe}},
};
static struct media audio = {
    .mid = "a",
    .kind = MEDIA_AUDIO,
    .send = true,
    .codec_count = 1,
    .codecs = {{.codec = CODEC_RED,
                .payload_type = 63,
                .rtx_payload_type = 255,
                .clock_rate = 48000,
                .channels = 2,
                .primary_payload_type = 111}},
    .rtcp_reduced_size = true,
    .send_ssrc = 0x89abcdef,
    .send_rtx_ssrc = 0x89abcdee,
    .promoted_payload_type = 111,
};
static struct router_send sends[] = {{"0123456789abcdef", "camera", true}, {"b", "screen", false}};
static struct router_receive receives[] = {{"a", "p7/microphone"}, {"c", ""}};
static struct router_request requests[] = {
    {.mid = "a", .show = "p7/camera", .width = 65535, .height = 1, .priority = 255},
    {.mid = "b", .keeps_show = true, .height = 360},
};

static struct command commands[] = {
    {.type = COMMAND_OPEN, .id = ID, .room = "daily", .participant = "p7"},
    {.type = COMMAND_CONFIGURE,
     .id = ID,
     .setup = {.local = {"abcd", "0123456789abcdef0123456789"},
               .remote = {"efgh", "pwd"},
               .is_dtls_client = true,
               .is_gcm_only = true,
               .sctp_port = 5000,
               .fingerprint_algorithm = "sha-256",
               .fingerprint = "00:11",
               .send_count = 2,
               .sends = sends,
               .receive_count = 2,
               .receives = receives}},
    {.type = COMMAND_CONFIGURE, .id = 1},
    {.type = COMMAND_RELAY_TO, .id = ID, .endpoints = {.count = 3, .numbers = {0, 65535, 7}}},
    {.type = COMMAND_RELAY_TO, .id = ID},
    {.type = COMMAND_CANDIDATE, .id = ID, .candidate = "candidate:1 1 udp 1 192.0.2.1 9 typ host"},
    {.type = COMMAND_MUTE, .id = ID, .source = "microphone", .muted = true},
    {.type = COMMAND_MUTE, .id = ID, .source = "camera"},
    {.type = COMMAND_RECEIVE, .id = ID, .request_count = 2, .requests = requests},
    {.type = COMMAND_RECEIVE, .id = ID},
    {.type = COMMAND_TELL_AGAIN, .id = ID},
    {.type = COMMAND_CLOSE, .id = ID},
    {.type = COMMAND_STATS, .request = ID},
    {.type = COMMAND_STOP},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static int set_up(void **state)
{
    static struct media lines[2];
    (void)state;
    lines[0] = video;
    lines[1] = audio;
    commands[1].setup.media_count = 2;
    commands[1].setup.media = lines;
    return 0;
}

/* In a piece of memory of its size, so that a read beyond its end is seen. The caller frees it. */
static uint8_t *written(const struct command *command, size_t *length)
{
    size_t capacity = command_size(command);
    uint8_t *bytes = mem_alloc(capacity);
    int given = command_write(command, bytes, capacity);
    assert_true(given > 0);
    *length = (size_t)given;
    return mem_resize(bytes, *length, 1);
}

static void lines_are_equal(const struct media *read, const struct media *media)
{
    assert_string_equal(read->mid, media->mid);
    assert_int_equal(read->kind, media->kind);
    assert_int_equal(read->receive, media->receive);
    assert_int_equal(read->send, media->send);
    assert_int_equal(read->codec_count, media->codec_count);
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct media_codec *one = &read->codecs[i], *other = &media->codecs[i];
        assert_int_equal(one->codec, other->codec);
        assert_int_equal(one->payload_type, other->payload_type);
        assert_int_equal(one->rtx_payload_type, other->rtx_payload_type);
        assert_int_equal(one->clock_rate, other->clock_rate);
        assert_int_equal(one->channels, other->channels);
        assert_int_equal(one->profile, other->profile);
        assert_int_equal(one->nack, other->nack);
        assert_int_equal(one->pli, other->pli);
        assert_int_equal(one->fir, other->fir);
        assert_int_equal(one->transport_cc, other->transport_cc);
        assert_int_equal(one->remb, other->remb);
        assert_int_equal(one->primary_payload_type, other->primary_payload_type);
    }
    assert_memory_equal(read->extensions.id, media->extensions.id, sizeof media->extensions.id);
    assert_int_equal(read->extmap_allow_mixed, media->extmap_allow_mixed);
    assert_int_equal(read->rtcp_reduced_size, media->rtcp_reduced_size);
    assert_int_equal(read->encoding_count, media->encoding_count);
    for (size_t i = 0; i < media->encoding_count; i++) {
        assert_string_equal(read->encodings[i].rid, media->encodings[i].rid);
        assert_int_equal(read->encodings[i].ssrc, media->encodings[i].ssrc);
        assert_int_equal(read->encodings[i].rtx_ssrc, media->encodings[i].rtx_ssrc);
    }
    assert_int_equal(read->send_ssrc, media->send_ssrc);
    assert_int_equal(read->send_rtx_ssrc, media->send_rtx_ssrc);
    assert_int_equal(read->promoted_payload_type, media->promoted_payload_type);
}

static void setups_are_equal(const struct connection_setup *read, const struct connection_setup *setup)
{
    assert_string_equal(read->local.ufrag, setup->local.ufrag);
    assert_string_equal(read->local.pwd, setup->local.pwd);
    assert_string_equal(read->remote.ufrag, setup->remote.ufrag);
    assert_string_equal(read->remote.pwd, setup->remote.pwd);
    assert_int_equal(read->is_dtls_client, setup->is_dtls_client);
    assert_int_equal(read->is_gcm_only, setup->is_gcm_only);
    assert_int_equal(read->sctp_port, setup->sctp_port);
    assert_string_equal(read->fingerprint_algorithm, setup->fingerprint_algorithm);
    assert_string_equal(read->fingerprint, setup->fingerprint);
    assert_int_equal(read->media_count, setup->media_count);
    for (size_t i = 0; i < setup->media_count; i++)
        lines_are_equal(&read->media[i], &setup->media[i]);
    assert_int_equal(read->send_count, setup->send_count);
    for (size_t i = 0; i < setup->send_count; i++) {
        assert_string_equal(read->sends[i].mid, setup->sends[i].mid);
        assert_string_equal(read->sends[i].source, setup->sends[i].source);
        assert_int_equal(read->sends[i].muted, setup->sends[i].muted);
    }
    assert_int_equal(read->receive_count, setup->receive_count);
    for (size_t i = 0; i < setup->receive_count; i++) {
        assert_string_equal(read->receives[i].mid, setup->receives[i].mid);
        assert_string_equal(read->receives[i].publication, setup->receives[i].publication);
    }
}

static void requests_are_equal(const struct command *read, const struct command *command)
{
    assert_int_equal(read->request_count, command->request_count);
    for (size_t i = 0; i < command->request_count; i++) {
        const struct router_request *one = &read->requests[i], *other = &command->requests[i];
        assert_string_equal(one->mid, other->mid);
        assert_string_equal(one->show, other->show);
        assert_int_equal(one->width, other->width);
        assert_int_equal(one->height, other->height);
        assert_int_equal(one->priority, other->priority);
        assert_int_equal(one->keeps_show, other->keeps_show);
    }
}

static void every_field_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        struct command read;
        size_t length;
        uint8_t *bytes = written(command, &length);
        assert_int_equal(command_read(&read, bytes, length), 0);
        assert_int_equal(read.type, command->type);
        assert_int_equal(read.id, command->id);
        assert_string_equal(read.room, command->room);
        assert_string_equal(read.participant, command->participant);
        assert_string_equal(read.source, command->source);
        assert_string_equal(read.candidate, command->candidate);
        assert_int_equal(read.muted, command->muted);
        assert_int_equal(read.endpoints.count, command->endpoints.count);
        assert_memory_equal(read.endpoints.numbers, command->endpoints.numbers, sizeof read.endpoints.numbers);
        assert_int_equal(read.request, command->request);
        setups_are_equal(&read.setup, &command->setup);
        requests_are_equal(&read, command);
        command_fini(&read);
        free(bytes);
    }
}

static void what_is_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        struct command read;
        size_t length;
        uint8_t *bytes = written(&commands[i], &length);
        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *piece = mem_alloc(cut);
            memcpy(piece, bytes, cut);
            assert_int_equal(command_read(&read, piece, cut), ERR_TRUNCATED);
            command_fini(&read);
            assert_int_equal(command_write(&commands[i], piece, cut), ERR_NO_SPACE);
            free(piece);
        }
        bytes = mem_resize(bytes, length + 1, 1);
        bytes[length] = 0;
        assert_int_equal(command_read(&read, bytes, length + 1), ERR_INVALID);
        command_fini(&read);
        free(bytes);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t command, at;
        uint8_t value;
        int error;
    } cases[] = {
        {0, 0, COMMAND_VERSION + 1, ERR_UNSUPPORTED}, /* version */
        {0, 1, 0, ERR_UNSUPPORTED},                   /* type */
        {0, 1, 11, ERR_UNSUPPORTED},                  /* type */
        {0, 12, 0, ERR_INVALID},                      /* a NUL in the room's name */
        {3, 10, RELAY_ENDPOINTS_MAX + 1, ERR_INVALID},
        {6, 21, 2, ERR_INVALID}, /* a flag of mute */
        {8, 10, 2, ERR_INVALID}, /* 514 requests */
        {8, 14, 2, ERR_INVALID}, /* a flag of the first request */
        {2, 18, 2, ERR_INVALID}, /* a flag of the setup */
        {2, 19, 2, ERR_INVALID}, /* another */
        {2, 24, 2, ERR_INVALID}, /* 512 m-lines */
        {2, 26, 2, ERR_INVALID}, /* 512 sends */
        {2, 28, 2, ERR_INVALID}, /* 512 receives */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct command read;
        size_t length;
        uint8_t *bytes = written(&commands[cases[i].command], &length);
        bytes[cases[i].at] = cases[i].value;
        int error = command_read(&read, bytes, length);
        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
        command_fini(&read);
        free(bytes);
    }
}

/* As long as every text and list can be. */
static void the_longest_command_fits(void **state)
{
    static struct router_send longest_sends[CONNECTION_MEDIA_MAX];
    static struct router_receive longest_receives[CONNECTION_MEDIA_MAX];
    struct command command = {.type = COMMAND_CONFIGURE, .id = ID}, read;
    struct connection_setup *setup = &command.setup;
    size_t length;
    (void)state;
#define FILL(text) memset(text, 'x', sizeof(text) - 1)
    FILL(setup->local.ufrag);
    FILL(setup->local.pwd);
    setup->remote = setup->local;
    FILL(setup->fingerprint_algorithm);
    FILL(setup->fingerprint);
    setup->media = mem_array(CONNECTION_MEDIA_MAX, sizeof *setup->media);
    setup->sends = longest_sends;
    setup->receives = longest_receives;
    setup->media_count = setup->send_count = setup->receive_count = CONNECTION_MEDIA_MAX;
    for (size_t i = 0; i < CONNECTION_MEDIA_MAX; i++) {
        struct media *line = &setup->media[i];
        *line = video;
        line->codec_count = MEDIA_CODECS_MAX;
        for (size_t k = 0; k < MEDIA_CODECS_MAX; k++)
            line->codecs[k] = video.codecs[0];
        for (size_t k = 0; k < MEDIA_ENCODINGS_MAX; k++)
            FILL(line->encodings[k].rid);
        FILL(longest_sends[i].mid);
        FILL(longest_sends[i].source);
        FILL(longest_receives[i].mid);
        FILL(longest_receives[i].publication);
    }
    uint8_t *bytes = written(&command, &length);
    assert_int_equal(command_read(&read, bytes, length), 0);
    setups_are_equal(&read.setup, setup);
    command_fini(&read);
    free(bytes);
    free(setup->media);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_longest_command_fits),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
