#include "signaling/keep.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define PLACE sizeof(struct text *)

static void charge(struct keep_account *account, size_t bytes)
{
    for (; account != NULL; account = account->above)
        account->bytes += bytes;
}

static void give_back(struct keep_account *account, size_t bytes)
{
    for (; account != NULL; account = account->above)
        account->bytes -= bytes;
}

bool keep_add(struct keep *keep, struct keep_account *room, struct text *text)
{
    size_t cost = PLACE + (text->kept == 0 ? text->length : 0);
    if (text->length > KEEP_PARTICIPANT_MAX || keep->bytes > KEEP_PARTICIPANT_MAX - text->length)
        return false;
    for (const struct keep_account *account = room; account != NULL; account = account->above)
        if (account->bytes + cost > account->max)
            return false;
    if (keep->count == keep->capacity) {
        keep->capacity = keep->capacity > 0 ? keep->capacity * 2 : 4;
        keep->texts = mem_resize(keep->texts, keep->capacity, PLACE);
    }
    keep->texts[keep->count++] = text_hold(text);
    keep->bytes += text->length;
    text->kept++;
    charge(room, cost);
    return true;
}

void keep_drop(struct keep *keep, struct keep_account *room)
{
    for (size_t i = 0; i < keep->count; i++) {
        struct text *text = keep->texts[i];
        text->kept--;
        give_back(room, PLACE + (text->kept == 0 ? text->length : 0));
        text_release(text);
    }
    free(keep->texts);
    *keep = (struct keep){.count = 0};
}
