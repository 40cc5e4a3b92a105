/* A call: the signaling socket, the room, and a connection to each id that the server names. Changing the room's
 * topology is a new list of ids: new connections come up beside the old ones, which retire and are closed once media
 * has moved. While a room on the router may become a Mesh there are probes, too: connections to participants that
 * carry no media until the room becomes a Mesh. A shell: it has the I/O and the timers. */
#ifndef HEDDLE_CLIENT_CALL_H
#define HEDDLE_CLIENT_CALL_H

#include "client/call/call_types.h"

struct call;

struct call *call_new(const struct call_config *config, const struct call_listener *listener); /* NULL: no resources */
void call_start(struct call *call);
/* Tells the server that we leave; `ended` follows with the code "left". */
void call_leave(struct call *call);
/* Closes everything and leaves nothing in the loop. The only listener call is `closing`, from inside this call; what
 * was measured can still be read. Idempotent. Not to be called from a connection's listener. */
void call_stop(struct call *call);
/* Stops it. The memory is freed while the loop runs on. */
void call_free(struct call *call);

void call_set_sources(struct call *call, const struct negotiation_source *sources, size_t count);
/* How large a video of a participant is shown: the router sends the smallest encoding that will do, and nothing of 0 x
 * 0. Holds until the participant leaves, or we join anew. */
void call_set_size(struct call *call, const char *participant, const char *source, unsigned width, unsigned height);
/* How the mixer arranges its picture; of a mixer, before it joins: if nobody in the room has chosen. */
void call_set_layout(struct call *call, const char *layout);
/* Whether everybody is shown, or the mixer's video and audio instead. */
struct mixed_view *call_view(struct call *call);
/* Whether we would be sent the mix alone: "auto", "on" or "off"; before call_start() and in a call. */
void call_wish_mix(struct call *call, const char *wish);
void call_mute(struct call *call, const char *source, bool muted);
void call_send(struct call *call, json_t *message);     /* takes it; a complete message */
void call_tell_event(struct call *call, json_t *event); /* takes it; what was measured */
/* As room_data_send(); ERR_WRONG_STATE, too: without data channels. */
int call_send_data(struct call *call, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload);
/* The network changed, or may have: connections and signaling act at once instead of waiting for their timers. */
void call_network_changed(struct call *call);
/* Starts the connections again that were given up. */
void call_rejoin(struct call *call);
void call_video(struct call *call, const char *source, unsigned encoding, const struct coded_frame *frame, usec_t now);
void call_audio(struct call *call, const char *source, const struct coded_audio *audio, usec_t now);

const struct client_room *call_room(const struct call *call);
struct call_status call_get_status(const struct call *call);
const struct call_connections *call_connections(const struct call *call);
uint64_t call_signaling_bytes(const struct call *call);
const struct joining *call_joining(const struct call *call);
bool call_lacks_turn(const struct call *call); /* only TURN may be used, and the server names none */
/* What the server said of why connections may not come up; "": nothing. */
const char *call_obstacle(const struct call *call);
size_t call_left_out(const struct call *call); /* publications that are not received: client_room_choose() */

#endif
