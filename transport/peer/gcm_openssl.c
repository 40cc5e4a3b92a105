#include <openssl/evp.h>

#include "transport/peer/gcm_openssl.h"

/* The key is a cipher context that has its key already; each packet sets the nonce. */
static EVP_CIPHER_CTX *context_of(struct gcm_key *key)
{
    return (EVP_CIPHER_CTX *)key;
}

static void key_free(struct gcm_key *key)
{
    EVP_CIPHER_CTX_free(context_of(key)); /* wipes it */
}

static struct gcm_key *key_new(const uint8_t *key, size_t length, bool encrypts)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = length == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    if (context != NULL && EVP_CipherInit_ex(context, cipher, NULL, key, NULL, encrypts) == 1)
        return (struct gcm_key *)context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

static bool encrypt(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, const struct span *parts,
                    size_t count, uint8_t *out)
{
    EVP_CIPHER_CTX *context = context_of(key);
    int written;
    if (EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce) != 1 ||
        EVP_EncryptUpdate(context, NULL, &written, header.data, (int)header.length) != 1)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length == 0)
            continue;
        if (EVP_EncryptUpdate(context, out, &written, parts[i].data, (int)parts[i].length) != 1)
            return false;
        out += written;
    }
    return EVP_EncryptFinal_ex(context, out, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, out) == 1;
}

static bool decrypt(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, uint8_t *data,
                    size_t length)
{
    EVP_CIPHER_CTX *context = context_of(key);
    int written;
    return EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce) == 1 &&
           EVP_DecryptUpdate(context, NULL, &written, header.data, (int)header.length) == 1 &&
           (length == 0 || EVP_DecryptUpdate(context, data, &written, data, (int)length) == 1) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, data + length) == 1 &&
           EVP_DecryptFinal_ex(context, data + length, &written) == 1;
}

const struct gcm_engine gcm_openssl = {
    .name = "openssl",
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};
