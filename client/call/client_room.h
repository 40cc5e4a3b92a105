/* The room as the server's messages describe it: who is in it, what they publish, whom to connect to. Pure. */
#ifndef HEDDLE_CLIENT_ROOM_H
#define HEDDLE_CLIENT_ROOM_H

#include <jansson.h>

#include "client/rtp/negotiation.h"
#include "signaling/proto/message.h"
#include "transport/base/names.h"

#define PARTICIPANT_NAME_MAX 256 /* bytes of 64 characters */
#define RESUME_MAX 255
#define ROOM_PARTICIPANTS_MAX 1000 /* no room is larger; a server that names more must not take all memory */

struct client_publication {
    char id[PUBLICATION_ID_MAX + 1];
    char source[SOURCE_MAX + 1];
    enum media_kind kind;
    bool muted;
};

struct client_participant {
    char id[PARTICIPANT_ID_MAX + 1];
    char name[PARTICIPANT_NAME_MAX + 1];
    bool reconnecting, is_host;
    bool is_mixer; /* no person: what it publishes stands for everybody */
    struct client_size {
        bool is_told; /* else it is shown as large as it is sent */
        unsigned width, height;
    } sizes[MESSAGE_SOURCES]; /* that its videos are shown with, by message_source_index() */
    size_t publication_count;
    struct client_publication publications[MESSAGE_SOURCES];
};

static inline bool client_size_is_hidden(const struct client_size *size)
{
    return size->is_told && (size->width == 0 || size->height == 0);
}

struct client_room {
    char name[65];
    char self[PARTICIPANT_ID_MAX + 1]; /* own id; "" before `joined` */
    char resume[RESUME_MAX + 1];
    int64_t grace_ms;
    char topology[8], pin[8];              /* "mesh", "sfu", "mcu", "auto" */
    char reason[17];                       /* why the topology is so (PROTOCOL.md) */
    char pin_by[PARTICIPANT_NAME_MAX + 1]; /* name of who chose the pin; "": no participant did */
    char layout[8];                        /* of the mixer's picture: "grid", "speaker" */
    char mix[8];                           /* what we would be sent: "auto", "on" (the mix), "off" */
    char mixer[PARTICIPANT_ID_MAX + 1];    /* whose video and audio are to be shown; "": there is none */
    int64_t epoch;
    size_t connect_count; /* whom to be connected to */
    char (*connect)[PARTICIPANT_ID_MAX + 1];
    size_t probe_count; /* to whom a direct connection is to be tried beside these */
    char (*probe)[PARTICIPANT_ID_MAX + 1];
    size_t participant_count; /* the others */
    struct client_participant *participants;
    json_t *ice_servers;
    bool relay_only;
    bool is_loopback_only;     /* the router's machine has no other network */
    char recording[16];        /* "off", "starting", "on", "failed" */
    char recording_reason[33]; /* "": none is told */
    bool is_host;              /* oneself */
    unsigned forbidden;        /* sources, as bits by message_source_index(), that one may not publish */
    /* Who muted which of one's own sources, by message_source_index(); "": nobody. Only the server is told of
     * unmuting. */
    char muted_by[MESSAGE_SOURCES][PARTICIPANT_ID_MAX + 1];
};

void client_room_init(struct client_room *room);
void client_room_fini(struct client_room *room);
/* A checked message (message.h). Messages that do not describe the room change nothing. */
void client_room_apply(struct client_room *room, enum message_type type, const json_t *message);
/* Whether a mix has screens and second cameras, too. */
bool client_room_mixes_all(const struct client_room *room);
const struct client_participant *client_room_participant(const struct client_room *room, const char *id);
bool client_room_forbids(const struct client_room *room, const char *source);
/* NULL: nobody publishes it. */
const struct client_publication *client_room_find_publication(const struct client_room *room, const char *publication);
bool client_room_should_connect(const struct client_room *room, const char *id);
bool client_room_should_probe(const struct client_room *room, const char *id);

/* Publications of each kind that a client receives. Each takes an m-line, and an offer with all that a large room
 * publishes would be longer than a message may be. */
#define ROOM_RECEIVED_MAX 64

struct client_room_choice {
    const char *publications[2 * ROOM_RECEIVED_MAX]; /* the room's */
    enum media_kind kinds[2 * ROOM_RECEIVED_MAX];
    size_t count;
    size_t left_out;
};
struct client_room_request {
    bool mix;    /* what the mixer publishes */
    bool others; /* cameras and microphones */
    bool beside; /* screens with their audio, and second cameras */
};
/* What a client receives through the router: the mixer's publications, or those of the others, or both, in the order in
 * which these joined. */
struct client_room_choice client_room_choose(const struct client_room *room, const struct client_room_request *request);
/* Forgets mixers that are not shown any more. */
void client_room_forget_mixers(struct client_room *room);
void client_room_set_size(struct client_room *room, const char *participant, const char *source,
                          const struct client_size *size);

#endif
