/* A GMainContext inside a libuv loop, for libnice: before libuv sleeps (prepare) it is asked for the descriptors and
 * the time it waits for; after libuv woke (check) it is told what happened, and runs what is due. This header needs no
 * GLib headers. */
#ifndef HEDDLE_NET_GLIB_BRIDGE_H
#define HEDDLE_NET_GLIB_BRIDGE_H

#include <stdbool.h>
#include <uv.h>

struct _GMainContext; /* GLib's GMainContext */
struct agent_intake;
struct glib_bridge;

/* One per thread. NULL: it cannot be started. */
struct glib_bridge *glib_bridge_new(uv_loop_t *loop);
/* Closes its handles; the memory is freed when the loop has run once more. All agents must be freed before. */
void glib_bridge_free(struct glib_bridge *bridge);

struct _GMainContext *glib_bridge_context(struct glib_bridge *bridge);
uv_loop_t *glib_bridge_loop(struct glib_bridge *bridge);
/* What its agents may read, and what was dropped of that (agent_intake.h). */
struct agent_intake *glib_bridge_intake(struct glib_bridge *bridge);

/* Work for when the loop runs next, outside of every call into the bridge's users. Embedded; zeroed at first. */
struct glib_deferred {
    void (*run)(struct glib_deferred *deferred);
    struct glib_deferred *next;
    bool is_queued;
};
void glib_bridge_defer(struct glib_bridge *bridge, struct glib_deferred *deferred);
void glib_bridge_forget(struct glib_bridge *bridge, struct glib_deferred *deferred);

/* Asynchronous calls of GLib that are started between these two complete in the bridge's context. */
void glib_bridge_enter(struct glib_bridge *bridge);
void glib_bridge_leave(struct glib_bridge *bridge);
/* An agent that is still closing; glib_bridge_free() waits for it a moment. */
void glib_bridge_hold(struct glib_bridge *bridge);
void glib_bridge_release(struct glib_bridge *bridge);

#endif
