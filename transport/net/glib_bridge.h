/* What ice_agent.c and nice_attempt.c need of the bridge (glib_bridge_new() and _free() are in ice_agent.h). */
#ifndef HEDDLE_NET_GLIB_BRIDGE_H
#define HEDDLE_NET_GLIB_BRIDGE_H

#include <glib.h>
#include <stdbool.h>
#include <uv.h>

#include "transport/net/ice_agent.h"

GMainContext *glib_bridge_context(struct glib_bridge *bridge);
uv_loop_t *glib_bridge_loop(struct glib_bridge *bridge);

/* Work for when the loop runs next, outside of every call into the bridge's users. Embedded; zeroed at first. */
struct glib_deferred {
    void (*run)(struct glib_deferred *deferred);
    struct glib_deferred *next;
    bool is_queued;
};
void glib_bridge_defer(struct glib_bridge *bridge, struct glib_deferred *deferred);
void glib_bridge_forget(struct glib_bridge *bridge, struct glib_deferred *deferred);

/* What is asynchronous in GLib ends in the bridge's context if it is begun between these. */
void glib_bridge_enter(struct glib_bridge *bridge);
void glib_bridge_leave(struct glib_bridge *bridge);
/* An agent that is still closing; glib_bridge_free() waits for it a moment. */
void glib_bridge_hold(struct glib_bridge *bridge);
void glib_bridge_release(struct glib_bridge *bridge);

#endif
