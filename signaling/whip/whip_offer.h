/* What the m-lines of a WHIP or WHEP client's offer are for, since such a client does not say it. Pure. */
#ifndef HEDDLE_SIGNALING_WHIP_OFFER_H
#define HEDDLE_SIGNALING_WHIP_OFFER_H

#include "signaling/proto/sdp.h"
#include "signaling/router/router_participant.h"

/* Of what it sends, the first video is the camera and the second a screen, and audio belongs to them in that order.
 * Fills in `sends` (heap) of the offer. False: it sends nothing, or more than that; `refusal` says so. */
bool whip_offer_sends(struct router_offer *offer, const struct sdp *sdp, struct refusal *refusal);
/* The m-line on which it receives the publication: fills in `receives` (heap). With "" or SHOW_MIX nothing is named,
 * and the m-lines show who speaks, or what the mixer makes. False: it has no such m-line. */
bool whip_offer_receives(struct router_offer *offer, const struct sdp *sdp, const char *publication,
                         struct refusal *refusal);
/* Whether an answer would take one m-line at least; else `refusal` says why not. Asked before anybody hears of the
 * participant: an encoder with a codec that is not ours tries again and again. */
bool whip_offer_is_acceptable(const struct sdp *sdp, struct refusal *refusal);
/* What is asked to be shown then, as large as the link allows. Heap. */
struct router_request *whip_offer_requests(const struct router_offer *offer, const struct sdp *sdp,
                                           const char *publication, size_t *count);

#endif
