#include "client/e2ee/room_key.h"

#include <stdio.h>
#include <string.h>

#include "client/e2ee/hkdf.h"
#include "transport/base/check.h"

#define ITERATIONS 600000 /* of PBKDF2 */
#define LABEL_MAX 128

void room_key_derive(uint8_t room_key[ROOM_KEY_SIZE], const char *passphrase, const char *room)
{
    char salt[LABEL_MAX];
    int length = snprintf(salt, sizeof salt, "heddle e2ee 1 %s", room);
    CHECK(length > 0 && (size_t)length < sizeof salt);
    CHECK(PKCS5_PBKDF2_HMAC(passphrase, (int)strlen(passphrase), (const uint8_t *)salt, length, ITERATIONS,
                            EVP_sha256(), ROOM_KEY_SIZE, room_key) == 1);
}

uint64_t sender_key_id_join(const struct sender_key_id *parts)
{
    return parts->generation << 24 | (uint64_t)parts->tag << 8 | parts->step;
}

struct sender_key_id sender_key_id_split(uint64_t id)
{
    return (struct sender_key_id){.generation = id >> 24, .tag = (uint16_t)(id >> 8), .step = (uint8_t)id};
}

static void expand(const uint8_t *room_key, const char *text, uint8_t *out, size_t length)
{
    hkdf_expand(EVP_sha256(), room_key, (struct span){(const uint8_t *)text, strlen(text)}, out, length);
}

uint16_t room_key_sender_tag(const uint8_t room_key[ROOM_KEY_SIZE], const char *participant)
{
    char text[LABEL_MAX];
    uint8_t tag[2];
    snprintf(text, sizeof text, "heddle sender tag %s", participant);
    expand(room_key, text, tag, sizeof tag);
    return get_u16(tag);
}

void room_key_sender_base(const uint8_t room_key[ROOM_KEY_SIZE], const char *participant, uint64_t generation,
                          uint8_t base_key[ROOM_KEY_SIZE])
{
    char text[LABEL_MAX];
    snprintf(text, sizeof text, "heddle sender key %010llx %s", (unsigned long long)generation, participant);
    expand(room_key, text, base_key, ROOM_KEY_SIZE);
}
