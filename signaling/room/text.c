#include "signaling/room/text.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

static size_t size_of(size_t length)
{
    return sizeof(struct text) + TEXT_HEADROOM + length + 1;
}

struct text *text_new(struct text_account *account, const char *text, size_t length)
{
    struct text *made = mem_alloc(size_of(length));
    made->account = account;
    made->holders = 1;
    made->length = length;
    memcpy(made->data + TEXT_HEADROOM, text, length);
    if (account != NULL)
        account->bytes += size_of(length);
    return made;
}

struct text *text_of_json(struct text_account *account, json_t *message)
{
    CHECK(message != NULL);
    char *dump = json_dumps(message, JSON_COMPACT);
    CHECK(dump != NULL);
    struct text *text = text_new(account, dump, strlen(dump));
    free(dump);
    json_decref(message);
    return text;
}

struct text *text_hold(struct text *text)
{
    text->holders++;
    return text;
}

void text_release(struct text *text)
{
    if (text == NULL || --text->holders > 0)
        return;
    if (text->account != NULL)
        text->account->bytes -= size_of(text->length);
    free(text);
}
