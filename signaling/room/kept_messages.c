#include "signaling/room/kept_messages.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define PLACE sizeof(struct text *)

static void charge(struct kept_account *account, size_t bytes)
{
    for (; account != NULL; account = account->above)
        account->bytes += bytes;
}

static void give_back(struct kept_account *account, size_t bytes)
{
    for (; account != NULL; account = account->above)
        account->bytes -= bytes;
}

bool kept_messages_add(struct kept_messages *kept, struct kept_account *room, struct text *text)
{
    size_t cost = PLACE + (text->kept == 0 ? text->length : 0);
    if (text->length > KEPT_PARTICIPANT_MAX || kept->bytes > KEPT_PARTICIPANT_MAX - text->length)
        return false;
    for (const struct kept_account *account = room; account != NULL; account = account->above)
        if (account->bytes + cost > account->max)
            return false;
    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity > 0 ? kept->capacity * 2 : 4;
        kept->texts = mem_resize(kept->texts, kept->capacity, PLACE);
    }
    kept->texts[kept->count++] = text_hold(text);
    kept->bytes += text->length;
    text->kept++;
    charge(room, cost);
    return true;
}

void kept_messages_drop(struct kept_messages *kept, struct kept_account *room)
{
    for (size_t i = 0; i < kept->count; i++) {
        struct text *text = kept->texts[i];
        text->kept--;
        give_back(room, PLACE + (text->kept == 0 ? text->length : 0));
        text_release(text);
    }
    free(kept->texts);
    *kept = (struct kept_messages){.count = 0};
}
