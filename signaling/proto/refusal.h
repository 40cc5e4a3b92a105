/* Why a message or a request is refused: the one structure for it, written as `error` on WebSockets and as JSON over HTTP.
 * The C client has the same for what it cannot use of what others sent. */
#ifndef HEDDLE_SIGNALING_REFUSAL_H
#define HEDDLE_SIGNALING_REFUSAL_H

struct refusal {
    const char *code;   /* of PROTOCOL.md, static; NULL: not refused */
    char text[256];     /* for people */
    char request[32];   /* the type of the message that is answered, as far as it could be read */
    char field[64];     /* "sends[2].mid"; "": none in particular */
    char expected[128]; /* "a string of 1 to 16 characters" */
};

#endif
