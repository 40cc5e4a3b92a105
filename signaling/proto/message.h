/* The messages of PROTOCOL.md: one table of every message and its fields, and the check of a text against it. Pure.
 * Server and clients use it in both directions: what one may send is what the other accepts. */
#ifndef HEDDLE_SIGNALING_MESSAGE_H
#define HEDDLE_SIGNALING_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "signaling/proto/names.h"
#include "signaling/proto/refusal.h"

#define MESSAGE_SUBPROTOCOL "heddle.v1"
#define MESSAGE_SIZE_MAX ((size_t)256 * 1024)
#define MESSAGE_SIZE_MAX_UNJOINED ((size_t)32 * 1024) /* for a token and an offer; anybody can leave one unfinished */
#define MESSAGE_VALUES_MAX 8192                       /* names, values and brackets of one message to the server */
#define MESSAGE_MEDIA_MAX 256                         /* m-lines that one message can name */

enum message_direction { MESSAGE_TO_SERVER, MESSAGE_TO_CLIENT };

enum message_type {
    MESSAGE_JOIN,
    MESSAGE_LEAVE,
    MESSAGE_OFFER,
    MESSAGE_ANSWER,
    MESSAGE_ICE_CANDIDATE,
    MESSAGE_REQUEST_NEW_CONNECTION,
    MESSAGE_PATH,
    MESSAGE_NETWORK_CHANGED,
    MESSAGE_MUTE,
    MESSAGE_RECEIVE,
    MESSAGE_REPORT,
    MESSAGE_CHAT,
    MESSAGE_PIN,
    MESSAGE_MIX_WISH,
    MESSAGE_PING,
    MESSAGE_MUTE_PARTICIPANT,
    MESSAGE_ASK_UNMUTE,
    MESSAGE_REMOVE,
    MESSAGE_TRANSFER_HOST,
    MESSAGE_LOCK_ROOM,
    MESSAGE_SET_WAITING_ROOM,
    MESSAGE_ADMIT,
    MESSAGE_DENY,
    MESSAGE_END_ROOM,
    MESSAGE_HAND,
    MESSAGE_REACTION,
    MESSAGE_MIX_LANES,
    MESSAGE_RECORD,
    MESSAGE_RECORDING,
    MESSAGE_JOINED,
    MESSAGE_PARTICIPANT_JOINED,
    MESSAGE_PARTICIPANT_LEFT,
    MESSAGE_PARTICIPANT_STATE,
    MESSAGE_PARTICIPANT_ROLE,
    MESSAGE_PARTICIPANT_HAND,
    MESSAGE_ROOM_LOCK,
    MESSAGE_WAITING,
    MESSAGE_WAITING_ROOM,
    MESSAGE_WAITING_LIST,
    MESSAGE_CHAT_HISTORY,
    MESSAGE_MUTED,
    MESSAGE_UNMUTE_REQUEST,
    MESSAGE_PUBLICATIONS,
    MESSAGE_CONNECT,
    MESSAGE_CONNECTION_REQUEST,
    MESSAGE_SLOTS,
    MESSAGE_SPEAKERS,
    MESSAGE_ENCODINGS,
    MESSAGE_ICE_SERVERS,
    MESSAGE_CODECS,
    MESSAGE_PONG,
    MESSAGE_ERROR,
};
const char *message_type_name(enum message_type type);

/* Parses and checks one text. 0 and *out is the caller's (json_decref), or ERR_INVALID with `error` set: "bad-json" or
 * "bad-message". Members that are null are left out, as if they had not been written. */
int message_parse(json_t **out, enum message_type *type, enum message_direction direction, const char *text,
                  size_t length, struct refusal *error);
/* The same for an object that was built or parsed already. */
int message_check(const json_t *message, enum message_type *type, enum message_direction direction,
                  struct refusal *error);

#endif
