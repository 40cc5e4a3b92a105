/* Names and ids of rooms, participants, publications and their sources. Pure. */
#ifndef HEDDLE_SIGNALING_NAMES_H
#define HEDDLE_SIGNALING_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_ROUTER "router" /* the reserved participant */

#define MESSAGE_NAME_CHARACTERS 64

bool message_is_room_name(const char *text);
/* A person's name: 1 to 64 characters of UTF-8, none of them a control character. */
bool message_is_name(const char *text);
bool message_has_control(const char *text);
int64_t message_characters(const char *text);  /* code points */
bool message_is_participant(const char *text); /* "p" and a number; not the router */
/* Publications by their source: a participant publishes each at most once. The first seven are of people, the others of
 * the mixer: the composed picture, the mix for all who are silent, and those that each lack one voice. */
#define MESSAGE_SOURCES 13
#define MESSAGE_SOURCES_OF_PEOPLE 7
#define MESSAGE_MIX_VIDEO "mix-video"
#define MESSAGE_MIX "mix"
#define MESSAGE_LANES 4                                          /* "mix-1" to "mix-4" */
#define MESSAGE_SOURCE_OF_LANE (MESSAGE_SOURCES - MESSAGE_LANES) /* the index of "mix-1" */
extern const char *const message_sources[MESSAGE_SOURCES + 1];   /* NULL-terminated */
extern const char *const message_kinds[];                        /* likewise */
int message_source_index(const char *source);                    /* or -1 */
const char *message_source_name(int index);
const char *message_source_kind(int index); /* "audio" or "video" */
/* The source that a second one is of: of "camera-2" that of "camera"; of all others itself. */
int message_source_first(int index);
/* What is seen and heard together: a tile of its participant. What a mixer makes is where a person would be. */
enum message_tile {
    MESSAGE_TILE_PERSON,
    MESSAGE_TILE_SCREEN,
    MESSAGE_TILE_SECOND_CAMERA,
    MESSAGE_TILE_SECOND_SCREEN,
    MESSAGE_TILES
};
enum message_tile message_source_tile(const char *source);
const char *message_tile_video(enum message_tile tile); /* the source of its video */
bool message_is_publication(const char *text);          /* "p3/camera" */

#endif
