/* The JSON of the API: rooms and what the workers counted, in pages. Pages are bounded, because the thread that writes
 * them carries the signaling of all clients. */
#ifndef HEDDLE_SIGNALING_API_JSON_H
#define HEDDLE_SIGNALING_API_JSON_H

#include <jansson.h>
#include <stddef.h>

struct room;
struct signaling;
struct worker_stats;

#define API_ROOMS_MAX 1000       /* of one page */
#define API_PARTICIPANTS_MAX 100 /* of one page */
#define API_SLOTS_MAX 2000       /* a page ends with the participant that reaches so many */
#define API_PAIRS_MAX 1000       /* of one page: of its participants */

struct api_page {
    size_t offset, limit;
};

/* Each is the caller's, and never NULL. `stats` has `count` places, one for each worker; a NULL in one: that worker did
 * not answer. All arguments are borrowed, and none is NULL. */
json_t *api_rooms_json(const struct signaling *signaling, struct worker_stats *const *stats, size_t count,
                       const struct api_page *page);
json_t *api_room_json(const struct room *room, struct worker_stats *const *stats, size_t count,
                      const struct api_page *page);

#endif
