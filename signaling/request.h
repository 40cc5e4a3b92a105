/* A client's message while it is carried out: what it says, and the ways to refuse it. */
#ifndef HEDDLE_SIGNALING_REQUEST_H
#define HEDDLE_SIGNALING_REQUEST_H

#include "signaling/proto/message.h"
#include "signaling/signaling.h"

struct room_participant;

struct request {
    struct session *session;
    enum message_type type;
    json_t *message; /* checked */
    size_t length;   /* of its text */
    usec_t now;
};

const char *request_text(const struct request *request, const char *name); /* NULL: there is no such field */
bool request_flag(const struct request *request, const char *name);
struct signaling *request_signaling(const struct request *request);
/* The other participant that the message names in a field (`target`, mostly); NULL: there is none, and the client was
 * told. */
struct room_participant *request_other(const struct request *request, const char *field);
struct room_participant *request_target(const struct request *request);

struct refusal request_refusal(const struct request *request, const char *code, const char *text);
/* Tells the client, and ends its session if the refusal says so. */
void request_send_refusal(const struct request *request, struct refusal *refusal);
void request_refuse(const struct request *request, const char *code, const char *text);

#endif
