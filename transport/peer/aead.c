#include "transport/peer/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define INDEX_MAX (((int64_t)1 << 48) - 1)

/* RFC 3711 section 4.3.2. */
enum { LABEL_RTP_KEY = 0, LABEL_RTP_SALT = 2, LABEL_RTCP_KEY = 3, LABEL_RTCP_SALT = 5 };

/* RFC 3711 section 4.3 as RFC 7714 section 11 has it: the master salt is followed by zeros up to 112 bits. */
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

static bool init_cipher(struct aead_cipher *cipher, const struct gcm_engine *engine, const struct srtp_keys *keys,
                        bool is_rtp, bool encrypts)
{
    uint8_t key[SRTP_KEY_MAX];
    *cipher = (struct aead_cipher){.engine = engine};
    if (derive(keys, is_rtp ? LABEL_RTP_KEY : LABEL_RTCP_KEY, key, keys->key_length) &&
        derive(keys, is_rtp ? LABEL_RTP_SALT : LABEL_RTCP_SALT, cipher->salt, AEAD_SALT))
        cipher->key = engine->key_new(key, keys->key_length, encrypts);
    OPENSSL_cleanse(key, sizeof key);
    return cipher->key != NULL;
}

bool aead_pair_init(struct aead_pair *pair, const struct gcm_engine *engine, const struct srtp_keys *keys,
                    bool encrypts)
{
    if (!srtp_profile_is_aead(keys->profile))
        return false;
    bool has_rtp = init_cipher(&pair->rtp, engine, keys, true, encrypts);
    bool has_rtcp = init_cipher(&pair->rtcp, engine, keys, false, encrypts);
    if (has_rtp && has_rtcp)
        return true;
    aead_pair_fini(pair);
    return false;
}

void aead_pair_fini(struct aead_pair *pair)
{
    pair->rtp.engine->key_free(pair->rtp.key);
    pair->rtcp.engine->key_free(pair->rtcp.key);
    OPENSSL_cleanse(pair, sizeof *pair);
}

/* RFC 7714 sections 8.1 and 9.1: two zero bytes, the SSRC, and the index in six bytes, over the salt. */
void aead_iv(uint8_t iv[AEAD_SALT], const uint8_t salt[AEAD_SALT], uint32_t ssrc, uint64_t index)
{
    put_u64(iv, get_u64(salt) ^ ((uint64_t)ssrc << 16 | index >> 32));
    put_u32(iv + 8, get_u32(salt + 8) ^ (uint32_t)index);
}

void aead_rtcp_authenticated(uint8_t out[RTCP_HEADER + RTCP_INDEX], const uint8_t *packet, uint32_t word)
{
    memcpy(out, packet, RTCP_HEADER);
    put_u32(out + RTCP_HEADER, word);
}

static uint64_t bit_of(int64_t index)
{
    return (uint64_t)1 << (index % 64);
}

static size_t word_of(int64_t index)
{
    return (size_t)(index / 64) % (AEAD_WINDOW / 64);
}

int64_t window_index(const struct packet_window *window, uint16_t sequence)
{
    return window->is_started ? seq_extend(sequence, window->highest) : sequence;
}

int window_check(const struct packet_window *window, int64_t index)
{
    if (index < 0 || index > INDEX_MAX)
        return ERR_DUPLICATE;
    if (!window->is_started || index > window->highest)
        return 0;
    bool is_old = window->highest - index >= AEAD_WINDOW;
    return is_old || (window->seen[word_of(index)] & bit_of(index)) != 0 ? ERR_DUPLICATE : 0;
}

void window_mark(struct packet_window *window, int64_t index)
{
    if (!window->is_started || index - window->highest >= AEAD_WINDOW) {
        memset(window->seen, 0, sizeof window->seen);
    } else {
        for (int64_t skipped = window->highest + 1; skipped < index; skipped++)
            window->seen[word_of(skipped)] &= ~bit_of(skipped);
    }
    window->seen[word_of(index)] |= bit_of(index);
    if (!window->is_started || index > window->highest)
        window->highest = index;
    window->is_started = true;
}
