#include "signaling/proto/names.h"

#include <stddef.h>
#include <string.h>

const char *const message_sources[MESSAGE_SOURCES + 1] = {
    "camera",          "microphone", "screen", "screen-audio", "camera-2", "screen-2", "screen-2-audio",
    MESSAGE_MIX_VIDEO, MESSAGE_MIX,  "mix-1",  "mix-2",        "mix-3",    "mix-4",    NULL};
/* In the order of message_sources. */
static const struct {
    bool is_video;
    enum message_tile tile;
    const char *first; /* of a second one */
} about_sources[MESSAGE_SOURCES] = {
    {true, MESSAGE_TILE_PERSON, NULL},
    {false, MESSAGE_TILE_PERSON, NULL},
    {true, MESSAGE_TILE_SCREEN, NULL},
    {false, MESSAGE_TILE_SCREEN, NULL},
    {true, MESSAGE_TILE_SECOND_CAMERA, "camera"},
    {true, MESSAGE_TILE_SECOND_SCREEN, "screen"},
    {false, MESSAGE_TILE_SECOND_SCREEN, "screen-audio"},
    {true, MESSAGE_TILE_PERSON, NULL}, /* all others are audio of a mixer */
};
const char *const message_kinds[] = {"audio", "video", NULL};

bool message_is_room_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length >= 1 && length <= 64 && text[length] == '\0';
}

bool message_has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (*p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)) /* C0, DEL, C1 */
            return true;
    return false;
}

/* Characters of valid UTF-8 (Jansson lets no other text in). */
int64_t message_characters(const char *text)
{
    int64_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

bool message_is_name(const char *text)
{
    int64_t count = message_characters(text);
    return count >= 1 && count <= MESSAGE_NAME_CHARACTERS && !message_has_control(text);
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
        if (strcmp(message_sources[i], source) == 0)
            return i;
    return -1;
}

const char *message_source_name(int index)
{
    return message_sources[index];
}

const char *message_source_kind(int index)
{
    return message_kinds[about_sources[index].is_video ? 1 : 0];
}

int message_source_first(int index)
{
    const char *first = about_sources[index].first;
    return first != NULL ? message_source_index(first) : index;
}

enum message_tile message_source_tile(const char *source)
{
    int index = message_source_index(source);
    return index >= 0 ? about_sources[index].tile : MESSAGE_TILE_PERSON;
}

const char *message_tile_video(enum message_tile tile)
{
    static const char *const videos[MESSAGE_TILES] = {"camera", "screen", "camera-2", "screen-2"};
    return videos[tile];
}

bool message_is_publication(const char *text)
{
    size_t length = participant_length(text);
    return length > 0 && text[length] == '/' && message_source_index(text + length + 1) >= 0;
}
