#include "client/e2ee/frame_encryptor.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/e2ee/frame_format.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FRAMES_MAX ((uint64_t)1 << 32) /* with one key: far from what AES-GCM allows, and months of a call */

struct frame_encryptor {
    uint8_t room_key[ROOM_KEY_SIZE];
    char participant[PARTICIPANT_ID_MAX + 1];
    struct sender_key_id id;
    uint8_t base_key[ROOM_KEY_SIZE];
    struct sframe_key key;
    uint64_t counter; /* of the next frame */
    uint8_t *encrypted;
    size_t capacity;
};

struct frame_encryptor *frame_encryptor_new(const uint8_t room_key[ROOM_KEY_SIZE], uint64_t random)
{
    struct frame_encryptor *encryptor = mem_alloc(sizeof *encryptor);
    memcpy(encryptor->room_key, room_key, ROOM_KEY_SIZE);
    encryptor->id.generation = random % GENERATION_LIMIT;
    return encryptor;
}

void frame_encryptor_free(struct frame_encryptor *encryptor)
{
    if (encryptor == NULL)
        return;
    free(encryptor->encrypted);
    OPENSSL_cleanse(encryptor, sizeof *encryptor);
    free(encryptor);
}

static void derive(struct frame_encryptor *encryptor)
{
    sframe_key_derive(&encryptor->key, ROOM_KEY_SUITE, sender_key_id_join(&encryptor->id),
                      (struct span){encryptor->base_key, ROOM_KEY_SIZE});
    encryptor->counter = 0;
}

void frame_encryptor_renew(struct frame_encryptor *encryptor)
{
    if (encryptor->participant[0] == '\0')
        return;
    encryptor->id.generation = (encryptor->id.generation + 1) % GENERATION_LIMIT;
    encryptor->id.step = 0;
    room_key_sender_base(encryptor->room_key, encryptor->participant, encryptor->id.generation, encryptor->base_key);
    derive(encryptor);
}

void frame_encryptor_ratchet(struct frame_encryptor *encryptor)
{
    if (encryptor->participant[0] == '\0')
        return;
    if (encryptor->id.step == STEP_MAX) {
        frame_encryptor_renew(encryptor);
        return;
    }
    encryptor->id.step++;
    sframe_ratchet(ROOM_KEY_SUITE, encryptor->base_key, ROOM_KEY_SIZE);
    derive(encryptor);
}

void frame_encryptor_set_self(struct frame_encryptor *encryptor, const char *participant)
{
    snprintf(encryptor->participant, sizeof encryptor->participant, "%s", participant);
    encryptor->id.tag = room_key_sender_tag(encryptor->room_key, participant);
    frame_encryptor_renew(encryptor);
}

int frame_encryptor_encrypt(struct frame_encryptor *encryptor, enum codec codec, struct span frame,
                            struct span *encrypted)
{
    int clear = frame_format_clear(codec, frame.data, frame.length);
    if (clear < 0 || encryptor->participant[0] == '\0')
        return clear < 0 ? clear : ERR_WRONG_STATE;
    if (encryptor->counter == FRAMES_MAX)
        frame_encryptor_renew(encryptor);
    if (frame.length + SFRAME_OVERHEAD_MAX > encryptor->capacity) {
        encryptor->capacity = 2 * (frame.length + SFRAME_OVERHEAD_MAX);
        encryptor->encrypted = mem_resize(encryptor->encrypted, encryptor->capacity, 1);
    }
    size_t head = (size_t)clear;
    const struct span metadata = {frame.data, head}, plain = {frame.data + head, frame.length - head};
    memcpy(encryptor->encrypted, frame.data, head);
    size_t length = sframe_encrypt(&encryptor->key, encryptor->counter++, metadata, plain, encryptor->encrypted + head);
    *encrypted = (struct span){encryptor->encrypted, head + length};
    return 0;
}
