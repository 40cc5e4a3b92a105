#include "client/call/mixed_view.h"

void mixed_view_request(struct mixed_view *view, bool is_requested, usec_t now)
{
    if (view->is_requested == is_requested)
        return;
    view->is_requested = is_requested;
    view->changed_at = now;
}

/* Whether the mix is to be shown from now on, which was not; or no longer, which was. */
static bool is_time(const struct mixed_view *view, enum media_kind kind, bool is_mix, bool has_all, usec_t now)
{
    if (is_mix == view->is_shown[kind])
        return false;
    if (is_mix)
        return view->is_requested;
    return !view->is_requested &&
           (has_all || now - view->mix_frame[kind] >= MIXED_VIEW_SILENCE || now - view->changed_at >= MIXED_VIEW_LIMIT);
}

bool mixed_view_frame(struct mixed_view *view, enum media_kind kind, bool is_mix, bool has_all, usec_t now, usec_t *gap)
{
    *gap = -1;
    if (is_mix)
        view->mix_frame[kind] = now;
    if (is_time(view, kind, is_mix, has_all, now)) {
        view->is_shown[kind] = is_mix;
        *gap = view->shown_at[kind] != 0 ? now - view->shown_at[kind] : -1;
    }
    if (view->is_shown[kind] != is_mix)
        return false;
    view->shown_at[kind] = now;
    return true;
}

bool mixed_view_needs_mix(const struct mixed_view *view, usec_t now)
{
    bool is_shown = view->is_shown[MEDIA_AUDIO] || view->is_shown[MEDIA_VIDEO];
    return view->is_requested || (is_shown && now - view->changed_at < MIXED_VIEW_LIMIT);
}

bool mixed_view_needs_others(const struct mixed_view *view)
{
    return !view->is_requested || !view->is_shown[MEDIA_AUDIO] || !view->is_shown[MEDIA_VIDEO];
}
