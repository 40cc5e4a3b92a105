#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/call/tiles.h"
#include "client/media/opus_codec.h"

#define MS USEC_PER_MSEC

static void join(struct client_room *room, const char *json)
{
    json_t *message = json_loads(json, 0, NULL);
    assert_non_null(message);
    client_room_apply(room, MESSAGE_JOINED, message);
    json_decref(message);
}

#define ROOM(...)                                                                                                      \
    "{\"type\":\"joined\",\"participant\":\"p9\",\"room\":\"r\",\"resume\":\"x\",\"resumed\":false,"                   \
    "\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":1,\"connect\":[],\"participants\":[" __VA_ARGS__ "]}"
#define PERSON(id, name, muted)                                                                                        \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"state\":\"active\",\"publications\":["                                 \
    "{\"id\":\"" id "/camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":" muted "}]}"

#define SHARER(id, name)                                                                                               \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"state\":\"active\",\"publications\":["                                 \
    "{\"id\":\"" id "/camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":false},"                             \
    "{\"id\":\"" id "/screen\",\"kind\":\"video\",\"source\":\"screen\",\"muted\":true}]}"

#define SECOND(id, source) "{\"id\":\"" id "/" source "\",\"kind\":\"video\",\"source\":\"" source "\",\"muted\":false}"

static void a_tile_stays_when_its_participant_leaves(void **state)
{
    (void)state;
    struct tiles tiles;
    struct client_room room;
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    join(&room, ROOM(PERSON("p1", "Ann", "false") "," PERSON("p2", "Bob", "false")));
    tiles_follow(&tiles, &room, 1);
    assert_int_equal(tiles.count, 2);
    assert_ptr_equal(tiles_of_publication(&tiles, "p2/camera"), tiles_find(&tiles, "p2"));
    assert_null(tiles_of_publication(&tiles, "p3/camera"));
    join(&room, ROOM(PERSON("p1", "Ann", "false")));
    tiles_follow(&tiles, &room, 2);
    assert_int_equal(tiles.count, 2);
    assert_true(tiles_find(&tiles, "p1")->is_here);
    assert_false(tiles_find(&tiles, "p2")->is_here);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

/* Twenty milliseconds of audio from one connection. */
static usec_t hear(struct remote *remote, struct opus_sender *opus, unsigned via, bool is_current, usec_t now)
{
    static const int16_t silence[OPUS_FRAME * OPUS_CHANNELS_MAX];
    uint8_t packet[OPUS_PACKET_MAX];
    int length = opus_sender_encode(opus, silence, packet, sizeof packet);
    assert_true(length > 0);
    struct session_frame frame = {.mid = "0",
                                  .publication = "p1/microphone",
                                  .kind = MEDIA_AUDIO,
                                  .codec = CODEC_OPUS,
                                  .frame = {.data = packet, .length = (size_t)length}};
    struct remote_pcm pcm;
    remote_audio(remote, (struct remote_connection){.via = via, .is_current = is_current}, &frame, now, &pcm);
    return pcm.samples != NULL ? pcm.gap : -2;
}

static void second_ones_have_tiles_of_their_own(void **state)
{
    static const char *const sources[MESSAGE_TILES] = {"camera", "screen", "camera-2", "screen-2"};
    (void)state;
    struct tiles tiles;
    struct client_room room;
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    join(&room, ROOM("{\"id\":\"p1\",\"name\":\"Ann\",\"state\":\"active\",\"publications\":[" SECOND(
                    "p1", "screen") "," SECOND("p1", "camera-2") "," SECOND("p1", "screen-2") "]}"));
    tiles_follow(&tiles, &room, 1);
    assert_int_equal(tiles.count, MESSAGE_TILES); /* one of the person, whatever is sent */
    for (int i = 0; i < MESSAGE_TILES; i++) {
        char id[PUBLICATION_ID_MAX + 1];
        snprintf(id, sizeof id, "p1/%s", sources[i]);
        assert_int_equal(tiles_of_publication(&tiles, id)->which, i);
    }
    assert_ptr_equal(tiles_of_publication(&tiles, "p1/screen-2-audio"), tiles_of_publication(&tiles, "p1/screen-2"));
    assert_true(tiles_have_all(&tiles, &room, MEDIA_VIDEO, 5)); /* a mix takes the place of none of these */
    join(&room,
         ROOM("{\"id\":\"p1\",\"name\":\"Ann\",\"state\":\"active\",\"publications\":[" SECOND("p1", "camera-2") "]}"));
    tiles_follow(&tiles, &room, 2);
    assert_true(tiles_of_publication(&tiles, "p1/camera-2")->is_here);
    assert_false(tiles_of_publication(&tiles, "p1/screen-2")->is_here);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

static void a_screen_has_a_tile_of_its_own(void **state)
{
    (void)state;
    struct tiles tiles;
    struct client_room room;
    struct opus_sender *opus = opus_sender_new(1, 32000);
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    join(&room, ROOM(SHARER("p1", "Ann") "," PERSON("p2", "Bob", "false")));
    tiles_follow(&tiles, &room, 1);
    assert_int_equal(tiles.count, 3);
    struct tile *camera = tiles_of_publication(&tiles, "p1/camera"),
                *screen = tiles_of_publication(&tiles, "p1/screen");
    assert_ptr_equal(camera, tiles_find(&tiles, "p1"));
    assert_ptr_equal(camera, tiles_of_publication(&tiles, "p1/microphone"));
    assert_ptr_equal(screen, tiles_of_publication(&tiles, "p1/screen-audio"));
    assert_int_equal(hear(screen->remote, opus, 1, true, 20 * MS), -1);
    assert_int_equal(hear(screen->remote, opus, 1, true, 40 * MS), 20 * MS);
    assert_true(screen != camera && screen->which == MESSAGE_TILE_SCREEN && camera->which == MESSAGE_TILE_PERSON);
    assert_true(screen->muted[MEDIA_VIDEO] && !camera->muted[MEDIA_VIDEO]);
    camera->last_frame[MEDIA_VIDEO] = tiles_find(&tiles, "p2")->last_frame[MEDIA_VIDEO] = 5;
    assert_true(tiles_have_all(&tiles, &room, MEDIA_VIDEO, 5));
    join(&room, ROOM(PERSON("p1", "Ann", "false"))); /* it is shared no more */
    tiles_follow(&tiles, &room, 2);
    assert_true(tiles_find(&tiles, "p1")->is_here);
    assert_false(tiles_of_publication(&tiles, "p1/screen")->is_here);
    join(&room, ROOM(SHARER("p1", "Ann"))); /* and again */
    tiles_follow(&tiles, &room, 3);
    assert_int_equal(tiles.count, 3);
    screen = tiles_of_publication(&tiles, "p1/screen");
    assert_true(screen->is_here);
    assert_int_equal(hear(screen->remote, opus, 1, true, 9000 * MS), -1); /* that it was away is no gap */
    opus_sender_free(opus);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

static void the_order_of_people_does_not_matter(void **state)
{
    static const char *const orders[] = {
        ROOM(PERSON("p1", "Ann", "false") "," PERSON("p2", "Bob", "false") "," PERSON("p3", "Cy", "false")),
        ROOM(PERSON("p3", "Cy", "true") "," PERSON("p2", "Bob", "false") "," PERSON("p1", "Ann", "false")),
        ROOM(PERSON("p4", "Di", "false") "," PERSON("p1", "Ann", "false") "," PERSON("p3", "Cy", "false")),
    };
    static const bool are_here[][4] = {{true, true, true, false}, {true, true, true, false}, {true, false, true, true}};
    (void)state;
    struct tiles tiles;
    struct client_room room;
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    for (int i = 0; i < 3; i++) {
        join(&room, orders[i]);
        tiles_follow(&tiles, &room, i + 1);
        assert_int_equal(tiles.count, i < 2 ? 3 : 4);
        for (int k = 0; k < 4; k++) {
            char id[] = {'p', (char)('1' + k), '\0'};
            const struct tile *tile = tiles_find(&tiles, id);
            assert_int_equal(tile != NULL && tile->is_here, are_here[i][k]);
        }
        assert_int_equal(tiles_find(&tiles, "p3")->muted[MEDIA_VIDEO], i == 1);
    }
    assert_int_equal(tiles_find(&tiles, "p2")->left_at, 3);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

static void of_those_who_left_long_ago_the_sums_are_kept(void **state)
{
    (void)state;
    const int people = TILES_LEFT_MAX + 100;
    struct tiles tiles;
    struct client_room room;
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    for (int i = 1; i <= people; i++) {
        char text[400];
        snprintf(text, sizeof text, ROOM(PERSON("p%d", "Ann", "false")), i, i);
        join(&room, text);
        tiles_follow(&tiles, &room, i);
        struct ended_track ended = {.stats = {.packets = 5, .lost = 1}};
        snprintf(ended.publication, sizeof ended.publication, "p%d/camera", i);
        tiles_count_ended(&tiles, &ended);
    }
    assert_int_equal(tiles.count, TILES_LEFT_MAX + 1);
    assert_true(tiles.at[tiles.count - 1].is_here);
    assert_int_equal(tiles.forgotten_count, people - TILES_LEFT_MAX - 1);
    assert_int_equal(tiles.forgotten[MEDIA_VIDEO].packets, 5 * tiles.forgotten_count);
    assert_int_equal(tiles.forgotten[MEDIA_VIDEO].lost, tiles.forgotten_count);
    for (size_t i = 0; i < tiles.count; i++) {
        struct remote_stats stats;
        remote_get_stats(tiles.at[i].remote, &stats, people);
        assert_int_equal(stats.past_video.packets, 5);
    }
    /* Statistics of a participant that was forgotten already are added to the sums, too. */
    struct ended_track late = {.publication = "p1/microphone", .stats = {.packets = 7}};
    tiles_count_ended(&tiles, &late);
    assert_int_equal(tiles.forgotten[MEDIA_AUDIO].packets, 7);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

/* A restarted server gives out the same ids again, to whoever comes first. */
static void after_joining_anew_people_are_known_by_their_names(void **state)
{
    (void)state;
    struct tiles tiles;
    struct client_room room;
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    join(&room, ROOM(PERSON("p1", "Ann", "false") "," PERSON("p2", "Bob", "false")));
    tiles_follow(&tiles, &room, 1);
    tiles_renew(&tiles);
    assert_null(tiles_find(&tiles, "p1"));
    join(&room, ROOM(PERSON("p1", "Bob", "false") "," PERSON("p4", "Cho", "false")));
    tiles_follow(&tiles, &room, 2);
    assert_int_equal(tiles.count, 3);
    assert_string_equal(remote_name(tiles_find(&tiles, "p1")->remote), "Bob");
    assert_string_equal(remote_name(tiles_find(&tiles, "p4")->remote), "Cho");
    assert_null(tiles_find(&tiles, "p2"));
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

static void a_swap_is_a_change_of_the_kind_of_connection(void **state)
{
    (void)state;
    struct tile tile = {0};
    assert_false(tile_swapped(&tile, MEDIA_VIDEO, TILE_DIRECT)); /* the first */
    assert_false(tile_swapped(&tile, MEDIA_VIDEO, TILE_DIRECT));
    assert_false(tile_swapped(&tile, MEDIA_AUDIO, TILE_BY_ROUTER));
    assert_true(tile_swapped(&tile, MEDIA_VIDEO, TILE_BY_ROUTER));
    assert_false(tile_swapped(&tile, MEDIA_VIDEO, TILE_BY_ROUTER));
    assert_true(tile_swapped(&tile, MEDIA_VIDEO, TILE_DIRECT));
}

#define NOT_HEARD (-2)

static void the_current_connection_takes_over_with_its_first_packet(void **state)
{
    (void)state;
    struct decode_budget budget = {0};
    struct remote *remote = remote_new(&budget, "p1", "Ann");
    struct opus_sender *opus = opus_sender_new(1, 32000);
    struct receive_track_stats none = {0};
    assert_int_equal(hear(remote, opus, 1, true, 1000 * MS), -1);
    assert_int_equal(hear(remote, opus, 1, true, 1020 * MS), 20 * MS);
    /* The topology changes: the old one is heard until the new one speaks, and not after that. */
    assert_int_equal(hear(remote, opus, 1, false, 1040 * MS), 20 * MS);
    assert_false(remote_is_via(remote, MEDIA_AUDIO, 2));
    assert_int_equal(hear(remote, opus, 2, true, 1045 * MS), 5 * MS);
    assert_true(remote_is_via(remote, MEDIA_AUDIO, 2));
    assert_int_equal(hear(remote, opus, 1, false, 1060 * MS), NOT_HEARD);
    /* It changes its mind: the older connection takes over again. */
    assert_int_equal(hear(remote, opus, 2, false, 1065 * MS), 20 * MS);
    assert_int_equal(hear(remote, opus, 1, true, 1080 * MS), 15 * MS);
    assert_int_equal(hear(remote, opus, 2, false, 1085 * MS), NOT_HEARD);
    /* The connection that is heard is closed: any other one takes over. */
    remote_closed(remote, 1, &none, &none);
    assert_int_equal(hear(remote, opus, 2, false, 1105 * MS), 25 * MS);
    opus_sender_free(opus);
    remote_free(remote);
}

static void a_mute_is_no_gap(void **state)
{
    (void)state;
    struct tiles tiles;
    struct client_room room;
    struct opus_sender *opus = opus_sender_new(1, 32000);
    tiles_init(&tiles, NULL);
    client_room_init(&room);
    join(&room, "{\"type\":\"joined\",\"participant\":\"p9\",\"room\":\"r\",\"resume\":\"x\",\"resumed\":false,"
                "\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":1,\"connect\":[],\"participants\":[{\"id\":\"p1\","
                "\"name\":\"Ann\",\"state\":\"active\",\"publications\":[{\"id\":\"p1/microphone\",\"kind\":\"audio\","
                "\"source\":\"microphone\",\"muted\":false}]}]}");
    tiles_follow(&tiles, &room, 1);
    struct tile *tile = tiles_find(&tiles, "p1");
    hear(tile->remote, opus, 1, true, 1000 * MS);
    assert_int_equal(hear(tile->remote, opus, 1, true, 1020 * MS), 20 * MS);
    tiles_follow(&tiles, &room, 2); /* nothing of hers changed */
    assert_int_equal(hear(tile->remote, opus, 1, true, 1040 * MS), 20 * MS);
    room.participants[0].publications[0].muted = true;
    tiles_follow(&tiles, &room, 3);
    assert_true(tile->muted[MEDIA_AUDIO] && !tile->muted[MEDIA_VIDEO]);
    room.participants[0].publications[0].muted = false;
    tiles_follow(&tiles, &room, 4);
    assert_int_equal(hear(tile->remote, opus, 1, true, 9000 * MS), -1);
    opus_sender_free(opus);
    client_room_fini(&room);
    assert_int_equal(tiles_fini(&tiles), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tile_stays_when_its_participant_leaves),
        cmocka_unit_test(a_screen_has_a_tile_of_its_own),
        cmocka_unit_test(second_ones_have_tiles_of_their_own),
        cmocka_unit_test(the_order_of_people_does_not_matter),
        cmocka_unit_test(of_those_who_left_long_ago_the_sums_are_kept),
        cmocka_unit_test(after_joining_anew_people_are_known_by_their_names),
        cmocka_unit_test(a_swap_is_a_change_of_the_kind_of_connection),
        cmocka_unit_test(the_current_connection_takes_over_with_its_first_packet),
        cmocka_unit_test(a_mute_is_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
