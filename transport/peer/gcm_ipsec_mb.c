#include "transport/peer/gcm_ipsec_mb.h"

#ifndef HEDDLE_IPSEC_MB

const struct gcm_engine *gcm_ipsec_mb(void)
{
    return NULL;
}

#else

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEY_ALIGNMENT 64 /* the library loads whole vectors of it */

/* The functions that the library chose for this processor, for one size of key. */
struct functions {
    aes_gcm_pre_t prepare;
    aes_gcm_enc_dec_t encrypt, decrypt;
    aes_gcm_init_t begin;
    aes_gcm_enc_dec_update_t encrypt_part;
    aes_gcm_enc_dec_finalize_t finish;
};

struct gcm_key {
    _Alignas(KEY_ALIGNMENT) struct gcm_key_data data;
    const struct functions *functions;
};

static struct functions aes_128, aes_256;
static bool is_usable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_functions(void)
{
    IMB_ARCH arch = IMB_ARCH_NONE;
    IMB_MGR *manager = alloc_mb_mgr(0);
    if (manager == NULL)
        return;
    init_mb_mgr_auto(manager, &arch);
    bool is_tested =
        (manager->features & IMB_FEATURE_SELF_TEST) == 0 || (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
    is_usable = arch >= IMB_ARCH_SSE && is_tested; /* below it AES is emulated, which is slow */
    aes_128 = (struct functions){manager->gcm128_pre,  manager->gcm128_enc,        manager->gcm128_dec,
                                 manager->gcm128_init, manager->gcm128_enc_update, manager->gcm128_enc_finalize};
    aes_256 = (struct functions){manager->gcm256_pre,  manager->gcm256_enc,        manager->gcm256_dec,
                                 manager->gcm256_init, manager->gcm256_enc_update, manager->gcm256_enc_finalize};
    free_mb_mgr(manager);
}

static void key_free(struct gcm_key *key)
{
    if (key == NULL)
        return;
    OPENSSL_cleanse(key, sizeof *key);
    free(key);
}

static struct gcm_key *key_new(const uint8_t *bytes, size_t length, bool encrypts)
{
    (void)encrypts; /* GCM uses one key schedule both ways */
    struct gcm_key *key = aligned_alloc(KEY_ALIGNMENT, sizeof *key);
    if (key == NULL)
        return NULL;
    memset(key, 0, sizeof *key);
    key->functions = length == 32 ? &aes_256 : &aes_128;
    key->functions->prepare(bytes, &key->data);
    return key;
}

static bool encrypt(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, const struct span *parts,
                    size_t count, uint8_t *out)
{
    const struct functions *functions = key->functions;
    struct gcm_context_data context;
    if (count == 1) {
        functions->encrypt(&key->data, &context, out, parts->data, parts->length, nonce, header.data, header.length,
                           out + parts->length, GCM_TAG);
        return true;
    }
    functions->begin(&key->data, &context, nonce, header.data, header.length);
    for (size_t i = 0; i < count; i++) {
        functions->encrypt_part(&key->data, &context, out, parts[i].data, parts[i].length);
        out += parts[i].length;
    }
    functions->finish(&key->data, &context, out, GCM_TAG);
    return true;
}

static bool decrypt(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, uint8_t *data,
                    size_t length)
{
    struct gcm_context_data context;
    uint8_t tag[GCM_TAG];
    key->functions->decrypt(&key->data, &context, data, data, length, nonce, header.data, header.length, tag, GCM_TAG);
    return CRYPTO_memcmp(tag, data + length, GCM_TAG) == 0;
}

static const struct gcm_engine engine = {
    .name = "ipsec-mb",
    .key_new = key_new,
    .key_free = key_free,
    .encrypt = encrypt,
    .decrypt = decrypt,
};

const struct gcm_engine *gcm_ipsec_mb(void)
{
    pthread_once(&once, find_functions);
    return is_usable ? &engine : NULL;
}

#endif
