#include "client/mixer/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mix/shown_name.h"
#include "transport/base/memory.h"

#define NAMELESS "no name" /* as the page calls whoever shows none */

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

/* Screens and second cameras are not in the mix. */
static bool is_person(const struct heddle_client_remote *remote)
{
    return strcmp(remote->source, "camera") == 0;
}

static bool is_here(const struct heddle_client *client, size_t count, const char *id)
{
    struct heddle_client_remote remote;
    for (size_t i = 0; i < count; i++) {
        heddle_client_get_remote(client, i, &remote);
        if (remote.is_here && is_person(&remote) && strcmp(remote.participant, id) == 0)
            return true;
    }
    return false;
}

static void free_person(struct person *person)
{
    free(person->name);
    free(person);
}

static struct person *add(struct people *people, const char *id, const char *name)
{
    struct person *person = mem_alloc(sizeof *person);
    snprintf(person->id, sizeof person->id, "%s", id);
    person->name = shown_name(name);
    if (person->name[0] == '\0') {
        free(person->name);
        person->name = mem_text(NAMELESS);
    }
    person->number = (unsigned)strtoul(id + 1, NULL, 10); /* "p7" */
    people->at = mem_resize(people->at, people->count + 1, sizeof *people->at);
    people->at[people->count++] = person;
    return person;
}

bool people_follow(struct people *people, const struct heddle_client *client, size_t from[LAYOUT_TILES_MAX])
{
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    size_t kept = 0, before = people->count;
    heddle_client_get_stats(client, &stats);
    for (size_t i = 0; i < before; i++) {
        if (!is_here(client, stats.remotes, people->at[i]->id)) {
            free_person(people->at[i]);
            continue;
        }
        if (kept < LAYOUT_TILES_MAX)
            from[kept] = people->at[i]->has_picture ? i : SIZE_MAX;
        people->at[kept++] = people->at[i];
    }
    people->count = kept;
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(client, i, &remote);
        if (!remote.is_here || !is_person(&remote) || people_find(people, remote.participant) != SIZE_MAX)
            continue;
        if (people->count < LAYOUT_TILES_MAX)
            from[people->count] = SIZE_MAX;
        add(people, remote.participant, remote.name);
    }
    return kept != before || people->count != kept;
}

void people_read_mutes(struct people *people, const struct heddle_client *client)
{
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    heddle_client_get_stats(client, &stats);
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(client, i, &remote);
        size_t index = remote.is_here && is_person(&remote) ? people_find(people, remote.participant) : SIZE_MAX;
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

void people_fini(struct people *people)
{
    for (size_t i = 0; i < people->count; i++)
        free_person(people->at[i]);
    free(people->at);
}
