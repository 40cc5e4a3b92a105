#include "client/display.h"

#ifdef HEDDLE_HAS_SDL2

#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

#define TILES_MAX 25
#define WINDOW_WIDTH 960
#define WINDOW_HEIGHT 540
#define AUDIO_AHEAD (48000 / 5 * 4) /* bytes: 200 ms; what is more is dropped, so that delay does not grow */

struct tile {
    char participant[32], source[16];
    SDL_Texture *texture;
    unsigned width, height;
};

struct display {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_AudioDeviceID audio;
    struct tile tiles[TILES_MAX];
    size_t tile_count;
    bool changed;
};

struct display *display_new(const char *title, const char **reason)
{
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
        *reason = SDL_GetError();
        return NULL;
    }
    /* SDL draws where nobody sees it when it finds nothing else. */
    if (SDL_getenv("SDL_VIDEODRIVER") == NULL && strcmp(SDL_GetCurrentVideoDriver(), "offscreen") == 0) {
        *reason = "there is no display";
        SDL_QuitSubSystem(SDL_INIT_VIDEO);
        return NULL;
    }
    struct display *display = mem_alloc(sizeof *display);
    display->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, WINDOW_WIDTH,
                                       WINDOW_HEIGHT, SDL_WINDOW_RESIZABLE);
    if (display->window != NULL)
        display->renderer = SDL_CreateRenderer(display->window, -1, 0);
    if (display->renderer == NULL) {
        *reason = SDL_GetError();
        display_free(display);
        return NULL;
    }
    /* Audio is optional: many machines with a display have no device for it. */
    SDL_AudioSpec requested = {.freq = 48000, .format = AUDIO_S16SYS, .channels = 2, .samples = 960};
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) == 0)
        display->audio = SDL_OpenAudioDevice(NULL, 0, &requested, NULL, 0);
    if (display->audio != 0)
        SDL_PauseAudioDevice(display->audio, 0);
    display->changed = true;
    return display;
}

void display_free(struct display *display)
{
    if (display == NULL)
        return;
    for (size_t i = 0; i < display->tile_count; i++)
        SDL_DestroyTexture(display->tiles[i].texture);
    if (display->audio != 0)
        SDL_CloseAudioDevice(display->audio);
    if (display->renderer != NULL)
        SDL_DestroyRenderer(display->renderer);
    if (display->window != NULL)
        SDL_DestroyWindow(display->window);
    free(display);
    SDL_Quit();
}

/* `source` NULL: any. */
static struct tile *find_tile(struct display *display, const char *participant, const char *source)
{
    for (size_t i = 0; i < display->tile_count; i++)
        if (strcmp(display->tiles[i].participant, participant) == 0 &&
            (source == NULL || strcmp(display->tiles[i].source, source) == 0))
            return &display->tiles[i];
    return NULL;
}

void display_picture(struct display *display, const char *participant, const char *source,
                     const struct heddle_client_picture *picture)
{
    struct tile *tile = find_tile(display, participant, source);
    if (tile == NULL) {
        if (display->tile_count == TILES_MAX)
            return;
        tile = &display->tiles[display->tile_count++];
        *tile = (struct tile){0};
        snprintf(tile->participant, sizeof tile->participant, "%s", participant);
        snprintf(tile->source, sizeof tile->source, "%s", source);
    }
    if (tile->texture == NULL || tile->width != picture->width || tile->height != picture->height) {
        if (tile->texture != NULL)
            SDL_DestroyTexture(tile->texture);
        tile->width = picture->width;
        tile->height = picture->height;
        tile->texture = SDL_CreateTexture(display->renderer, SDL_PIXELFORMAT_IYUV, SDL_TEXTUREACCESS_STREAMING,
                                          (int)tile->width, (int)tile->height);
    }
    if (tile->texture != NULL)
        SDL_UpdateYUVTexture(tile->texture, NULL, picture->planes[0], (int)picture->strides[0], picture->planes[1],
                             (int)picture->strides[1], picture->planes[2], (int)picture->strides[2]);
    display->changed = true;
}

void display_audio(struct display *display, const int16_t *samples, size_t count)
{
    if (display->audio != 0 && SDL_GetQueuedAudioSize(display->audio) < AUDIO_AHEAD)
        SDL_QueueAudio(display->audio, samples, (Uint32)(count * 2 * sizeof *samples));
}

void display_left(struct display *display, const char *participant, const char *source)
{
    struct tile *tile;
    while ((tile = find_tile(display, participant, source)) != NULL) {
        SDL_DestroyTexture(tile->texture);
        size_t after = display->tile_count - (size_t)(tile - display->tiles) - 1;
        memmove(tile, tile + 1, after * sizeof *tile);
        display->tile_count--;
        display->changed = true;
    }
}

static void draw(struct display *display)
{
    int width, height, columns = 1;
    SDL_GetRendererOutputSize(display->renderer, &width, &height);
    while (columns * columns < (int)display->tile_count)
        columns++;
    SDL_RenderClear(display->renderer);
    for (size_t i = 0; i < display->tile_count; i++) {
        const struct tile *tile = &display->tiles[i];
        int cell_width = width / columns, cell_height = height / columns;
        SDL_Rect cell = {(int)i % columns * cell_width, (int)i / columns * cell_height, cell_width, cell_height};
        if (cell_width * (int)tile->height > cell_height * (int)tile->width)
            cell.w = cell_height * (int)tile->width / (int)tile->height;
        else
            cell.h = cell_width * (int)tile->height / (int)tile->width;
        SDL_RenderCopy(display->renderer, tile->texture, NULL, &cell);
    }
    SDL_RenderPresent(display->renderer);
}

bool display_update(struct display *display)
{
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
        if (event.type == SDL_QUIT)
            return false;
        display->changed = display->changed || event.type == SDL_WINDOWEVENT;
    }
    if (display->changed)
        draw(display);
    display->changed = false;
    return true;
}

#else

struct display *display_new(const char *title, const char **reason)
{
    (void)title;
    *reason = "this heddle-client was built without SDL2";
    return NULL;
}

void display_free(struct display *display)
{
    (void)display;
}

void display_picture(struct display *display, const char *participant, const char *source,
                     const struct heddle_client_picture *picture)
{
    (void)display;
    (void)participant;
    (void)source;
    (void)picture;
}

void display_audio(struct display *display, const int16_t *samples, size_t count)
{
    (void)display;
    (void)samples;
    (void)count;
}

void display_left(struct display *display, const char *participant, const char *source)
{
    (void)display;
    (void)participant;
    (void)source;
}

bool display_update(struct display *display)
{
    (void)display;
    return true;
}

#endif
