/* The keys of an encrypted room: one key from its passphrase, and from that a chain of base keys for each sender
 * (PROTOCOL.md, "End-to-end encryption"). client/web/e2ee/room_key.js is the same, tests/vectors/e2ee/ holds both to
 * it. Pure. */
#ifndef HEDDLE_CLIENT_ROOM_KEY_H
#define HEDDLE_CLIENT_ROOM_KEY_H

#include "client/e2ee/sframe.h"

#define ROOM_KEY_SIZE 32
#define ROOM_KEY_SUITE SFRAME_AES_128_GCM_SHA256_128
#define GENERATION_LIMIT ((uint64_t)1 << 40)
#define STEP_MAX 255u

/* The passphrase is stretched, so that guessing is slow: this takes a few tenths of a second. */
void room_key_derive(uint8_t room_key[ROOM_KEY_SIZE], const char *passphrase, const char *room);

/* What an SFrame key id says: of which sender, and where in its chains of keys. */
struct sender_key_id {
    uint64_t generation; /* 40 bits: which chain */
    uint16_t tag;        /* of the participant */
    uint8_t step;        /* how often the chain's base key was ratcheted */
};
uint64_t sender_key_id_join(const struct sender_key_id *parts);
struct sender_key_id sender_key_id_split(uint64_t id);

uint16_t room_key_sender_tag(const uint8_t room_key[ROOM_KEY_SIZE], const char *participant);
/* The first base key of a chain. */
void room_key_sender_base(const uint8_t room_key[ROOM_KEY_SIZE], const char *participant, uint64_t generation,
                          uint8_t base_key[ROOM_KEY_SIZE]);

#endif
