/* SSRCs that come back: after a BYE, after another SSRC had their encoding, after an offer that moves them; and those
 * that change in mid-call. None of the packets carries a mid unless a row says so, and two m-lines share their payload
 * types, so only the SSRC tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/publisher.h"
#include "transport/base/error.h"
#include "transport/wire/rtcp.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define STEPS_MAX 10
enum { VP8 = 96, RTX = 97, ID_MID = 1, ID_RID = 2, ID_OTHER_MID = 5 };

struct fixture {
    struct router *router;
    struct participant *publisher;
    struct media lines[2];
    uint16_t sequence;
    usec_t now;
};

static struct fixture set_up(void)
{
    struct fixture f = {.now = USEC_PER_SEC};
    f.router = router_new(&(struct router_config){0}, 5);
    assert_int_equal(router_join(f.router, &f.publisher, "room", "p", 1, f.now), 0);
    for (int i = 0; i < 2; i++) {
        f.lines[i] = (struct media){.kind = MEDIA_VIDEO, .receive = true, .codec_count = 1, .encoding_count = 1};
        snprintf(f.lines[i].mid, sizeof f.lines[i].mid, "%c", "ab"[i]);
        f.lines[i].codecs[0] = (struct media_codec){
            .codec = CODEC_VP8, .payload_type = VP8, .rtx_payload_type = RTX, .clock_rate = 90000, .nack = true};
        f.lines[i].extensions.id[EXTENSION_MID] = ID_MID;
        f.lines[i].extensions.id[EXTENSION_RID] = ID_RID;
    }
    return f;
}

/* Digits are SSRCs: of line a, of line b; 0 is none. RTX has ten times the number. */
static void offer(struct fixture *f, const char *ssrcs)
{
    static const struct router_send sends[] = {{"a", "camera", false}, {"b", "screen", false}};
    for (int i = 0; i < 2; i++) {
        uint32_t ssrc = (uint32_t)(ssrcs[i] - '0');
        f->lines[i].encodings[0] = (struct media_encoding){.ssrc = ssrc, .rtx_ssrc = ssrc * 10};
    }
    participant_configure(f->publisher, f->lines, 2, sends, 2, NULL, 0, f->now);
}

/* Line a in two encodings whose SSRCs only their packets tell. */
static void offer_simulcast(struct fixture *f)
{
    offer(f, "00");
    f->lines[0].encoding_count = 2;
    for (int i = 0; i < 2; i++)
        snprintf(f->lines[0].encodings[i].rid, sizeof f->lines[0].encodings[i].rid, "%c", "qh"[i]);
    participant_configure(f->publisher, f->lines, 1, (const struct router_send[]){{"a", "camera", false}}, 1, NULL, 0,
                          f->now);
}

static int send(struct fixture *f, uint32_t ssrc, uint8_t payload_type, const char *mid, const char *rid)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet = {.payload_type = payload_type,
                                            .sequence = ++f->sequence,
                                            .ssrc = ssrc,
                                            .ids = f->lines[0].extensions,
                                            .mid = mid,
                                            .rid = rid,
                                            .is_vp8 = true,
                                            .vp8 = {.is_start = true, .has_picture = true, .picture = 1}};
    return participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now);
}

static void say_bye(struct fixture *f, uint32_t ssrc)
{
    uint8_t data[8];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_bye(&writer, ssrc);
    assert_int_equal(participant_rtcp(f->publisher, data, writer.length, f->now, WALL), 0);
}

static uint64_t packets_of(const struct fixture *f, const char *id)
{
    struct publication_stats stats[2];
    size_t count = participant_publications(f->publisher, stats, 2);
    for (size_t i = 0; i < count; i++)
        if (strcmp(stats[i].id, id) == 0)
            return stats[i].packets;
    return 0;
}

/* "a 1": SSRC 1 arrives as line a's, "- 1": as nobody's, "a mid 3": with a mid, "a held 3": likewise, but while another
 * SSRC is alive there; "rid q 3": with line a's mid and a rid. */
static void take_media(struct fixture *f, const char *step)
{
    uint64_t before[2] = {packets_of(f, "p/camera"), packets_of(f, "p/screen")};
    unsigned ssrc = 0;
    char mid[2] = {step[0], '\0'}, rid[2] = {'\0', '\0'};
    bool has_rid = sscanf(step, "rid %c %u", rid, &ssrc) == 2, is_held = strstr(step, "held") != NULL;
    bool has_mid = has_rid || sscanf(step + 1, " mid %u", &ssrc) == 1 || sscanf(step + 1, " held %u", &ssrc) == 1;
    if (has_rid)
        mid[0] = 'a';
    assert_true(has_mid || sscanf(step + 1, " %u", &ssrc) == 1);
    int error = send(f, ssrc, VP8, has_mid ? mid : NULL, has_rid ? rid : NULL);
    assert_int_equal(error, mid[0] == '-' || is_held ? ERR_NOT_FOUND : 0);
    assert_int_equal(packets_of(f, "p/camera") - before[0], mid[0] == 'a' && !is_held);
    assert_int_equal(packets_of(f, "p/screen") - before[1], mid[0] == 'b' && !is_held);
}

/* One step: media as above, "offer 12", "bye 1", "quiet", "rtx 10": RTX that has an encoding, "rtx a 10": with a mid,
 * "ids": the mid extension gets another id. */
static void take_step(struct fixture *f, const char *step)
{
    unsigned ssrc = 0;
    char mid[2] = {'\0', '\0'};
    if (strcmp(step, "quiet") == 0) {
        f->now += 600 * MS;
    } else if (strcmp(step, "ids") == 0) {
        f->lines[0].extensions.id[EXTENSION_MID] = f->lines[1].extensions.id[EXTENSION_MID] = ID_OTHER_MID;
    } else if (strncmp(step, "offer ", 6) == 0) {
        offer(f, step + 6);
    } else if (sscanf(step, "bye %u", &ssrc) == 1) {
        say_bye(f, ssrc);
    } else if (strcmp(step, "simulcast") == 0) {
        offer_simulcast(f);
    } else if (sscanf(step, "rtx %1[ab] %u", mid, &ssrc) == 2) {
        assert_int_not_equal(send(f, ssrc, RTX, mid, NULL), ERR_NOT_FOUND);
    } else if (sscanf(step, "rtx %u", &ssrc) == 1) {
        assert_int_not_equal(send(f, ssrc, RTX, NULL, NULL), ERR_NOT_FOUND);
    } else {
        take_media(f, step);
    }
}

static const struct {
    const char *name, *steps[STEPS_MAX];
} cases[] = {
    {"announced, BYE, media again", {"offer 12", "a 1", "b 2", "bye 1", "a 1", "b 2"}},
    {"announced, BYE, the same offer again", {"offer 12", "a 1", "bye 1", "offer 12", "a 1"}},
    {"RTX after a BYE", {"offer 12", "a 1", "bye 1", "rtx 10", "a 1", "rtx 10"}},
    {"RTX after a BYE and an offer", {"offer 12", "a 1", "bye 1", "offer 12", "rtx 10", "rtx 20"}},
    {"learnt by mid, BYE, again without", {"offer 00", "a mid 3", "b mid 4", "bye 3", "a 3", "b 4"}},
    {"learnt, BYE, another line's mid", {"offer 00", "a mid 3", "bye 3", "b mid 3", "b 3"}},
    {"another SSRC takes the encoding; the first comes back",
     {"offer 12", "a 1", "quiet", "a mid 3", "- 1", "quiet", "a 1", "quiet", "a 3"}},
    {"SSRCs exchanged by an offer", {"offer 12", "a 1", "b 2", "offer 21", "a 2", "b 1"}},
    {"an SSRC moves to the other line", {"offer 10", "a 1", "offer 01", "b 1"}},
    {"an SSRC moves to the other line, the first gets another", {"offer 12", "a 1", "b 2", "offer 31", "a 3", "b 1"}},
    {"both lines claim one SSRC, and still do", {"offer 11", "offer 11"}},
    {"announced, changed, changed back", {"offer 12", "a 1", "offer 32", "a 3", "offer 12", "a 1"}},
    {"no longer announced, still sent", {"offer 12", "a 1", "offer 00", "a 1", "bye 1", "a 1"}},
    {"unknown stays unknown", {"offer 12", "a 1", "- 9", "bye 9", "- 9", "bye 1", "- 9"}},
    {"another SSRC while the first is alive; only its first packet says whose it is",
     {"offer 00", "a mid 3", "a held 4", "- 4", "quiet", "a 4", "- 3"}},
    {"the same, and then a BYE", {"offer 12", "a 1", "a held 4", "bye 1", "a 4", "b 2"}},
    {"an SSRC says by its mid that it moved", {"offer 10", "a 1", "b mid 1", "b 1", "a mid 1", "a 1"}},
    {"an SSRC moves to a line whose own has ended",
     {"offer 12", "a 1", "b 2", "quiet", "b mid 1", "b 1", "quiet", "b 2"}},
    {"one SSRC on both lines", {"offer 11", "a mid 1", "b mid 1", "a mid 1", "b mid 1"}},
    {"RTX before its media", {"offer 00", "rtx a 30", "rtx 30", "a mid 3", "rtx 30", "a 3"}},
    {"RTX of a line moves", {"offer 12", "a 1", "b 2", "rtx 10", "rtx b 10", "rtx 10", "rtx 20"}},
    {"RTX changes its SSRC, and back", {"offer 12", "a 1", "rtx 10", "rtx a 50", "rtx 50", "rtx 10"}},
    {"a BYE for RTX only", {"offer 12", "a 1", "rtx 10", "bye 10", "rtx 10", "a 1"}},
    {"a BYE for what was never there", {"offer 12", "a 1", "bye 9", "a 1", "b 2"}},
    {"rids on the first packets only", {"simulcast", "rid q 3", "rid h 4", "a 3", "a 4", "bye 3", "a 3", "a 4"}},
    {"an encoding changes its SSRC; only its first packet has a rid",
     {"simulcast", "rid q 3", "rid h 4", "rid h 5 held", "quiet", "a 5", "a 3"}},
    {"a mid after its extension got another id", {"offer 00", "a mid 3", "ids", "offer 00", "a 3", "bye 3", "a mid 4"}},
};

static void test_ssrcs_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = set_up();
        for (size_t step = 0; step < STEPS_MAX && cases[i].steps[step] != NULL; step++) {
            print_message("%s: %s\n", cases[i].name, cases[i].steps[step]);
            take_step(&f, cases[i].steps[step]);
        }
        router_leave(f.router, f.publisher, f.now);
        router_free(f.router);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ssrcs_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
