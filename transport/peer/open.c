#include "transport/peer/open.h"

#include <stdlib.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/protect.h"
#include "transport/wire/rtp.h"

struct opener {
    struct aead_pair ciphers;
};

struct opener *opener_new(const struct srtp_keys *keys, const struct gcm_engine *engine)
{
    struct opener *opener = mem_alloc(sizeof *opener);
    if (aead_pair_init(&opener->ciphers, engine, keys, false))
        return opener;
    free(opener);
    return NULL;
}

void opener_free(struct opener *opener)
{
    if (opener == NULL)
        return;
    aead_pair_fini(&opener->ciphers);
    free(opener);
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
    aead_iv(iv, opener->ciphers.rtp.salt, get_u32(data + 8), (uint64_t)index);
    const struct aead_cipher *cipher = &opener->ciphers.rtp;
    if (!cipher->engine->decrypt(cipher->key, iv, (struct span){data, header}, data + header, payload))
        return ERR_AUTH;
    window_mark(window, index);
    *length = header + payload;
    return 0;
}

int open_rtcp(struct opener *opener, struct packet_window *window, uint8_t *data, size_t *length)
{
    uint8_t iv[AEAD_SALT], authenticated[RTCP_HEADER + RTCP_INDEX];
    if (*length < RTCP_HEADER + AEAD_TAG + RTCP_INDEX || data[0] >> 6 != 2)
        return ERR_INVALID;
    uint32_t word = get_u32(data + *length - RTCP_INDEX);
    if ((word & RTCP_ENCRYPTED) == 0)
        return ERR_AUTH;
    int64_t index = word & ~RTCP_ENCRYPTED;
    int error = window_check(window, index);
    if (error != 0)
        return error;
    size_t payload = *length - RTCP_HEADER - AEAD_TAG - RTCP_INDEX;
    aead_iv(iv, opener->ciphers.rtcp.salt, get_u32(data + 4), (uint64_t)index);
    aead_rtcp_authenticated(authenticated, data, word);
    const struct aead_cipher *cipher = &opener->ciphers.rtcp;
    if (!cipher->engine->decrypt(cipher->key, iv, (struct span){authenticated, sizeof authenticated},
                                 data + RTCP_HEADER, payload))
        return ERR_AUTH;
    window_mark(window, index);
    *length = RTCP_HEADER + payload;
    return 0;
}
