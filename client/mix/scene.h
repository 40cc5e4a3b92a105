/* Who has which tile of the composed picture. In a grid people have them in the order in which they came. In a speaker
 * view the newest screen has the large one, or who spoke last; who had it before gets the other's place in the strip,
 * so that nobody else moves. Where there is no place for all, who has been silent longest has none. Pure. */
#ifndef HEDDLE_CLIENT_MIX_SCENE_H
#define HEDDLE_CLIENT_MIX_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/media/layout.h"

enum scene_layout { SCENE_GRID, SCENE_SPEAKER };

struct scene_view {
    unsigned participant; /* a number above 0 */
    unsigned tile;        /* which of its: 0 is the person, and what is in a grid */
    unsigned screen;      /* of a screen: the so many-th that was shared; 0: it is none */
};

struct scene { /* zeros: nobody is there */
    enum scene_layout layout;
    size_t count;
    struct scene_seat {
        struct scene_view view;
        unsigned spoke; /* a higher number than those who spoke before; 0: it did not yet */
    } at[LAYOUT_TILES_MAX];
    unsigned speaker; /* who spoke last; 0: nobody yet */
    unsigned speeches;
};

/* The loudest of those who speak. 0: nobody speaks, which changes nothing. */
void scene_hear(struct scene *scene, unsigned participant);
/* Those who are there, in the order in which they came, each view once. True: tiles have changed hands. */
bool scene_follow(struct scene *scene, enum scene_layout layout, const struct scene_view *views, size_t count);
struct layout scene_tiles(const struct scene *scene, unsigned width, unsigned height);
bool scene_is_same(const struct scene_view *a, const struct scene_view *b);

#endif
