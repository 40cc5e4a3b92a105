/* Those who are mixed, in the order in which they came. */
#ifndef HEDDLE_CLIENT_MIXER_PEOPLE_H
#define HEDDLE_CLIENT_MIXER_PEOPLE_H

#include "client/include/heddle_client.h"
#include "client/mix/voice.h"
#include "signaling/proto/names.h"
#include "transport/base/names.h"

struct person {
    char id[PARTICIPANT_ID_MAX + 1];
    char *name;                 /* as it is drawn */
    unsigned number;            /* of the id */
    bool has_picture, is_muted; /* of its video */
    struct voice voice;
    struct {
        unsigned since;           /* the so many-th that anybody shared; 0: there is none */
        struct voice *voice;      /* the audio of a screen; NULL: none came */
    } shared[MESSAGE_TILES];      /* screens and second cameras, by enum message_tile */
    float frame[2 * VOICE_FRAME]; /* what was taken of all its audio last */
};

struct people {
    struct person **at;
    size_t count;
    unsigned shared; /* so many screens and second cameras were, so far */
};

/* Adds who came and what is shared, and removes who left and what is shared no more. */
void people_follow(struct people *people, const struct heddle_client *client);
void people_read_mutes(struct people *people, const struct heddle_client *client);
/* True once when there was a picture of it, and there is none any more. */
bool people_took_picture_away(struct person *person);
/* The next 20 ms of it, microphone and screens. True: it is loud. */
bool people_take_frame(struct person *person);
void people_put_samples(struct person *person, enum message_tile which, const int16_t *samples, size_t count);
unsigned people_number(const char *id);                          /* 0: of "" */
size_t people_find(const struct people *people, const char *id); /* SIZE_MAX: nobody */
const struct person *people_of_number(const struct people *people, unsigned number);
void people_fini(struct people *people);

#endif
