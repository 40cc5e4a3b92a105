/* Commands of a worker's owner to the worker, and how they are written: as bytes, so that the two need not be in one
 * process. All numbers are in network byte order; a text is its length (1 byte) and its characters, a long text has two
 * bytes of length.
 *
 *   every command      version (1), type (1), connection (8; 0: none)
 *   COMMAND_OPEN       room (text), participant (text)
 *   COMMAND_CONFIGURE  local and remote ICE credentials (ufrag, pwd: long texts), flags (1: bit 0 DTLS client),
 *                      SCTP port (2), fingerprint algorithm (text), fingerprint (text), three counts (2 each), then:
 *                      m-line   transport/wire/media_form.h, flags (1: bit 0 receive, 1 send), send SSRC (4), its RTX
 *                               SSRC (4), promoted payload type (1)
 *                      send     mid (text), source (text), flags (1: bit 0 muted)
 *                      receive  mid (text), publication (text)
 *   COMMAND_RELAY_TO   count (1), endpoints (2 each)
 *   COMMAND_CANDIDATE  candidate (long text)
 *   COMMAND_MUTE       source (text), flags (1: bit 0 muted)
 *   COMMAND_RECEIVE    count (2), then those: mid (text), flags (1: bit 0 keeps_show), show (text), width (2),
 *                      height (2), priority (1)
 *   COMMAND_STATS      request (8)
 *   COMMAND_TELL_AGAIN, COMMAND_CLOSE, COMMAND_STOP  nothing more */
#ifndef HEDDLE_ROUTER_WORKER_COMMAND_H
#define HEDDLE_ROUTER_WORKER_COMMAND_H

#include "router/worker/worker_types.h"

#define COMMAND_VERSION 3
#define COMMAND_REQUESTS_MAX CONNECTION_MEDIA_MAX

enum command_type {
    COMMAND_OPEN = 1,
    COMMAND_CONFIGURE = 2,
    COMMAND_RELAY_TO = 3,
    COMMAND_CANDIDATE = 4,
    COMMAND_MUTE = 5,
    COMMAND_RECEIVE = 6,
    COMMAND_TELL_AGAIN = 7,
    COMMAND_CLOSE = 8,
    COMMAND_STATS = 9,
    COMMAND_STOP = 10,
};

struct command {
    enum command_type type;
    connection_id id;
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    char source[SOURCE_MAX + 1];
    char candidate[ICE_CANDIDATE_MAX];
    bool muted;
    struct relay_endpoints endpoints;
    size_t request_count;
    struct router_request *requests; /* heap */
    struct connection_setup setup;
    uint64_t request;
};

void command_fini(struct command *command);

/* An upper bound of its length in bytes. */
size_t command_size(const struct command *command);
/* Returns the length, or ERR_NO_SPACE. */
int command_write(const struct command *command, uint8_t *out, size_t capacity);
/* Reads a whole command; whatever it returns, command_fini() frees. ERR_UNSUPPORTED: of another version or type;
 * ERR_TRUNCATED; ERR_INVALID: too long, or a field has an impossible value. Type and connection are set if there are
 * enough bytes for them. */
int command_read(struct command *command, const uint8_t *data, size_t length);

#endif
