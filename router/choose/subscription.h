/* What ties a slot to the publication that it shows: which of its encodings is forwarded, and which the publisher is
 * asked to send because somebody watches them. Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_SUBSCRIPTION_H
#define HEDDLE_ROUTER_CHOOSE_SUBSCRIPTION_H

#include "router/out/slot.h"

/* The slots that show a publication; struct publication has how many. */
struct subscriptions {
    size_t capacity;
    struct slot *slots[];
};

void subscription_show(struct slot *slot, struct publication *publication, usec_t now); /* NULL: nothing */
/* The slot, or the publication, is about to be freed. */
void subscription_end(struct slot *slot, usec_t now);
void subscription_end_all(struct publication *publication, usec_t now);
/* How large the viewer shows it; 0: hidden. */
void subscription_set_view(struct slot *slot, uint16_t width, uint16_t height, uint8_t priority, usec_t now);
/* Sets the highest quality that the slot may show, and ends a pause. */
void subscription_set_limit(struct slot *slot, struct quality limit, usec_t now);
/* Shows nothing until subscription_set_limit(). */
void subscription_pause(struct slot *slot, usec_t now);
/* Chooses the encoding again, and if a keyframe is needed, begins with the last one or requests one.
 * subscription_restart(): the slot waits for a keyframe in any case. */
void subscription_review(struct slot *slot, usec_t now);
void subscription_restart(struct slot *slot, usec_t now);
/* The same while the path to the viewer is being found: a keyframe is requested that will be needed then. */
void subscription_ask_ahead(struct slot *slot, usec_t now);

/* The publication's codecs may be others now, and if `is_resized` it has another number of encodings. */
void subscription_media_changed(struct publication *publication, bool is_resized, usec_t now);
/* Finds out which encodings are received, and chooses again for all slots. */
void subscription_review_all(struct publication *publication, usec_t now);
void subscription_restart_all(struct publication *publication, usec_t now);
/* What a slot shows has changed: encodings that are watched now are requested at once, those that nobody watches any
 * more are stopped after a while. */
void subscription_review_encodings(struct publication *publication, usec_t now);
/* Tells the publisher which encodings it is asked to send. */
void subscription_tell_encodings(const struct publication *publication);

#endif
