#include "transport/peer/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define RTP_HEADER 12
#define PART_MAX 65535 /* lengths go to OpenSSL as int */

struct sealer {
    EVP_CIPHER_CTX *cipher; /* has its key; each packet sets its IV */
    uint8_t salt[AEAD_SALT];
};

struct sealer *sealer_new(const struct srtp_keys *keys)
{
    if (!srtp_profile_is_aead(keys->profile))
        return NULL;
    struct sealer *sealer = mem_alloc(sizeof *sealer);
    sealer->cipher = EVP_CIPHER_CTX_new();
    if (aead_init(sealer->cipher, sealer->salt, keys, AEAD_RTP, true))
        return sealer;
    sealer_free(sealer);
    return NULL;
}

void sealer_free(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    EVP_CIPHER_CTX_free(sealer->cipher);
    OPENSSL_cleanse(sealer->salt, sizeof sealer->salt);
    free(sealer);
}

size_t seal_header_length(const uint8_t *data, size_t length)
{
    if (length < RTP_HEADER || data[0] >> 6 != 2)
        return 0;
    size_t needed = RTP_HEADER + 4 * (size_t)(data[0] & 0x0f);
    if ((data[0] & 0x10) != 0) {
        if (length < needed + 4)
            return 0;
        needed += 4 + 4 * (size_t)get_u16(data + needed + 2);
    }
    return needed <= length ? needed : 0;
}

static int payload_length(const struct span *parts, size_t count, size_t *length)
{
    *length = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length > PART_MAX - *length)
            return ERR_NO_SPACE;
        *length += parts[i].length;
    }
    return 0;
}

int seal_gather(const uint8_t *header, size_t header_length, const struct span *parts, size_t count, uint8_t *out,
                size_t capacity, size_t *out_length)
{
    size_t payload, at = header_length;
    if (payload_length(parts, count, &payload) != 0 || capacity < header_length || capacity - header_length < payload)
        return ERR_NO_SPACE;
    if (out != header)
        memcpy(out, header, header_length);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length > 0)
            memcpy(out + at, parts[i].data, parts[i].length);
        at += parts[i].length;
    }
    *out_length = at;
    return 0;
}

static bool encrypt(EVP_CIPHER_CTX *cipher, const uint8_t *iv, const uint8_t *header, size_t header_length,
                    const struct span *parts, size_t count, uint8_t *out)
{
    int written;
    if (EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, iv) != 1 ||
        EVP_EncryptUpdate(cipher, NULL, &written, header, (int)header_length) != 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length == 0)
            continue;
        if (EVP_EncryptUpdate(cipher, out, &written, parts[i].data, (int)parts[i].length) != 1)
            return false;
        out += written;
    }
    return EVP_EncryptFinal_ex(cipher, out, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, out) == 1;
}

int seal_rtp(struct sealer *sealer, struct seal_stream *stream, const uint8_t *header, size_t header_length,
             const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length)
{
    uint8_t iv[AEAD_SALT];
    size_t payload;
    if (header_length > PART_MAX || seal_header_length(header, header_length) != header_length || header_length == 0)
        return ERR_INVALID;
    if (payload_length(parts, count, &payload) != 0 || capacity < header_length + payload + AEAD_TAG)
        return ERR_NO_SPACE;
    int64_t index = window_index(&stream->window, get_u16(header + 2));
    int error = window_check(&stream->window, index);
    if (error != 0)
        return error;
    aead_iv(iv, sealer->salt, AEAD_RTP, get_u32(header + 8), (uint64_t)index);
    window_mark(&stream->window, index); /* also if it fails now: the nonce may have been used */
    if (!encrypt(sealer->cipher, iv, header, header_length, parts, count, out + header_length))
        return ERR_INVALID;
    if (out != header)
        memcpy(out, header, header_length);
    *out_length = header_length + payload + AEAD_TAG;
    return 0;
}
