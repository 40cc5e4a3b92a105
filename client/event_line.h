/* What heddle-client says of an event that it only tells. Pure. */
#ifndef HEDDLE_CLIENT_EVENT_LINE_H
#define HEDDLE_CLIENT_EVENT_LINE_H

#include "client/include/heddle_client.h"

/* False: nothing is to be said of it. What others chose is in it as they chose it. */
bool event_line(const struct heddle_client_event *event, char *line, size_t capacity);
/* What to do about the end of a call, by its code; "": that is not known. */
const char *event_end_advice(const char *code);

#endif
