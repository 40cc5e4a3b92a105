#include "client/e2ee/frame_decryptor.h"

#include <stdio.h>
#include <string.h>

#include "client/e2ee/frame_format.h"
#include "transport/base/error.h"

/* A single one may have been changed on the way. */
#define FAILURES_MAX 10

static void follow(struct frame_decryptor *decryptor, const uint8_t *room_key, const char *participant)
{
    if (strcmp(decryptor->participant, participant) == 0)
        return;
    *decryptor = (struct frame_decryptor){.tag = room_key_sender_tag(room_key, participant)};
    snprintf(decryptor->participant, sizeof decryptor->participant, "%s", participant);
}

/* The base key of a step of a chain. A step before the one that is followed is reached from the chain's start. */
static void reach(struct frame_decryptor *decryptor, const uint8_t *room_key, const struct sender_key_id *id)
{
    if (!decryptor->has_chain || decryptor->generation != id->generation || decryptor->step > id->step) {
        room_key_sender_base(room_key, decryptor->participant, id->generation, decryptor->base_key);
        decryptor->has_chain = true;
        decryptor->generation = id->generation;
        decryptor->step = 0;
    }
    for (; decryptor->step < id->step; decryptor->step++)
        sframe_ratchet(ROOM_KEY_SUITE, decryptor->base_key, ROOM_KEY_SIZE);
}

static const struct sframe_key *find_key(const struct frame_decryptor *decryptor, uint64_t id)
{
    for (unsigned i = 0; i < decryptor->key_count; i++)
        if (decryptor->keys[i].id == id)
            return &decryptor->keys[i];
    return NULL;
}

/* Kept only once a frame was decrypted with it, so that made-up ids do not push out the ones in use. */
static void keep_key(struct frame_decryptor *decryptor, const struct sframe_key *key)
{
    decryptor->keys[decryptor->next_key] = *key;
    decryptor->next_key = (decryptor->next_key + 1) % DECRYPTOR_KEYS;
    if (decryptor->key_count < DECRYPTOR_KEYS)
        decryptor->key_count++;
}

static int decrypt_sframe(struct frame_decryptor *decryptor, const uint8_t *room_key, struct span metadata,
                          struct span data, uint8_t *out)
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
    struct sframe_key key;
    reach(decryptor, room_key, &id);
    sframe_key_derive(&key, ROOM_KEY_SUITE, header.key_id, (struct span){decryptor->base_key, ROOM_KEY_SIZE});
    int length = sframe_decrypt(&key, &header, metadata, data, out);
    if (length >= 0)
        keep_key(decryptor, &key);
    return length;
}

int frame_decryptor_decrypt(struct frame_decryptor *decryptor, const uint8_t room_key[ROOM_KEY_SIZE],
                            const char *participant, enum codec codec, struct span frame, uint8_t *out)
{
    follow(decryptor, room_key, participant);
    int clear = frame_format_clear(codec, frame.data, frame.length);
    if (clear < 0)
        return clear;
    size_t head = (size_t)clear;
    memcpy(out, frame.data, head);
    int length = decrypt_sframe(decryptor, room_key, (struct span){frame.data, head},
                                (struct span){frame.data + head, frame.length - head}, out + head);
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
