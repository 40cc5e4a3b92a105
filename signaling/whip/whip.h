/* WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): a participant that joins by posting its offer, and lives as long
 * as its connection to the router. POST to an endpoint (whip_path.h) makes a session, PATCH gives it candidates or
 * restarts ICE, DELETE ends it, OPTIONS says what there is. */
#ifndef HEDDLE_SIGNALING_WHIP_H
#define HEDDLE_SIGNALING_WHIP_H

#include "signaling/http/http.h"

struct whip_host;

/* Of "/whip/", and of "/whep/". The host is borrowed. */
struct http_route whip_route(struct whip_host *host, bool is_egress);

#endif
