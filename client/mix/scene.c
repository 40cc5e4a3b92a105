#include "client/mix/scene.h"

#include <stdint.h>

bool scene_is_same(const struct scene_view *a, const struct scene_view *b)
{
    return a->participant == b->participant && a->tile == b->tile && a->screen == b->screen;
}

static size_t find(const struct scene *scene, const struct scene_view *view)
{
    for (size_t i = 0; i < scene->count; i++)
        if (scene_is_same(&scene->at[i].view, view))
            return i;
    return SIZE_MAX;
}

static bool is_there(const struct scene_view *view, const struct scene_view *views, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (scene_is_same(view, &views[i]))
            return true;
    return false;
}

void scene_hear(struct scene *scene, unsigned participant)
{
    if (participant == 0)
        return;
    scene->speaker = participant;
    size_t seat = find(scene, &(struct scene_view){.participant = participant});
    scene->speeches++;
    if (seat != SIZE_MAX)
        scene->at[seat].spoke = scene->speeches;
}

static void arrange_grid(struct scene *scene, const struct scene_view *views, size_t count)
{
    const struct scene was = *scene;
    scene->count = 0;
    for (size_t i = 0; i < count && scene->count < LAYOUT_TILES_MAX; i++) {
        if (views[i].tile != 0) /* these are beside the mix */
            continue;
        size_t seat = find(&was, &views[i]);
        scene->at[scene->count++] =
            (struct scene_seat){.view = views[i], .spoke = seat != SIZE_MAX ? was.at[seat].spoke : 0};
    }
}

static void drop_absent(struct scene *scene, const struct scene_view *views, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < scene->count; i++)
        if (is_there(&scene->at[i].view, views, count))
            scene->at[kept++] = scene->at[i];
    scene->count = kept < LAYOUT_SPEAKER_TILES_MAX ? kept : LAYOUT_SPEAKER_TILES_MAX;
}

static void add_present(struct scene *scene, const struct scene_view *views, size_t count)
{
    for (size_t i = 0; i < count && scene->count < LAYOUT_SPEAKER_TILES_MAX; i++)
        if (find(scene, &views[i]) == SIZE_MAX)
            scene->at[scene->count++] = (struct scene_seat){.view = views[i]};
}

/* Of those who are there the one that is to be large; NULL: who is it now. */
static const struct scene_view *choose_main(const struct scene *scene, const struct scene_view *views, size_t count)
{
    const struct scene_view *chosen = NULL;
    for (size_t i = 0; i < count; i++) {
        bool is_newer = views[i].screen != 0 && (chosen == NULL || views[i].screen > chosen->screen);
        bool speaks = chosen == NULL && views[i].tile == 0 && views[i].participant == scene->speaker;
        if (is_newer || speaks)
            chosen = &views[i];
    }
    return chosen;
}

/* A place in the strip: of the person that has been silent longest, the last of them. */
static size_t least_needed(const struct scene *scene)
{
    size_t least = scene->count - 1;
    for (size_t i = scene->count - 1; i > 0; i--) {
        bool is_worse = scene->at[least].view.screen != 0 || scene->at[i].spoke < scene->at[least].spoke;
        if (scene->at[i].view.screen == 0 && is_worse)
            least = i;
    }
    return least;
}

/* The place of this one, which it gets if it had none. */
static size_t seat_of(struct scene *scene, const struct scene_view *view)
{
    size_t seat = find(scene, view);
    if (seat != SIZE_MAX)
        return seat;
    seat = least_needed(scene);
    scene->at[seat] = (struct scene_seat){.view = *view, .spoke = view->tile == 0 ? scene->speeches : 0};
    return seat;
}

static void arrange_speaker(struct scene *scene, const struct scene_view *views, size_t count)
{
    const struct scene_view speaker = {.participant = scene->speaker};
    drop_absent(scene, views, count);
    add_present(scene, views, count);
    const struct scene_view *large = choose_main(scene, views, count);
    if (large != NULL) {
        size_t seat = seat_of(scene, large);
        struct scene_seat former = scene->at[0];
        scene->at[0] = scene->at[seat];
        scene->at[seat] = former;
    }
    if (is_there(&speaker, views, count)) /* beside a screen */
        (void)seat_of(scene, &speaker);
}

bool scene_follow(struct scene *scene, enum scene_layout layout, const struct scene_view *views, size_t count)
{
    const struct scene was = *scene;
    scene->layout = layout;
    if (layout == SCENE_GRID)
        arrange_grid(scene, views, count);
    else
        arrange_speaker(scene, views, count);
    bool is_same = was.layout == scene->layout && was.count == scene->count;
    for (size_t i = 0; i < scene->count && is_same; i++)
        is_same = scene_is_same(&was.at[i].view, &scene->at[i].view);
    return !is_same;
}

struct layout scene_tiles(const struct scene *scene, unsigned width, unsigned height)
{
    return scene->layout == SCENE_GRID ? layout_grid(scene->count, width, height)
                                       : layout_speaker(scene->count, width, height);
}
