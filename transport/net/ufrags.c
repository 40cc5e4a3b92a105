#include "transport/net/ufrags.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define UFRAG_MIN 4 /* RFC 8445 section 5.3 */
#define PWD_MIN 22

void ufrags_init(struct ufrags *ufrags, uint64_t seed)
{
    map_init(&ufrags->map);
    ufrags->seed = seed;
}

void ufrags_fini(struct ufrags *ufrags)
{
    map_fini(&ufrags->map);
}

static uint64_t hash_text(const struct ufrags *ufrags, const uint8_t *text, size_t length)
{
    uint64_t hash = ufrags->seed;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

struct ufrag *ufrags_find(const struct ufrags *ufrags, const uint8_t *text, size_t length)
{
    struct ufrag *ufrag = map_get(&ufrags->map, hash_text(ufrags, text, length));
    while (ufrag != NULL && (strlen(ufrag->local.ufrag) != length || memcmp(ufrag->local.ufrag, text, length) != 0))
        ufrag = ufrag->next;
    return ufrag;
}

int ufrags_add(struct ufrags *ufrags, struct ufrag **out, const struct ice_credentials *local, void *owner)
{
    const uint8_t *text = (const uint8_t *)local->ufrag;
    size_t length = strnlen(local->ufrag, sizeof local->ufrag);
    size_t pwd_length = strnlen(local->pwd, sizeof local->pwd);
    if (length < UFRAG_MIN || length > ICE_UFRAG_MAX || pwd_length < PWD_MIN || pwd_length > ICE_PWD_MAX)
        return ERR_INVALID;
    if (ufrags_find(ufrags, text, length) != NULL)
        return ERR_DUPLICATE;
    struct ufrag *ufrag = mem_alloc(sizeof *ufrag);
    ufrag->local = *local;
    ufrag->owner = owner;
    ufrag->key = hash_text(ufrags, text, length);
    ufrag->next = map_get(&ufrags->map, ufrag->key);
    map_put(&ufrags->map, ufrag->key, ufrag);
    *out = ufrag;
    return 0;
}

void ufrags_drop(struct ufrags *ufrags, struct ufrag **holder)
{
    struct ufrag *ufrag = *holder;
    if (ufrag == NULL)
        return;
    struct ufrag *head = map_get(&ufrags->map, ufrag->key);
    if (head != ufrag) {
        while (head->next != ufrag)
            head = head->next;
        head->next = ufrag->next;
    } else if (ufrag->next != NULL) {
        map_put(&ufrags->map, ufrag->key, ufrag->next);
    } else {
        map_remove(&ufrags->map, ufrag->key);
    }
    free(ufrag);
    *holder = NULL;
}
