/* Whether an access token opens a room. */
#ifndef HEDDLE_SIGNALING_ACCESS_H
#define HEDDLE_SIGNALING_ACCESS_H

#include "signaling/config/config.h"
#include "signaling/config/token.h"
#include "signaling/proto/refusal.h"

/* `text` may be NULL. What a token says is told only if it is genuine. False: `refusal` says why not. */
bool access_check(struct token *token, const char *text, const char *room, const struct config *config, int64_t wall_s,
                  struct refusal *refusal);
/* The genuine token is for this room. */
bool access_is_for_room(const struct token *token, const char *room, struct refusal *refusal);

#endif
