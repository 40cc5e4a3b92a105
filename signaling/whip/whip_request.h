/* A request of WHIP or WHEP while it is carried out: what its headers and its address say, what it may do, and how
 * it is refused. What returns a bool and gets no other place for it fills in the refusal when that is false. */
#ifndef HEDDLE_SIGNALING_WHIP_REQUEST_H
#define HEDDLE_SIGNALING_WHIP_REQUEST_H

#include "signaling/config/token.h"
#include "signaling/http/http.h"
#include "signaling/whip/whip_path.h"
#include "transport/base/time.h"

#define WHIP_SDP_TYPE "application/sdp"
#define WHIP_FRAGMENT_TYPE "application/trickle-ice-sdpfrag"
#define WHIP_NAME_SIZE 512

struct whip_host;

struct whip_request {
    struct whip_host *host;
    struct http_request *http;
    struct whip_path path;
    usec_t now;
    struct refusal *refusal;
};

/* The answer to a request that was refused: the status that its code has. */
enum http_step whip_request_refuse(const struct whip_request *request);

/* The body is of this type, with or without parameters. */
bool whip_request_has_type(const struct whip_request *request, const char *type);
/* Its sender takes a description as the answer. */
bool whip_request_accepts_sdp(const struct whip_request *request);
/* What the access token allows in the room, and its bans_key(). A service's token is for other things. */
bool whip_request_access(const struct whip_request *request, struct token *token, uint64_t *key);
/* Who knows a session's address has made it. With access tokens it has one of the room, also if that
 * has expired since. */
bool whip_request_may_change(const struct whip_request *request);
/* Its address has not used up its time of the signaling thread. */
bool whip_request_has_time(const struct whip_request *request);
/* Takes it from what the address may join. */
bool whip_request_may_join(const struct whip_request *request);
/* "?name=Ann", or a name for all who gave none. */
bool whip_request_name(const struct whip_request *request, char out[WHIP_NAME_SIZE]);
/* If-Match holds the resource's ETag, which is this number, or "*", as an ICE restart has it; some write that one in
 * quotes. */
bool whip_request_matches(const struct whip_request *request, uint64_t etag);

#endif
