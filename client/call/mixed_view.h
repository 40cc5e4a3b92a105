/* In a room with a mixer a client is sent the mixer's video and audio instead of everybody's. This decides which of
 * both is asked for, and which is shown, while the room changes: what was shown stays until the other one comes in
 * decoded frames. Audio and video change each by itself. Pure. */
#ifndef HEDDLE_CLIENT_MIXED_VIEW_H
#define HEDDLE_CLIENT_MIXED_VIEW_H

#include <stdbool.h>

#include "transport/base/time.h"
#include "transport/wire/codec.h"

#define MIXED_VIEW_LIMIT (10 * USEC_PER_SEC)     /* a mix that is not asked for any more is not shown for longer */
#define MIXED_VIEW_SILENCE (200 * USEC_PER_MSEC) /* without a frame of it, any frame of another takes its place */

struct mixed_view {      /* zeros: everybody's */
    bool is_requested;   /* the room has a mixer */
    bool is_shown[2];    /* by kind (enum media_kind): the mix is, instead of everybody's */
    usec_t changed_at;   /* when is_requested changed last */
    usec_t mix_frame[2]; /* the mix's last frame */
    usec_t shown_at[2];  /* the last frame that was shown, of either */
};

/* The room has a mixer, or has none any more. */
void mixed_view_request(struct mixed_view *view, bool is_requested, usec_t now);
/* A decoded frame. Whether it is to be shown; `gap` is set when the view changed with it: for how long nothing was
 * shown, or -1. `has_all`: something of everybody who is not muted came since changed_at; only asked of frames that are
 * not the mix's. */
bool mixed_view_frame(struct mixed_view *view, enum media_kind kind, bool is_mix, bool has_all, usec_t now,
                      usec_t *gap);
/* What is to be received. */
bool mixed_view_needs_mix(const struct mixed_view *view, usec_t now);
bool mixed_view_needs_others(const struct mixed_view *view);

#endif
