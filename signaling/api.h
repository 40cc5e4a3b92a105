/* GET /api/v1/rooms and /api/v1/rooms/NAME, in pages, and POST .../NAME/pin?topology=TOPOLOGY: the rooms joined with
 * the workers' accounting. A request waits for the workers' answers; requests that come while a round runs share it,
 * and rounds are at least API_ROUND_INTERVAL apart, because the media threads answer them. The time that an answer
 * takes is charged to the address that asked (pace.h). */
#ifndef HEDDLE_SIGNALING_API_H
#define HEDDLE_SIGNALING_API_H

#include "signaling/http/http.h"
#include "transport/base/time.h"

#define API_ROUND_INTERVAL (100 * USEC_PER_MSEC)

struct api;
struct signaling;

struct api *api_new(struct signaling *signaling);
void api_stop(struct api *api); /* the loop has to run once more */
void api_free(struct api *api);
struct http_route api_route(struct api *api);

#endif
