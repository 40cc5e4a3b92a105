/* Access tokens: the bytes as a token, and as the claims of one that is signed rightly. What is let in has names of the
 * form that everything behind relies on. */
#include <stdint.h>
#include <string.h>

#include "signaling/config/token.h"
#include "signaling/proto/message.h"
#include "transport/base/check.h"

#define TEXT_MAX 4096
#define NOW 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, const char *key)
{
    struct token token;
    if (token_check(&token, text, key, strlen(key), NOW) != 0)
        return;
    CHECK(token.room[0] != '\0' ? message_is_room_name(token.room) : token.may_api);
    CHECK(token.name[0] == '\0' || message_is_name(token.name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char key[] = "0123456789abcdef";
    char text[TEXT_MAX + 1], token[2 * TEXT_MAX];
    if (size > TEXT_MAX)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check(text, key);
    CHECK(token_sign(token, sizeof token, text, key, strlen(key)) > 0);
    check(token, key);
    return 0;
}
