/* The forwarding core of one worker: rooms, participants, publications, slots. Pure: RTP and RTCP plaintext and `now`
 * go in; packets to send, events and the next timeout come out. It opens no socket, reads no clock, has no callbacks.
 *
 *   router -> room -> participant -> publication -> encoding (one received SSRC)
 *                                 -> slot                (one sent SSRC)
 *
 * A participant owns the publications it sends and the slots it receives on. A slot refers to a publication by its
 * subscription, which ends with either of them. */
#ifndef HEDDLE_ROUTER_ROUTER_H
#define HEDDLE_ROUTER_ROUTER_H

#include "router/base/outgoing.h"
#include "router/base/types.h"
#include "transport/wire/envelope.h"

struct router;
struct participant;

struct router *router_new(const struct router_config *config, uint64_t seed);
void router_free(struct router *router); /* frees whatever is still in it; NULL is fine */

/* `connection` is the caller's number of the participant's connection, and not 0. Events may name it even after the
 * participant has left, so it must not be a pointer that is invalid by then. The room is made with its first
 * participant and freed with its last. ERR_DUPLICATE: the id is in the room already. A participant that is only relayed
 * to this core (router/relay.h) is replaced. */
int router_join(struct router *router, struct participant **out, const char *room, const char *id, uint64_t connection,
                usec_t now);
void router_leave(struct router *router, struct participant *participant, usec_t now);

/* The functions of a participant stand in files of router/room/: configure.c (configure, mute), viewing.c (receive,
 * tell_again), participant.c (set_ready and what it is), data.c (data), forward.c (rtp), rtcp_in.c (rtcp), rtcp_out.c
 * (poll_rtcp), output.c (egress, image, write, sent), statistics.c (get_stats, publications, slots). */

/* Call after each negotiation, with the complete state, not a difference. M-lines that stay keep their streams;
 * publications and slots that are no longer named end. */
void participant_configure(struct participant *participant, const struct media *media, size_t media_count,
                           const struct router_send *sends, size_t send_count, const struct router_receive *receives,
                           size_t receive_count, usec_t now);
/* A slot whose m-line was not named in `receives` is shared: it shows what is requested here. M-lines without a request
 * keep their last one; of several for one m-line the last counts. Applied at once, or 50 ms after the last time. */
void participant_receive(struct participant *participant, const struct router_request *requests, size_t count,
                         usec_t now);
/* Events with the state of all its slots and publications, for one that may have missed earlier ones. */
void participant_tell_again(struct participant *participant);
/* Whether path and keys are there: nothing is queued for a participant that is not ready. */
void participant_set_ready(struct participant *participant, bool ready, usec_t now);
/* A muted publication is not forwarded; unmuting asks for a keyframe. */
int participant_mute(struct participant *participant, const char *source, bool muted, usec_t now);

/* Received RTP and RTCP, decrypted. Bad input is counted and dropped; the error says why. */
int participant_rtp(struct participant *participant, const uint8_t *data, size_t length, usec_t now);
int participant_rtcp(struct participant *participant, const uint8_t *data, size_t length, usec_t now, int64_t wall_us);

/* Data channels: messages of a room (transport/wire/envelope.h), forwarded without looking at what they say. */
/* Whether its channel is open; nothing waits for one whose channel is not. */
void participant_set_data(struct participant *participant, bool is_open);
/* When another frame may be taken from it: now, or later if it has used up what it may send. Until then its frames stay
 * where they are, so that it has to wait. */
usec_t participant_data_when(const struct participant *participant, usec_t now);
/* A frame came from its channel. An error: some of it is malformed (counted), and lost. */
int participant_data(struct participant *participant, const uint8_t *frame, size_t length, usec_t now);
/* The next frame to send on its channel, borrowed until participant_data_sent(), which takes it off. False: none. */
bool participant_data_next(const struct participant *participant, struct span *frame, enum envelope_policy *policy);
void participant_data_sent(struct participant *participant);

usec_t router_next(const struct router *router);
void router_timeout(struct router *router, usec_t now, int64_t wall_us);

/* Packets of a picture may wait so long for the others of it, to be sent together (0, the default: not at all). A
 * picture cannot be decoded before its last packet. */
void router_hold_pictures(struct router *router, usec_t most);
bool router_has_output(const struct router *router);

/* Output: the next participant that has RTCP or packets to send. */
struct participant *router_poll(struct router *router); /* NULL: nothing more to send */
uint64_t participant_connection(const struct participant *participant);
/* What the caller has for this participant: found without a look-up by the connection's id. NULL at first. */
void participant_set_user(struct participant *participant, void *user);
void *participant_user(const struct participant *participant);
const char *participant_id(const struct participant *participant);
/* The next compound RTCP packet; 0: none. */
size_t participant_poll_rtcp(struct participant *participant, uint8_t *out, size_t capacity);
/* The packets that may go out now, in order. They stay valid until participant_sent(), which must follow. Packets that
 * the pacer holds back come with a later router_poll(). */
size_t participant_egress(struct participant *participant, const struct egress **items, usec_t now);
/* An item's packet. It takes a transport-wide sequence number, so call it once an item and send the result.
 * ERR_NO_SPACE: too large, counted. */
int participant_image(struct participant *participant, const struct egress *item, struct packet_image *image,
                      usec_t now);
/* The same in one piece. Returns the length, 0 for none; `out` needs PACKET_CAPACITY. */
size_t participant_write(struct participant *participant, const struct egress *item, uint8_t *out, usec_t now);
void participant_sent(struct participant *participant);

bool router_poll_event(struct router *router, struct router_event *event);

void participant_get_stats(const struct participant *participant, struct participant_stats *stats);

/* Each fills at most `capacity` and returns how many. */
size_t participant_publications(const struct participant *participant, struct publication_stats *stats,
                                size_t capacity);
size_t participant_slots(const struct participant *participant, struct slot_stats *stats, size_t capacity);

void router_get_stats(const struct router *router, struct router_stats *stats);

#endif
