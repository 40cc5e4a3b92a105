#include "signaling/room/chat_history.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

static void drop_oldest(struct chat_history *history, size_t *all)
{
    struct text *oldest = history->texts[history->first];
    history->first = (history->first + 1) % CHAT_HISTORY_MESSAGES;
    history->count--;
    history->bytes -= oldest->length;
    *all -= oldest->length;
    text_release(oldest);
}

void chat_history_add(struct chat_history *history, size_t *all, struct text *message)
{
    while (history->count > 0 &&
           (history->count == CHAT_HISTORY_MESSAGES || history->bytes + message->length > CHAT_HISTORY_BYTES ||
            *all + message->length > CHAT_HISTORY_SERVER_BYTES))
        drop_oldest(history, all);
    if (message->length > CHAT_HISTORY_BYTES || *all + message->length > CHAT_HISTORY_SERVER_BYTES)
        return;
    history->texts[(history->first + history->count++) % CHAT_HISTORY_MESSAGES] = text_hold(message);
    history->bytes += message->length;
    *all += message->length;
}

void chat_history_drop(struct chat_history *history, size_t *all)
{
    while (history->count > 0)
        drop_oldest(history, all);
}

struct text *chat_history_text(const struct chat_history *history, struct text_account *account)
{
    static const char head[] = "{\"type\":\"chat-history\",\"messages\":[", tail[] = "]}";
    if (history->count == 0)
        return NULL;
    char *whole = mem_alloc(sizeof head + history->bytes + history->count + sizeof tail), *end = whole;
    end = stpcpy(end, head);
    for (size_t i = 0; i < history->count; i++) {
        const struct text *text = history->texts[(history->first + i) % CHAT_HISTORY_MESSAGES];
        if (i > 0)
            *end++ = ',';
        end = stpcpy(end, text_data(text));
    }
    end = stpcpy(end, tail);
    struct text *made = text_new(account, whole, (size_t)(end - whole));
    free(whole);
    return made;
}
