#include "transport/peer/open.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/protect.h"
#include "transport/wire/rtp.h"

#define RTCP_HEADER 8
#define RTCP_INDEX 4
#define ENCRYPTED_BIT 0x80000000u

struct direction {
    EVP_CIPHER_CTX *cipher;
    uint8_t salt[AEAD_SALT];
};

struct opener {
    struct direction rtp, rtcp;
};

struct opener *opener_new(const struct srtp_keys *keys)
{
    if (!srtp_profile_is_aead(keys->profile))
        return NULL;
    struct opener *opener = mem_alloc(sizeof *opener);
    opener->rtp.cipher = EVP_CIPHER_CTX_new();
    opener->rtcp.cipher = EVP_CIPHER_CTX_new();
    if (aead_init(opener->rtp.cipher, opener->rtp.salt, keys, AEAD_RTP, false) &&
        aead_init(opener->rtcp.cipher, opener->rtcp.salt, keys, AEAD_RTCP, false))
        return opener;
    opener_free(opener);
    return NULL;
}

void opener_free(struct opener *opener)
{
    if (opener == NULL)
        return;
    EVP_CIPHER_CTX_free(opener->rtp.cipher);
    EVP_CIPHER_CTX_free(opener->rtcp.cipher);
    OPENSSL_cleanse(opener, sizeof *opener);
    free(opener);
}

/* Decrypts `length` bytes in place; the tag follows them. `trailer` (4 bytes, may be NULL) is authenticated, too. */
static bool decrypt(EVP_CIPHER_CTX *cipher, const uint8_t *iv, struct span header, const uint8_t *trailer,
                    uint8_t *data, size_t length)
{
    int written;
    return EVP_DecryptInit_ex(cipher, NULL, NULL, NULL, iv) == 1 &&
           EVP_DecryptUpdate(cipher, NULL, &written, header.data, (int)header.length) == 1 &&
           (trailer == NULL || EVP_DecryptUpdate(cipher, NULL, &written, trailer, RTCP_INDEX) == 1) &&
           (length == 0 || EVP_DecryptUpdate(cipher, data, &written, data, (int)length) == 1) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, data + length) == 1 &&
           EVP_DecryptFinal_ex(cipher, data + length, &written) == 1;
}

int open_rtp(struct opener *opener, struct packet_window *window, uint8_t *data, size_t *length)
{
    uint8_t iv[AEAD_SALT];
    size_t header = rtp_header_length(data, *length);
    if (header == 0 || *length < header + AEAD_TAG)
        return ERR_INVALID;
    int64_t index = window_index(window, get_u16(data + 2));
    int error = window_check(window, index);
    if (error != 0)
        return error;
    size_t payload = *length - header - AEAD_TAG;
    aead_iv(iv, opener->rtp.salt, AEAD_RTP, get_u32(data + 8), (uint64_t)index);
    if (!decrypt(opener->rtp.cipher, iv, (struct span){data, header}, NULL, data + header, payload))
        return ERR_AUTH;
    window_mark(window, index);
    *length = header + payload;
    return 0;
}

int open_rtcp(struct opener *opener, struct packet_window *window, uint8_t *data, size_t *length)
{
    uint8_t iv[AEAD_SALT];
    if (*length < RTCP_HEADER + AEAD_TAG + RTCP_INDEX || data[0] >> 6 != 2)
        return ERR_INVALID;
    const uint8_t *trailer = data + *length - RTCP_INDEX;
    uint32_t word = get_u32(trailer);
    if ((word & ENCRYPTED_BIT) == 0) /* encryption was agreed */
        return ERR_AUTH;
    int64_t index = word & ~ENCRYPTED_BIT;
    int error = window_check(window, index);
    if (error != 0)
        return error;
    size_t payload = *length - RTCP_HEADER - AEAD_TAG - RTCP_INDEX;
    aead_iv(iv, opener->rtcp.salt, AEAD_RTCP, get_u32(data + 4), (uint64_t)index);
    if (!decrypt(opener->rtcp.cipher, iv, (struct span){data, RTCP_HEADER}, trailer, data + RTCP_HEADER, payload))
        return ERR_AUTH;
    window_mark(window, index);
    *length = RTCP_HEADER + payload;
    return 0;
}
