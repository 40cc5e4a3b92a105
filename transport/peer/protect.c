#include "transport/peer/protect.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define RTCP_HEADER 8
#define RTCP_ENCRYPTED 0x80000000u
#define RTCP_INDEX_MAX 0x7fffffffu
#define PART_MAX 65535 /* lengths go to OpenSSL as int */

struct protector {
    EVP_CIPHER_CTX *rtp, *rtcp; /* have their keys; each packet sets its IV */
    uint8_t rtp_salt[AEAD_SALT], rtcp_salt[AEAD_SALT];
    uint32_t rtcp_index; /* of the last; one count for all SSRCs keeps nonces apart as well as many do */
};

struct protector *protector_new(const struct srtp_keys *keys)
{
    if (!srtp_profile_is_aead(keys->profile))
        return NULL;
    struct protector *protector = mem_alloc(sizeof *protector);
    protector->rtp = EVP_CIPHER_CTX_new();
    protector->rtcp = EVP_CIPHER_CTX_new();
    if (aead_init(protector->rtp, protector->rtp_salt, keys, AEAD_RTP, true) &&
        aead_init(protector->rtcp, protector->rtcp_salt, keys, AEAD_RTCP, true))
        return protector;
    protector_free(protector);
    return NULL;
}

void protector_free(struct protector *protector)
{
    if (protector == NULL)
        return;
    EVP_CIPHER_CTX_free(protector->rtp);
    EVP_CIPHER_CTX_free(protector->rtcp);
    OPENSSL_cleanse(protector, sizeof *protector);
    free(protector);
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

int protect_gather(const uint8_t *header, size_t header_length, const struct span *parts, size_t count, uint8_t *out,
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

int protect_rtp(struct protector *protector, struct packet_window *window, const uint8_t *header, size_t header_length,
                const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length)
{
    uint8_t iv[AEAD_SALT];
    size_t payload;
    if (header_length > PART_MAX || rtp_header_length(header, header_length) != header_length || header_length == 0)
        return ERR_INVALID;
    if (payload_length(parts, count, &payload) != 0 || capacity < header_length + payload + AEAD_TAG)
        return ERR_NO_SPACE;
    int64_t index = window_index(window, get_u16(header + 2));
    int error = window_check(window, index);
    if (error != 0)
        return error;
    aead_iv(iv, protector->rtp_salt, AEAD_RTP, get_u32(header + 8), (uint64_t)index);
    window_mark(window, index); /* also if it fails now: the nonce may have been used */
    if (!encrypt(protector->rtp, iv, header, header_length, parts, count, out + header_length))
        return ERR_INVALID;
    if (out != header)
        memcpy(out, header, header_length);
    *out_length = header_length + payload + AEAD_TAG;
    return 0;
}

int protect_rtcp(struct protector *protector, uint8_t *data, size_t *length)
{
    uint8_t iv[AEAD_SALT], word[4];
    int written;
    if (*length < RTCP_HEADER || *length > PART_MAX || data[0] >> 6 != 2)
        return ERR_INVALID;
    if (protector->rtcp_index == RTCP_INDEX_MAX)
        return ERR_LIMIT;
    uint32_t index = ++protector->rtcp_index;
    uint8_t *payload = data + RTCP_HEADER;
    size_t count = *length - RTCP_HEADER;
    put_u32(word, RTCP_ENCRYPTED | index);
    aead_iv(iv, protector->rtcp_salt, AEAD_RTCP, get_u32(data + 4), index);
    if (EVP_EncryptInit_ex(protector->rtcp, NULL, NULL, NULL, iv) != 1 ||
        EVP_EncryptUpdate(protector->rtcp, NULL, &written, data, RTCP_HEADER) != 1 ||
        EVP_EncryptUpdate(protector->rtcp, NULL, &written, word, sizeof word) != 1 ||
        (count > 0 && EVP_EncryptUpdate(protector->rtcp, payload, &written, payload, (int)count) != 1) ||
        EVP_EncryptFinal_ex(protector->rtcp, payload + count, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(protector->rtcp, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, payload + count) != 1)
        return ERR_INVALID;
    memcpy(payload + count + AEAD_TAG, word, sizeof word);
    *length += AEAD_TAG + sizeof word;
    return 0;
}
