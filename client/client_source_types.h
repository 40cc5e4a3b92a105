/* A source that a client sends, and all of them: client_sources.h says what is done with them. */
#ifndef HEDDLE_CLIENT_CLIENT_SOURCE_TYPES_H
#define HEDDLE_CLIENT_CLIENT_SOURCE_TYPES_H

#include "client/call/sending.h"
#include "client/rtp/publisher.h"
#include "client/rtp/pushed.h"
#include "signaling/proto/message.h"

struct heddle_client;

struct client_source { /* of neither kind: it is not sent */
    struct heddle_client *client;
    const char *name;            /* "camera" */
    struct publisher *publisher; /* makes it; of one kind */
    struct sending sending;      /* how, if it is video */
    struct pushed *pushed;       /* is filled by the application */
    bool is_muted;
};

struct client_sources {
    struct client_source at[MESSAGE_SOURCES]; /* by message_source_index() */
    struct publisher_stats past;              /* of publishers that are gone */
};

#endif
