/* What another core must know of a publisher (RELAY_PUBLISHER): the participant, its publications, and how they were
 * negotiated. What was negotiated for sending to it (send SSRCs) is not included.
 *
 *   state        room (text), participant (text), publications (1), then those
 *   publication  source (text), flags (1: bit 0 muted), m-line
 *   m-line       as in transport/wire/media_form.h
 *
 * If the numbers of enum codec or enum extension change, RELAY_VERSION has to change, too. Private to the core. */
#ifndef HEDDLE_ROUTER_RELAY_RELAY_STATE_H
#define HEDDLE_ROUTER_RELAY_RELAY_STATE_H

#include "router/base/types.h"

#define RELAY_PUBLICATIONS_MAX 8
#define RELAY_STATE_MAX ((size_t)32 << 10) /* written */

struct relay_publication {
    char source[SOURCE_MAX + 1];
    bool muted;
    struct media media; /* `receive` is set, `send` is not */
};

struct relay_state {
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    size_t publication_count;
    struct relay_publication publications[RELAY_PUBLICATIONS_MAX];
};

/* Returns the length, or ERR_NO_SPACE; RELAY_STATE_MAX is enough. */
int relay_state_write(const struct relay_state *state, uint8_t *out, size_t capacity);
/* Reads a whole state. ERR_TRUNCATED, or ERR_INVALID: too long, or a field has an impossible value. */
int relay_state_read(struct relay_state *state, const uint8_t *data, size_t length);

#endif
