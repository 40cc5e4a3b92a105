/* The fields of a message: what a value has to be, and the check of an object against a list of them. Pure. */
#ifndef HEDDLE_SIGNALING_FIELD_H
#define HEDDLE_SIGNALING_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "signaling/proto/refusal.h"

#define MESSAGE_EVENT_BYTES_MAX 320 /* of one event of a report, as JSON */

enum field_kind {
    FIELD_TEXT, /* min..max characters */
    FIELD_LINE, /* the same without control characters */
    FIELD_ROOM,
    FIELD_PARTICIPANT,
    FIELD_TARGET, /* a participant or the router */
    FIELD_PUBLICATION,
    FIELD_PUBLICATION_OR_NONE,
    FIELD_SHOWN, /* a publication, "speaker", "mix" or "" */
    FIELD_CHOICE,
    FIELD_INTEGER, /* min..max */
    FIELD_BOOLEAN,
    FIELD_CANDIDATE,
    FIELD_OBJECT,  /* with these fields */
    FIELD_OBJECTS, /* an array of min..max of them */
    FIELD_TARGETS, /* an array of ids */
    FIELD_BOOLEANS,
    FIELD_EVENTS, /* an array of at most max flat objects, which may have fields beside these, but no containers */
};

struct field {
    const char *name;
    enum field_kind kind;
    bool is_optional;
    int64_t min, max;
    const char *const *choices; /* FIELD_CHOICE */
    const char *expected;       /* FIELD_CHOICE: its text */
    const struct field *fields; /* FIELD_OBJECT, FIELD_OBJECTS and FIELD_EVENTS */
};

/* `fields` end with one without a name. 0, or ERR_INVALID and `error` names the field, with `prefix` before it, and
 * what was expected. Other members of the object are not looked at. */
int field_check_object(const json_t *object, const struct field *fields, const char *prefix, struct refusal *error);
/* Removes elements of an object's arrays (and of arrays inside of them) that are not as `fields` say, or beyond the
 * maximum. So a client does not lose a whole list, which the server made from many participants, because of one bad
 * element. */
void field_drop_unfit(json_t *object, const struct field *fields);

#endif
