#include "transport/peer/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define RTP_HEADER 12
#define SALT 12
#define LABEL_RTP_KEY 0
#define LABEL_RTP_SALT 2
#define INDEX_MAX (((int64_t)1 << 48) - 1)
#define PART_MAX 65535 /* lengths go to OpenSSL as int */

struct sealer {
    EVP_CIPHER_CTX *cipher; /* has its key; each packet sets its IV */
    uint8_t salt[SALT];
};

/* RFC 3711 4.3 as RFC 7714 11 has it: the master salt is followed by zeros up to 112 bits. */
static bool derive(const struct srtp_keys *keys, uint8_t label, uint8_t *out, size_t length)
{
    static const uint8_t zeros[SRTP_KEY_MAX];
    uint8_t counter[16] = {0};
    int written = 0;
    memcpy(counter, keys->salt, keys->salt_length);
    counter[7] ^= label;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = keys->key_length == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    bool is_done = context != NULL && EVP_EncryptInit_ex(context, cipher, NULL, keys->key, counter) == 1 &&
                   EVP_EncryptUpdate(context, out, &written, zeros, (int)length) == 1 && (size_t)written == length;
    EVP_CIPHER_CTX_free(context);
    return is_done;
}

struct sealer *sealer_new(const struct srtp_keys *keys)
{
    uint8_t key[SRTP_KEY_MAX];
    if (!srtp_profile_is_aead(keys->profile))
        return NULL;
    struct sealer *sealer = mem_alloc(sizeof *sealer);
    const EVP_CIPHER *cipher = keys->key_length == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    sealer->cipher = EVP_CIPHER_CTX_new();
    bool is_ready = sealer->cipher != NULL && derive(keys, LABEL_RTP_KEY, key, keys->key_length) &&
                    derive(keys, LABEL_RTP_SALT, sealer->salt, SALT) &&
                    EVP_EncryptInit_ex(sealer->cipher, cipher, NULL, key, NULL) == 1;
    OPENSSL_cleanse(key, sizeof key);
    if (is_ready)
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

static uint64_t *word_of(struct seal_stream *stream, int64_t index)
{
    return &stream->sent[(index / 64) % (SEAL_WINDOW / 64)];
}

static uint64_t bit_of(int64_t index)
{
    return (uint64_t)1 << (index % 64);
}

static int find_index(struct seal_stream *stream, uint16_t seq, int64_t *index)
{
    *index = stream->is_started ? seq_extend(seq, stream->highest) : seq;
    if (*index < 0 || *index > INDEX_MAX)
        return ERR_DUPLICATE;
    if (!stream->is_started || *index > stream->highest)
        return 0;
    bool is_old = stream->highest - *index >= SEAL_WINDOW;
    return is_old || (*word_of(stream, *index) & bit_of(*index)) != 0 ? ERR_DUPLICATE : 0;
}

static void mark_sent(struct seal_stream *stream, int64_t index)
{
    if (!stream->is_started || index - stream->highest >= SEAL_WINDOW) {
        memset(stream->sent, 0, sizeof stream->sent);
    } else {
        for (int64_t skipped = stream->highest + 1; skipped < index; skipped++)
            *word_of(stream, skipped) &= ~bit_of(skipped);
    }
    *word_of(stream, index) |= bit_of(index);
    if (!stream->is_started || index > stream->highest)
        stream->highest = index;
    stream->is_started = true;
}

/* RFC 7714 8.1: 0 | SSRC | rollover counter | sequence number, over the salt. */
static void make_iv(const struct sealer *sealer, const uint8_t *header, int64_t index, uint8_t iv[SALT])
{
    put_u16(iv, 0);
    memcpy(iv + 2, header + 8, 4);
    put_u32(iv + 6, (uint32_t)(index >> 16));
    put_u16(iv + 10, (uint16_t)index);
    for (size_t i = 0; i < SALT; i++)
        iv[i] ^= sealer->salt[i];
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
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, out) == 1;
}

int seal_rtp(struct sealer *sealer, struct seal_stream *stream, const uint8_t *header, size_t header_length,
             const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length)
{
    uint8_t iv[SALT];
    int64_t index;
    size_t payload;
    if (header_length > PART_MAX || seal_header_length(header, header_length) != header_length || header_length == 0)
        return ERR_INVALID;
    if (payload_length(parts, count, &payload) != 0 || capacity < header_length + payload + SEAL_TAG)
        return ERR_NO_SPACE;
    int error = find_index(stream, get_u16(header + 2), &index);
    if (error != 0)
        return error;
    make_iv(sealer, header, index, iv);
    mark_sent(stream, index); /* also if it fails now: the nonce may have been used */
    if (!encrypt(sealer->cipher, iv, header, header_length, parts, count, out + header_length))
        return ERR_INVALID;
    if (out != header)
        memcpy(out, header, header_length);
    *out_length = header_length + payload + SEAL_TAG;
    return 0;
}
