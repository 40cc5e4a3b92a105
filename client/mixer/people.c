#include "client/mixer/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mix/shown_name.h"
#include "transport/base/memory.h"

#define NAMELESS "no name" /* as the page calls whoever shows none */

unsigned people_number(const char *id)
{
    return id[0] != '\0' ? (unsigned)strtoul(id + 1, NULL, 10) : 0; /* "p7" */
}

size_t people_find(const struct people *people, const char *id)
{
    for (size_t i = 0; i < people->count; i++)
        if (strcmp(people->at[i]->id, id) == 0)
            return i;
    return SIZE_MAX;
}

const struct person *people_of_number(const struct people *people, unsigned number)
{
    for (size_t i = 0; i < people->count; i++)
        if (people->at[i]->number == number)
            return people->at[i];
    return NULL;
}

static bool is_here(const struct heddle_client *client, size_t count, const char *id, enum message_tile which)
{
    struct heddle_client_remote remote;
    for (size_t i = 0; i < count; i++) {
        heddle_client_get_remote(client, i, &remote);
        if (remote.is_here && message_source_tile(remote.source) == which && strcmp(remote.participant, id) == 0)
            return true;
    }
    return false;
}

static void free_person(struct person *person)
{
    for (size_t i = 0; i < MESSAGE_TILES; i++)
        free(person->shared[i].voice);
    free(person->name);
    free(person);
}

static void add(struct people *people, const char *id, const char *name)
{
    struct person *person = mem_alloc(sizeof *person);
    snprintf(person->id, sizeof person->id, "%s", id);
    person->name = shown_name(name);
    if (person->name[0] == '\0') {
        free(person->name);
        person->name = mem_text(NAMELESS);
    }
    person->number = people_number(id);
    people->at = mem_resize(people->at, people->count + 1, sizeof *people->at);
    people->at[people->count++] = person;
}

static void follow_shared(struct people *people, struct person *person, unsigned tile, bool is_shared)
{
    if (is_shared == (person->shared[tile].since != 0))
        return;
    person->shared[tile].since = is_shared ? ++people->shared : 0;
    free(person->shared[tile].voice);
    person->shared[tile].voice = NULL;
}

void people_follow(struct people *people, const struct heddle_client *client)
{
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    size_t kept = 0;
    heddle_client_get_stats(client, &stats);
    for (size_t i = 0; i < people->count; i++) {
        if (is_here(client, stats.remotes, people->at[i]->id, MESSAGE_TILE_PERSON))
            people->at[kept++] = people->at[i];
        else
            free_person(people->at[i]);
    }
    people->count = kept;
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(client, i, &remote);
        bool is_person = message_source_tile(remote.source) == MESSAGE_TILE_PERSON;
        if (remote.is_here && is_person && people_find(people, remote.participant) == SIZE_MAX)
            add(people, remote.participant, remote.name);
    }
    for (size_t i = 0; i < people->count; i++)
        for (unsigned tile = MESSAGE_TILE_PERSON + 1; tile < MESSAGE_TILES; tile++)
            follow_shared(people, people->at[i], tile,
                          is_here(client, stats.remotes, people->at[i]->id, (enum message_tile)tile));
}

void people_read_mutes(struct people *people, const struct heddle_client *client)
{
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    heddle_client_get_stats(client, &stats);
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(client, i, &remote);
        size_t index = remote.is_here && message_source_tile(remote.source) == MESSAGE_TILE_PERSON
                           ? people_find(people, remote.participant)
                           : SIZE_MAX;
        if (index != SIZE_MAX)
            people->at[index]->is_muted = remote.video.is_muted;
    }
}

bool people_took_picture_away(struct person *person)
{
    bool is_gone = person->has_picture && person->is_muted;
    if (is_gone)
        person->has_picture = false;
    return is_gone;
}

void people_put_samples(struct person *person, enum message_tile which, const int16_t *samples, size_t count)
{
    struct voice **shared = &person->shared[which].voice;
    bool is_person = which == MESSAGE_TILE_PERSON;
    if (!is_person && *shared == NULL)
        *shared = mem_alloc(sizeof **shared);
    voice_put(is_person ? &person->voice : *shared, samples, count);
}

bool people_take_frame(struct person *person)
{
    float shared[2 * VOICE_FRAME];
    voice_take(&person->voice, person->frame);
    bool is_loud = voice_is_loud(&person->voice);
    for (size_t tile = 0; tile < MESSAGE_TILES; tile++) {
        if (person->shared[tile].voice == NULL)
            continue;
        voice_take(person->shared[tile].voice, shared);
        is_loud = is_loud || voice_is_loud(person->shared[tile].voice);
        for (size_t i = 0; i < (size_t)2 * VOICE_FRAME; i++)
            person->frame[i] += shared[i];
    }
    return is_loud;
}

void people_fini(struct people *people)
{
    for (size_t i = 0; i < people->count; i++)
        free_person(people->at[i]);
    free(people->at);
}
