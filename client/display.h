/* A window that shows everybody side by side, where SDL2 was found when this was built. */
#ifndef HEDDLE_CLIENT_DISPLAY_H
#define HEDDLE_CLIENT_DISPLAY_H

#include <stdbool.h>

#include "client/include/heddle_client.h"

struct display;

struct display *display_new(const char *title, const char **reason); /* NULL: there is no display */
void display_free(struct display *display);
void display_picture(struct display *display, const char *participant, const char *source,
                     const struct heddle_client_picture *picture);
void display_audio(struct display *display, const int16_t *samples, size_t count);       /* stereo, 48 kHz */
void display_left(struct display *display, const char *participant, const char *source); /* `source` NULL: all of its */
/* Draws what came since; false: the window was closed. */
bool display_update(struct display *display);

#endif
