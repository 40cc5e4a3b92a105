/* Those who are mixed, in the order in which they came. */
#ifndef HEDDLE_CLIENT_MIXER_PEOPLE_H
#define HEDDLE_CLIENT_MIXER_PEOPLE_H

#include "client/include/heddle_client.h"
#include "client/media/layout.h"
#include "client/mix/voice.h"
#include "signaling/proto/names.h"
#include "transport/base/names.h"

struct person {
    char id[PARTICIPANT_ID_MAX + 1];
    char *name;                 /* as it is drawn */
    unsigned number;            /* of the id */
    bool has_picture, is_muted; /* of its video */
    struct voice voice;
    float frame[2 * VOICE_FRAME]; /* what was taken of it last */
};

struct people {
    struct person **at;
    size_t count;
};

/* Adds who came and removes who left. False: nothing has changed. `from`: where each of the first LAYOUT_TILES_MAX was
 * before; SIZE_MAX: it is new, or has nothing to show. */
bool people_follow(struct people *people, const struct heddle_client *client, size_t from[LAYOUT_TILES_MAX]);
void people_read_mutes(struct people *people, const struct heddle_client *client);
/* True once when there was a picture of it, and there is none any more. */
bool people_took_picture_away(struct person *person);
size_t people_find(const struct people *people, const char *id); /* SIZE_MAX: nobody */
const struct person *people_of_number(const struct people *people, unsigned number);
void people_fini(struct people *people);

#endif
