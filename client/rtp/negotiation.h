/* Offer and answer of one connection, for both topologies: which m-line carries which publication, whose turn it is,
 * and what happens when both ends offer at once (perfect negotiation, W3C WebRTC 1.0 section 10.7). Pure.
 *
 *   stable      -> offered     negotiation_offer()
 *   offered     -> stable      negotiation_answered(); or negotiation_offered(): the polite end rolls back its offer
 *   stable      -> stable      negotiation_offered(): the answer is made at once */
#ifndef HEDDLE_CLIENT_NEGOTIATION_H
#define HEDDLE_CLIENT_NEGOTIATION_H

#include <jansson.h>

#include "signaling/proto/names.h"
#include "signaling/proto/negotiate.h"
#include "transport/base/names.h"
#include "transport/net/ice.h"

#define NEGOTIATION_LINES_MAX SDP_MEDIA_MAX
#define NEGOTIATION_SOURCES_MAX MESSAGE_SOURCES

struct negotiation_config {
    const char *local_id, *remote_id; /* participants; copied */
    bool is_router;                   /* the remote peer */
    bool offers_first;                /* we make the first offer; else the remote peer, or negotiation_may_offer() */
    bool has_data;                    /* data channels are offered, and accepted */
    bool has_all_codecs;              /* also those that are neither encoded nor decoded here */
    const char *fingerprint;          /* stays valid */
    uint64_t seed;
    uint64_t session_id;
};

/* Something we send. */
struct negotiation_source {
    char source[SOURCE_MAX + 1]; /* "camera" */
    enum media_kind kind;
    enum codec codec; /* CODEC_NONE: the one that the library makes */
    bool muted;
    size_t rid_count; /* simulcast, to the router only */
    char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1];
};

struct negotiation_line {
    struct negotiate_line base;
    char source[SOURCE_MAX + 1];              /* what we send on it; "" */
    enum codec codec;                         /* in which; CODEC_NONE as of a source */
    char publication[PUBLICATION_ID_MAX + 1]; /* what comes in on it; "" */
    bool is_theirs;                           /* the remote peer offered it as sendonly */
};

/* Of two ids the one that is lower as (length, text) is impolite, and makes the first offer of a new connection. */
bool negotiation_is_impolite_id(const char *local_id, const char *remote_id);

struct negotiation;
struct negotiation *negotiation_new(const struct negotiation_config *config);
void negotiation_free(struct negotiation *negotiation);

/* What is to be sent, and (from the router) received, from the next offer on; in a Mesh everything is received. */
void negotiation_set_sources(struct negotiation *negotiation, const struct negotiation_source *sources, size_t count);
void negotiation_set_requested(struct negotiation *negotiation, const char *const *publications,
                               const enum media_kind *kinds, size_t count);
/* True when an offer is due and may be made now. */
bool negotiation_needs_offer(const struct negotiation *negotiation);
/* We may offer although nobody has yet. */
void negotiation_may_offer(struct negotiation *negotiation);
/* An offer is due although nothing changed: new ICE credentials. An open offer of ours no longer waits for its
 * answer. */
void negotiation_restart(struct negotiation *negotiation);
/* Our offer or its answer may be lost: if there is no answer yet, an offer is due again. */
void negotiation_repeat(struct negotiation *negotiation);
/* An offer of a newer generation came: an open offer of ours is rolled back, even if we are the impolite end. */
void negotiation_yield(struct negotiation *negotiation);
bool negotiation_is_polite(const struct negotiation *negotiation);

/* Fills `offer` (SDP_SIZE_MAX) and the members `sends` and `receives` of the message. */
int negotiation_offer(struct negotiation *negotiation, const struct ice_credentials *local, char *offer,
                      json_t *message);
/* Takes an offer with its `sends`. 0: `answer` is filled, and `sends` in `message`; ERR_AGAIN: both ends offered at
 * once, and our offer wins: drop this one; ERR_INVALID with `refusal`. */
int negotiation_offered(struct negotiation *negotiation, const char *offer, const json_t *sends,
                        const struct ice_credentials *local, char *answer, json_t *message, struct refusal *refusal);
/* True when an offer that comes now would be dropped for ours. */
bool negotiation_ignores_offer(const struct negotiation *negotiation);
int negotiation_answered(struct negotiation *negotiation, const char *answer, const json_t *sends,
                         struct refusal *refusal);

/* What both ends agreed last; NULL before. */
const struct negotiated *negotiation_current(const struct negotiation *negotiation);
const struct negotiation_line *negotiation_find_line(const struct negotiation *negotiation, const char *mid);
const char *negotiation_mid_of(const struct negotiation *negotiation, const char *publication); /* NULL: none */

#endif
