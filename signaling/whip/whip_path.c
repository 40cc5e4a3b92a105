#include "signaling/whip/whip_path.h"

#include <stdio.h>
#include <string.h>

#include "signaling/proto/names.h"

static bool is_session(const char *text)
{
    return strlen(text) == WHIP_SESSION_ID && strspn(text, "0123456789abcdef") == WHIP_SESSION_ID;
}

bool whip_path_read(struct whip_path *out, const char *path)
{
    *out = (struct whip_path){.is_egress = strncmp(path, "/whep/", 6) == 0};
    if (!out->is_egress && strncmp(path, "/whip/", 6) != 0)
        return false;
    const char *room = path + 6;
    size_t length = strcspn(room, "/");
    if (length >= sizeof out->room)
        return false;
    memcpy(out->room, room, length);
    if (!message_is_room_name(out->room))
        return false;
    if (room[length] == '\0')
        return true;
    const char *rest = room + length + 1;
    if (is_session(rest))
        snprintf(out->session, sizeof out->session, "%s", rest);
    else if (out->is_egress && (strcmp(rest, SHOW_MIX) == 0 || message_is_publication(rest)) &&
             strlen(rest) < sizeof out->publication)
        snprintf(out->publication, sizeof out->publication, "%s", rest);
    else
        return false;
    return true;
}
