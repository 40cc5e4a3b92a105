#include "transport/peer/protect.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define RTCP_INDEX_MAX 0x7fffffffu
#define PART_MAX 65535 /* of a datagram; OpenSSL takes lengths as int */

struct protector {
    struct aead_pair ciphers;
    uint32_t rtcp_index; /* of the last packet; one counter for all SSRCs is enough for unique nonces */
};

struct protector *protector_new(const struct srtp_keys *keys, const struct gcm_engine *engine)
{
    struct protector *protector = mem_alloc(sizeof *protector);
    if (aead_pair_init(&protector->ciphers, engine, keys, true))
        return protector;
    free(protector);
    return NULL;
}

void protector_free(struct protector *protector)
{
    if (protector == NULL)
        return;
    aead_pair_fini(&protector->ciphers);
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
    aead_iv(iv, protector->ciphers.rtp.salt, get_u32(header + 8), (uint64_t)index);
    window_mark(window, index); /* also if encryption fails: the nonce may have been used */
    const struct aead_cipher *cipher = &protector->ciphers.rtp;
    struct span authenticated = {header, header_length};
    if (!cipher->engine->encrypt(cipher->key, iv, authenticated, parts, count, out + header_length))
        return ERR_INVALID;
    if (out != header)
        memcpy(out, header, header_length);
    *out_length = header_length + payload + AEAD_TAG;
    return 0;
}

int protect_rtcp(struct protector *protector, uint8_t *data, size_t *length)
{
    uint8_t iv[AEAD_SALT], authenticated[RTCP_HEADER + RTCP_INDEX];
    if (*length < RTCP_HEADER || *length > PART_MAX || data[0] >> 6 != 2)
        return ERR_INVALID;
    if (protector->rtcp_index == RTCP_INDEX_MAX)
        return ERR_LIMIT;
    uint32_t index = ++protector->rtcp_index;
    uint8_t *payload = data + RTCP_HEADER;
    struct span plain = {payload, *length - RTCP_HEADER};
    aead_rtcp_authenticated(authenticated, data, RTCP_ENCRYPTED | index);
    aead_iv(iv, protector->ciphers.rtcp.salt, get_u32(data + 4), index);
    const struct aead_cipher *cipher = &protector->ciphers.rtcp;
    if (!cipher->engine->encrypt(cipher->key, iv, (struct span){authenticated, sizeof authenticated}, &plain, 1,
                                 payload))
        return ERR_INVALID;
    put_u32(payload + plain.length + AEAD_TAG, RTCP_ENCRYPTED | index);
    *length += AEAD_TAG + RTCP_INDEX;
    return 0;
}
