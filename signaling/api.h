/* GET /api/v1/rooms and /api/v1/rooms/NAME, POST .../NAME/pin?shape=SHAPE: the rooms joined with the workers'
 * accounting. A request waits for the workers' answers; requests that come while a round runs share it. */
#ifndef HEDDLE_SIGNALING_API_H
#define HEDDLE_SIGNALING_API_H

struct api;
struct http_request;
struct server;

struct api *api_new(struct server *server);
void api_free(struct api *api);
/* Answers now or later. Returns what the libwebsockets callback must. */
int api_start(struct api *api, struct http_request *request);
int api_post(struct api *api, struct http_request *request);
/* The request's connection is gone. */
void api_forget(struct api *api, struct http_request *request);

#endif
