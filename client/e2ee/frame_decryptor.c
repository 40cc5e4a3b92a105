#include "client/e2ee/frame_decryptor.h"

#include <stdio.h>
#include <string.h>

#include "client/e2ee/frame_format.h"
#include "transport/base/error.h"

/* A single one may have been changed on the way. */
#define FAILURES_MAX 10

/* A frame of a few bytes can name a key that takes 257 derivations. client/web/e2ee/work_budget.js has the same limits:
 * a page follows each source of a sender by itself, so they are for four. */
static const struct budget_limit derivations_limit = {.per_second = 100, .burst = 1200};

static void follow(struct frame_decryptor *decryptor, const uint8_t *room_key, const char *participant)
{
    if (strcmp(decryptor->participant, participant) == 0)
        return;
    *decryptor = (struct frame_decryptor){.tag = room_key_sender_tag(room_key, participant)};
    snprintf(decryptor->participant, sizeof decryptor->participant, "%s", participant);
}

/* The chain at the step of `id`. A step before the one that is followed is reached from the chain's start. */
static int reach(struct frame_decryptor *decryptor, const uint8_t *room_key, const struct sender_key_id *id,
                 struct key_chain *chain, usec_t now)
{
    *chain = decryptor->chain;
    bool is_followed = chain->is_known && chain->generation == id->generation && chain->step <= id->step;
    unsigned derivations = (is_followed ? id->step - chain->step : 1u + id->step) + 1;
    if (!budget_take(&decryptor->derivations, &derivations_limit, derivations, now))
        return ERR_LIMIT;
    if (!is_followed) {
        *chain = (struct key_chain){.is_known = true, .generation = id->generation};
        room_key_sender_base(room_key, decryptor->participant, id->generation, chain->base_key);
    }
    for (; chain->step < id->step; chain->step++)
        sframe_ratchet(ROOM_KEY_SUITE, chain->base_key, ROOM_KEY_SIZE);
    return 0;
}

static const struct sframe_key *find_key(const struct frame_decryptor *decryptor, uint64_t id)
{
    for (unsigned i = 0; i < decryptor->key_count; i++)
        if (decryptor->keys[i].id == id)
            return &decryptor->keys[i];
    return NULL;
}

/* Kept only once a frame was decrypted with it: a made-up id pushes out no key, and leads away from no chain. */
static void keep_key(struct frame_decryptor *decryptor, const struct key_chain *chain, const struct sframe_key *key)
{
    decryptor->chain = *chain;
    decryptor->keys[decryptor->next_key] = *key;
    decryptor->next_key = (decryptor->next_key + 1) % DECRYPTOR_KEYS;
    if (decryptor->key_count < DECRYPTOR_KEYS)
        decryptor->key_count++;
}

static int decrypt_sframe(struct frame_decryptor *decryptor, const uint8_t *room_key, struct span metadata,
                          struct span data, uint8_t *out, usec_t now)
{
    struct sframe_header header;
    int error = sframe_parse_header(&header, data.data, data.length);
    if (error != 0)
        return error;
    const struct sframe_key *known = find_key(decryptor, header.key_id);
    if (known != NULL)
        return sframe_decrypt(known, &header, metadata, data, out);
    const struct sender_key_id id = sender_key_id_split(header.key_id);
    if (id.tag != decryptor->tag)
        return ERR_AUTH; /* of another sender, or of one with another passphrase */
    struct key_chain chain;
    struct sframe_key key;
    error = reach(decryptor, room_key, &id, &chain, now);
    if (error != 0)
        return error;
    sframe_key_derive(&key, ROOM_KEY_SUITE, header.key_id, (struct span){chain.base_key, ROOM_KEY_SIZE});
    int length = sframe_decrypt(&key, &header, metadata, data, out);
    if (length >= 0)
        keep_key(decryptor, &chain, &key);
    return length;
}

uint16_t frame_decryptor_tag(struct frame_decryptor *decryptor, const uint8_t room_key[ROOM_KEY_SIZE],
                             const char *participant)
{
    follow(decryptor, room_key, participant);
    return decryptor->tag;
}

int frame_decryptor_decrypt(struct frame_decryptor *decryptor, const uint8_t room_key[ROOM_KEY_SIZE],
                            const char *participant, enum codec codec, struct span frame, uint8_t *out, usec_t now)
{
    follow(decryptor, room_key, participant);
    int clear = frame_format_clear(codec, frame.data, frame.length);
    if (clear < 0)
        return clear;
    size_t head = (size_t)clear;
    memcpy(out, frame.data, head);
    int length = decrypt_sframe(decryptor, room_key, (struct span){frame.data, head},
                                (struct span){frame.data + head, frame.length - head}, out + head, now);
    return length < 0 ? length : clear + length;
}

int frame_decryptor_read_tag(enum codec codec, struct span frame)
{
    struct sframe_header header;
    int clear = frame_format_clear(codec, frame.data, frame.length);
    if (clear < 0)
        return clear;
    int error = sframe_parse_header(&header, frame.data + clear, frame.length - (size_t)clear);
    return error < 0 ? error : sender_key_id_split(header.key_id).tag;
}

bool frame_decryptor_note(struct frame_decryptor *decryptor, bool is_decrypted)
{
    enum decryptor_state before = decryptor->state;
    decryptor->failures = is_decrypted ? 0 : decryptor->failures + 1;
    if (is_decrypted)
        decryptor->state = DECRYPTOR_WORKS;
    else if (decryptor->failures >= FAILURES_MAX)
        decryptor->state = DECRYPTOR_WRONG_KEY;
    return decryptor->state != before;
}
