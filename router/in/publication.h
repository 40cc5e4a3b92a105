/* One thing that a participant sends (publisher.h). Private to the core. */
#ifndef HEDDLE_ROUTER_IN_PUBLICATION_H
#define HEDDLE_ROUTER_IN_PUBLICATION_H

#include "router/in/publisher.h"

struct publication *publication_new(struct publisher *publisher, const char *source, const struct media *media,
                                    usec_t now);
/* No slot may show it any more, as subscription_end_all() sees to. */
void publication_free(struct publication *publication);
/* Made by a mixer of what others publish: nobody's face, and no speaker. */
bool publication_is_mix(const struct publication *publication);
/* By its id, or as what a mixer makes for who is silent (SHOW_MIX). */
bool publication_is_asked_for(const struct publication *publication, const char *show);
struct publication *publication_find(const struct publisher *publisher, const char *source); /* NULL: none */
/* The result of another negotiation. Returns whether the number of encodings has changed: then all of them are new. */
bool publication_set_media(struct publication *publication, const struct media *media);
/* The codec of the last packet of any encoding, a pointer into the publication's media; NULL: nothing was received
 * yet. */
const struct media_codec *publication_codec(const struct publication *publication);
/* Updates bitrates, which encodings are received, and their order by size. */
void publication_measure(struct publication *publication, usec_t now);
/* The encoding of that rank: 0 is the smallest. */
struct encoding *publication_ranked(struct publication *publication, int rank);
/* The encodings that are watched, as bits: those are asked for at once, one that nobody watches any more is not asked
 * for after a while. True: what the publisher is asked for (`asked_encodings`) has changed. */
bool publication_ask(struct publication *publication, unsigned watched, usec_t now);
/* What the core of this relay target (an index) asks for. */
void publication_set_request(struct publication *publication, size_t target, struct relay_request request);
/* The encodings that other cores ask for, as bits. */
unsigned publication_asked_elsewhere(const struct publication *publication);
void publication_get_stats(const struct publication *publication, struct publication_stats *stats);

#endif
