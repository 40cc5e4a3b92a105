#include "client/client_encryption.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "client/client_events.h"
#include "client/e2ee/frame_encryptor.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

struct client_encryption {
    uint8_t room_key[ROOM_KEY_SIZE];
    struct frame_encryptor *encryptor;
    uint8_t *decrypted;
    size_t capacity;
};

struct client_encryption *client_encryption_new(const char *passphrase, const char *room)
{
    struct client_encryption *encryption = mem_alloc(sizeof *encryption);
    uint64_t random;
    room_key_derive(encryption->room_key, passphrase, room);
    random_secure(&random, sizeof random);
    encryption->encryptor = frame_encryptor_new(encryption->room_key, random);
    return encryption;
}

void client_encryption_free(struct client_encryption *encryption)
{
    if (encryption == NULL)
        return;
    frame_encryptor_free(encryption->encryptor);
    free(encryption->decrypted);
    OPENSSL_cleanse(encryption, sizeof *encryption);
    free(encryption);
}

void client_encryption_joined(struct heddle_client *client)
{
    if (client->encryption != NULL)
        frame_encryptor_set_self(client->encryption->encryptor, call_room(client->call)->self);
}

void client_encryption_came(struct heddle_client *client)
{
    if (client->encryption != NULL)
        frame_encryptor_ratchet(client->encryption->encryptor);
}

void client_encryption_left(struct heddle_client *client)
{
    if (client->encryption != NULL)
        frame_encryptor_renew(client->encryption->encryptor);
}

void client_send_video(struct heddle_client *client, const char *source, enum codec codec, unsigned encoding,
                       const struct coded_frame *frame, usec_t now)
{
    struct coded_frame sent = *frame;
    struct span encrypted = {frame->data, frame->length};
    if (client->encryption != NULL &&
        frame_encryptor_encrypt(client->encryption->encryptor, codec, encrypted, &encrypted) != 0)
        return;
    sent.data = encrypted.data;
    sent.length = encrypted.length;
    call_video(client->call, source, encoding, &sent, now);
}

void client_send_audio(struct heddle_client *client, const char *source, const struct coded_audio *audio, usec_t now)
{
    struct coded_audio sent = *audio;
    struct span encrypted = {audio->data, audio->length};
    if (client->encryption != NULL &&
        frame_encryptor_encrypt(client->encryption->encryptor, CODEC_OPUS, encrypted, &encrypted) != 0)
        return;
    sent.data = encrypted.data;
    sent.length = encrypted.length;
    call_audio(client->call, source, &sent, now);
}

/* RED is taken apart below, so what came in it is Opus. */
static enum codec codec_of(const struct session_frame *frame)
{
    return frame->codec == CODEC_RED ? CODEC_OPUS : frame->codec;
}

/* One for all that a participant sends. */
static struct frame_decryptor *decryptor_of(const struct heddle_client *client, const struct tile *tile)
{
    struct tile *person = tile->is_past ? NULL : tiles_find(&client->tiles, remote_participant(tile->remote));
    return person != NULL ? &person->decryptor : (struct frame_decryptor *)&tile->decryptor;
}

/* On a shared m-line media may come before we are told whose it is. */
static bool is_anothers(struct heddle_client *client, const struct tile *tile, enum codec codec, struct span frame)
{
    int tag = frame_decryptor_read_tag(codec, frame);
    for (size_t i = 0; tag >= 0 && i < client->tiles.count; i++) {
        struct tile *other = &client->tiles.at[i];
        if (strcmp(remote_participant(other->remote), remote_participant(tile->remote)) != 0 && other->is_here &&
            other->which == MESSAGE_TILE_PERSON &&
            frame_decryptor_tag(&other->decryptor, client->encryption->room_key, remote_participant(other->remote)) ==
                tag)
            return true;
    }
    return false;
}

static int decrypt(struct heddle_client *client, struct tile *tile, enum codec codec, struct span frame, usec_t now)
{
    struct client_encryption *encryption = client->encryption;
    if (frame.length > encryption->capacity) {
        encryption->capacity = 2 * frame.length;
        encryption->decrypted = mem_resize(encryption->decrypted, encryption->capacity, 1);
    }
    struct frame_decryptor *decryptor = decryptor_of(client, tile);
    int length = frame_decryptor_decrypt(decryptor, encryption->room_key, remote_participant(tile->remote), codec,
                                         frame, encryption->decrypted, now);
    bool counts =
        length >= 0 || length == ERR_LIMIT || (length == ERR_AUTH && !is_anothers(client, tile, codec, frame));
    if (counts && frame_decryptor_note(decryptor, length >= 0))
        client_emit(client, HEDDLE_CLIENT_ENCRYPTION, remote_participant(tile->remote),
                    client_encryption_state(client, tile));
    return length;
}

bool client_encryption_decrypt(struct heddle_client *client, struct tile *tile, struct session_frame *frame,
                               bool *needs_keyframe, usec_t now)
{
    *needs_keyframe = false;
    if (client->encryption == NULL)
        return true;
    int length = decrypt(client, tile, codec_of(frame), (struct span){frame->frame.data, frame->frame.length}, now);
    if (frame->kind == MEDIA_VIDEO)
        tile->misses_frames = length < 0 || (tile->misses_frames && !frame->frame.keyframe);
    if (length < 0)
        return false;
    *needs_keyframe =
        frame->kind == MEDIA_VIDEO && tile->misses_frames; /* it may refer to one that was not decrypted */
    frame->frame.data = client->encryption->decrypted;
    frame->frame.length = (size_t)length;
    return !*needs_keyframe;
}

const char *client_encryption_state(const struct heddle_client *client, const struct tile *tile)
{
    static const char *const names[] = {
        [DECRYPTOR_UNKNOWN] = "", [DECRYPTOR_WORKS] = "encrypted", [DECRYPTOR_WRONG_KEY] = "wrong key"};
    return names[decryptor_of(client, tile)->state];
}
