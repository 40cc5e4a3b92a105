/* Why a message or a request is refused, or a participant is put out of its room: the one structure for it, written as
 * `error` on WebSockets and as JSON over HTTP. The C client has the same for what it cannot use of what others sent. */
#ifndef HEDDLE_SIGNALING_REFUSAL_H
#define HEDDLE_SIGNALING_REFUSAL_H

#include <jansson.h>
#include <stdbool.h>

/* What becomes of the socket on which something is refused. */
enum refusal_end {
    REFUSAL_GOES_ON,
    REFUSAL_ENDS,        /* closed: the same would be refused again */
    REFUSAL_ENDS_FOR_NOW /* closed: the same may be taken later */
};

struct refusal {
    const char *code;   /* of PROTOCOL.md, static; NULL: not refused */
    char text[256];     /* for people */
    char request[32];   /* the type of the message that is answered, as far as it could be read */
    char field[64];     /* "sends[2].mid"; "": none in particular */
    char expected[128]; /* "a string of 1 to 16 characters" */
    enum refusal_end end;
    /* Of what a host did: its name, and the reason that it gave. Borrowed; NULL: none. */
    const char *by, *reason;
};

/* Says why; the other fields stay as they are. False, always: what a function that is refused returns. */
bool refusal_set(struct refusal *refusal, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, for a refusal that closes the socket. */
bool refusal_set_end(struct refusal *refusal, enum refusal_end end, const char *code, const char *text);
/* What may be done so often only: the same words for all of it. False, always. */
bool refusal_set_too_often(struct refusal *refusal);
/* Names the part that is wrong, and what it should have been. */
void refusal_set_field(struct refusal *refusal, const char *field, const char *expected);
/* What was refused is the part `name` of a message: "sends[2].mid" becomes "offer.sends[2].mid", and "" "offer". */
void refusal_set_inside(struct refusal *refusal, const char *name);
/* {"code", "message"}, and what else it says. */
json_t *refusal_json(const struct refusal *refusal);
/* The same as a message: `error`. */
json_t *refusal_message(const struct refusal *refusal);

#endif
