#include "client/e2ee/hkdf.h"

#include <openssl/hmac.h>
#include <string.h>

#include "transport/base/check.h"

#define INFO_MAX 128

static void hmac(const EVP_MD *hash, struct span key, struct span data, uint8_t out[HKDF_SIZE_MAX])
{
    CHECK(HMAC(hash, key.data, (int)key.length, data.data, data.length, out, NULL) != NULL);
}

void hkdf_extract(const EVP_MD *hash, struct span input, uint8_t out[HKDF_SIZE_MAX])
{
    static const uint8_t no_salt[HKDF_SIZE_MAX]; /* RFC 5869 section 2.2: as many zeros as the hash has bytes */
    hmac(hash, (struct span){no_salt, (size_t)EVP_MD_get_size(hash)}, input, out);
}

void hkdf_expand(const EVP_MD *hash, const uint8_t *secret, struct span info, uint8_t *out, size_t length)
{
    uint8_t text[INFO_MAX + 1], block[HKDF_SIZE_MAX];
    size_t size = (size_t)EVP_MD_get_size(hash);
    CHECK(info.length <= INFO_MAX && length <= size);
    memcpy(text, info.data, info.length);
    text[info.length] = 1; /* the block's number */
    hmac(hash, (struct span){secret, size}, (struct span){text, info.length + 1}, block);
    memcpy(out, block, length);
}
