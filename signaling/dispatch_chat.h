/* Chat, raised hands and reactions: what participants tell each other. */
#ifndef HEDDLE_SIGNALING_DISPATCH_CHAT_H
#define HEDDLE_SIGNALING_DISPATCH_CHAT_H

#include "signaling/request.h"

void dispatch_chat(const struct request *request);

#endif
