#include "signaling/config/access.h"

#include <string.h>

#include "transport/base/error.h"

bool access_is_for_room(const struct token *token, const char *room, struct refusal *refusal)
{
    return strcmp(token->room, room) == 0 ||
           refusal_set_end(refusal, REFUSAL_ENDS, "token-elsewhere", "the access token is for another room");
}

bool access_check(struct token *token, const char *text, const char *room, const struct config *config, int64_t wall_s,
                  struct refusal *refusal)
{
    if (text == NULL)
        return refusal_set_end(refusal, REFUSAL_ENDS, "token-missing", "this server needs an access token");
    switch (token_check(token, text, config->secret, config->secret_length, wall_s)) {
    case 0:
        return access_is_for_room(token, room, refusal);
    case ERR_TIMEOUT:
        return refusal_set_end(refusal, REFUSAL_ENDS, "token-expired", "the access token has expired");
    case ERR_AGAIN:
        return refusal_set_end(refusal, REFUSAL_ENDS, "token-early", "the access token is not valid yet");
    default:
        if (token->wrong_claim != NULL) {
            refusal->end = REFUSAL_ENDS;
            return refusal_set(refusal, "token-claim", "the access token's claim \"%s\" is wrong or missing",
                               token->wrong_claim);
        }
        return refusal_set_end(refusal, REFUSAL_ENDS, "bad-token", "the access token is not one of this server");
    }
}
