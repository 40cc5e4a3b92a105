/* Encrypts what this client sends, once for all connections that carry it, by SFrame. One encryptor for a call: all
 * sources and encodings take their counters from it, so that none is used twice with a key. Pure. */
#ifndef HEDDLE_CLIENT_FRAME_ENCRYPTOR_H
#define HEDDLE_CLIENT_FRAME_ENCRYPTOR_H

#include "client/e2ee/room_key.h"
#include "transport/base/names.h"
#include "transport/wire/codec.h"

struct frame_encryptor;

/* `random`: from a good source. Chains of keys are numbered from there, so that another call that has the same id in
 * the same room, whoever gave it, has other keys. */
struct frame_encryptor *frame_encryptor_new(const uint8_t room_key[ROOM_KEY_SIZE], uint64_t random);
void frame_encryptor_free(struct frame_encryptor *encryptor); /* NULL is fine */
/* Our own id; before there is one, nothing can be encrypted. */
void frame_encryptor_set_self(struct frame_encryptor *encryptor, const char *participant);
/* Somebody came: the next key, from which the ones before cannot be found. */
void frame_encryptor_ratchet(struct frame_encryptor *encryptor);
/* Somebody left: the first key of the next chain, which the former chain does not tell. */
void frame_encryptor_renew(struct frame_encryptor *encryptor);
/* The frame as it is sent, valid until the next call; ERR_TRUNCATED, ERR_UNSUPPORTED (frame_format_clear()),
 * ERR_WRONG_STATE: there is no id yet. Such a frame must not be sent. */
int frame_encryptor_encrypt(struct frame_encryptor *encryptor, enum codec codec, struct span frame,
                            struct span *encrypted);

#endif
