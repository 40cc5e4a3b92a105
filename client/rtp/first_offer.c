#include "client/rtp/first_offer.h"

#include <string.h>

void first_offer_init(struct first_offer *first)
{
    *first = (struct first_offer){.held = json_array()};
}

void first_offer_fini(struct first_offer *first)
{
    json_decref(first->offer);
    json_decref(first->held);
    *first = (struct first_offer){.is_open = false};
}

static void keep_generation(json_t *messages, const json_t *generation)
{
    for (size_t i = json_array_size(messages); i-- > 0;)
        if (!json_equal(json_object_get(json_array_get(messages, i), "generation"), generation))
            json_array_remove(messages, i);
}

void first_offer_hold(struct first_offer *first, json_t *message)
{
    if (strcmp(json_string_value(json_object_get(message, "type")), "offer") == 0) {
        json_decref(first->offer);
        first->offer = message;
        keep_generation(first->held, json_object_get(message, "generation"));
    } else if (json_array_size(first->held) < FIRST_OFFER_HELD_MAX) {
        json_array_append_new(first->held, message);
    } else {
        json_decref(message);
    }
}

json_t *first_offer_for_join(const struct first_offer *first)
{
    if (first->offer == NULL)
        return NULL;
    return json_pack("{s:O,s:O,s:O}", "generation", json_object_get(first->offer, "generation"), "sdp",
                     json_object_get(first->offer, "sdp"), "sends", json_object_get(first->offer, "sends"));
}

bool first_offer_is_muted(const struct first_offer *first, const char *source, bool now)
{
    size_t index;
    const json_t *send;
    json_array_foreach(json_object_get(first->offer, "sends"), index, send)
    {
        if (strcmp(json_string_value(json_object_get(send, "source")), source) == 0)
            return json_is_true(json_object_get(send, "muted"));
    }
    return now;
}
