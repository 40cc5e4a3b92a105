#include "client/e2ee/sframe.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "client/e2ee/hkdf.h"
#include "transport/base/check.h"
#include "transport/base/error.h"

#define NONCE_SIZE 12
#define SHORT_MAX 7     /* a smaller number is in the config byte itself */
#define LONG_FLAG 0x08u /* the half byte has a length, not the number */

static size_t number_size(uint64_t number)
{
    size_t size = 1;
    while (size < 8 && number >> (8 * size) != 0)
        size++;
    return size;
}

static size_t write_number(uint8_t *out, uint64_t number, unsigned *half)
{
    if (number <= SHORT_MAX) {
        *half = (unsigned)number;
        return 0;
    }
    size_t size = number_size(number);
    *half = LONG_FLAG | (unsigned)(size - 1);
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    return size;
}

size_t sframe_write_header(uint8_t *out, uint64_t key_id, uint64_t counter)
{
    unsigned high, low;
    size_t length = 1 + write_number(out + 1, key_id, &high);
    length += write_number(out + length, counter, &low);
    out[0] = (uint8_t)(high << 4 | low);
    return length;
}

/* False: it is not whole. */
static bool read_number(uint64_t *number, unsigned half, const uint8_t *data, size_t length, size_t *at)
{
    *number = half & SHORT_MAX;
    if ((half & LONG_FLAG) == 0)
        return true;
    size_t size = (size_t)*number + 1;
    if (size > length - *at)
        return false;
    *number = 0;
    for (; size > 0; size--)
        *number = *number << 8 | data[(*at)++];
    return true;
}

int sframe_parse_header(struct sframe_header *header, const uint8_t *data, size_t length)
{
    header->length = 1;
    if (length < 1 || !read_number(&header->key_id, data[0] >> 4, data, length, &header->length) ||
        !read_number(&header->counter, data[0] & 0x0f, data, length, &header->length))
        return ERR_TRUNCATED;
    return 0;
}

static const EVP_MD *hash_of(enum sframe_suite suite)
{
    return suite == SFRAME_AES_128_GCM_SHA256_128 ? EVP_sha256() : EVP_sha512();
}

static const EVP_CIPHER *cipher_of(enum sframe_suite suite)
{
    return suite == SFRAME_AES_128_GCM_SHA256_128 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
}

size_t sframe_hash_size(enum sframe_suite suite)
{
    return (size_t)EVP_MD_get_size(hash_of(suite));
}

static void expand_part(const struct sframe_key *key, const uint8_t *secret, const char *label, uint8_t *out,
                        size_t length)
{
    uint8_t info[64];
    size_t used = strlen(label);
    memcpy(info, label, used);
    put_u64(info + used, key->id);
    put_u16(info + used + 8, (uint16_t)key->suite);
    hkdf_expand(hash_of(key->suite), secret, (struct span){info, used + 10}, out, length);
}

void sframe_key_derive(struct sframe_key *key, enum sframe_suite suite, uint64_t id, struct span base_key)
{
    uint8_t secret[HKDF_SIZE_MAX];
    *key = (struct sframe_key){.suite = suite, .id = id};
    hkdf_extract(hash_of(suite), base_key, secret);
    expand_part(key, secret, "SFrame 1.0 Secret key ", key->key, (size_t)EVP_CIPHER_get_key_length(cipher_of(suite)));
    expand_part(key, secret, "SFrame 1.0 Secret salt ", key->salt, sizeof key->salt);
}

void sframe_ratchet(enum sframe_suite suite, uint8_t *base_key, size_t length)
{
    static const char label[] = "SFrame 1.0 Ratchet";
    uint8_t secret[HKDF_SIZE_MAX];
    CHECK(length == sframe_hash_size(suite));
    hkdf_extract(hash_of(suite), (struct span){base_key, length}, secret);
    hkdf_expand(hash_of(suite), secret, (struct span){(const uint8_t *)label, sizeof label - 1}, base_key, length);
}

/* A cipher that is ready for a frame; the header and `metadata` are authenticated (section 4.4.3). */
static EVP_CIPHER_CTX *begin(const struct sframe_key *key, uint64_t counter, struct span header, struct span metadata,
                             bool encrypts)
{
    uint8_t nonce[NONCE_SIZE];
    int ignored;
    memcpy(nonce, key->salt, sizeof nonce);
    for (size_t i = 0; i < 8; i++)
        nonce[NONCE_SIZE - 1 - i] ^= (uint8_t)(counter >> (8 * i));
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    CHECK(cipher != NULL && EVP_CipherInit_ex(cipher, cipher_of(key->suite), NULL, key->key, nonce, encrypts) == 1);
    CHECK(EVP_CipherUpdate(cipher, NULL, &ignored, header.data, (int)header.length) == 1);
    if (metadata.length > 0)
        CHECK(EVP_CipherUpdate(cipher, NULL, &ignored, metadata.data, (int)metadata.length) == 1);
    return cipher;
}

size_t sframe_encrypt(const struct sframe_key *key, uint64_t counter, struct span metadata, struct span plain,
                      uint8_t *out)
{
    int written = 0, rest = 0;
    size_t head = sframe_write_header(out, key->id, counter);
    EVP_CIPHER_CTX *cipher = begin(key, counter, (struct span){out, head}, metadata, true);
    if (plain.length > 0)
        CHECK(EVP_EncryptUpdate(cipher, out + head, &written, plain.data, (int)plain.length) == 1);
    uint8_t *tag = out + head + plain.length;
    CHECK(EVP_EncryptFinal_ex(cipher, tag, &rest) == 1 && written + rest == (int)plain.length);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SFRAME_TAG_SIZE, tag) == 1);
    EVP_CIPHER_CTX_free(cipher);
    return head + plain.length + SFRAME_TAG_SIZE;
}

int sframe_decrypt(const struct sframe_key *key, const struct sframe_header *header, struct span metadata,
                   struct span data, uint8_t *out)
{
    int written = 0, rest = 0;
    uint8_t tag[SFRAME_TAG_SIZE];
    if (data.length < header->length + SFRAME_TAG_SIZE)
        return ERR_TRUNCATED;
    size_t length = data.length - header->length - SFRAME_TAG_SIZE;
    memcpy(tag, data.data + data.length - SFRAME_TAG_SIZE, sizeof tag);
    EVP_CIPHER_CTX *cipher = begin(key, header->counter, (struct span){data.data, header->length}, metadata, false);
    if (length > 0)
        CHECK(EVP_DecryptUpdate(cipher, out, &written, data.data + header->length, (int)length) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SFRAME_TAG_SIZE, tag) == 1);
    bool is_right = EVP_DecryptFinal_ex(cipher, out + written, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return is_right ? (int)length : ERR_AUTH;
}
