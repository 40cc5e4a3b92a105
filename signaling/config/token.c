#include "signaling/config/token.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "signaling/proto/message.h"
#include "transport/base/error.h"

#define TOKEN_MAX 4096
#define SIGNATURE_SIZE 32

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Base64url without padding (RFC 7515 appendix C). Returns the length or ERR_NO_SPACE. */
static int encode(char *out, size_t capacity, const uint8_t *data, size_t length)
{
    size_t used = 0;
    if (capacity < length * 4 / 3 + 3)
        return ERR_NO_SPACE;
    for (size_t i = 0; i < length; i += 3) {
        size_t have = length - i < 3 ? length - i : 3;
        uint32_t bits = (uint32_t)data[i] << 16;
        if (have > 1)
            bits |= (uint32_t)data[i + 1] << 8;
        if (have > 2)
            bits |= data[i + 2];
        for (size_t k = 0; k <= have; k++)
            out[used++] = alphabet[(bits >> (18 - 6 * k)) & 63];
    }
    out[used] = '\0';
    return (int)used;
}

/* Strict: the alphabet only, no impossible length, no stray bits at the end. */
static int decode(uint8_t *out, size_t capacity, const char *text, size_t length)
{
    size_t used = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    if (length % 4 == 1 || length / 4 * 3 + 3 > capacity)
        return ERR_INVALID;
    for (size_t i = 0; i < length; i++) {
        const char *found = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
        if (found == NULL)
            return ERR_INVALID;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[used++] = (uint8_t)(bits >> have);
            bits &= (1u << have) - 1;
        }
    }
    return bits == 0 ? (int)used : ERR_INVALID;
}

static bool sign(uint8_t out[SIGNATURE_SIZE], const char *text, size_t length, const void *key, size_t key_length)
{
    unsigned size = 0;
    return key != NULL && key_length >= TOKEN_KEY_MIN &&
           HMAC(EVP_sha256(), key, (int)key_length, (const uint8_t *)text, length, out, &size) != NULL &&
           size == SIGNATURE_SIZE;
}

/* An object from one part of a token; NULL when it is none. */
static json_t *read_part(const char *text, size_t length)
{
    uint8_t data[TOKEN_MAX];
    int size = decode(data, sizeof data, text, length);
    if (size < 0)
        return NULL;
    json_t *part = json_loadb((const char *)data, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(part)) {
        json_decref(part);
        return NULL;
    }
    return part;
}

static int check_header(const char *text, size_t length)
{
    json_t *header = read_part(text, length);
    const char *algorithm = json_string_value(json_object_get(header, "alg"));
    const char *type = json_string_value(json_object_get(header, "typ"));
    /* `crit` names extensions that must be understood (RFC 7515 4.1.11); we know none. */
    bool fits = algorithm != NULL && strcmp(algorithm, "HS256") == 0 &&
                (type == NULL || strcasecmp(type, "JWT") == 0 || strcasecmp(type, "at+jwt") == 0) &&
                json_object_get(header, "crit") == NULL;
    json_decref(header);
    return fits ? 0 : ERR_INVALID;
}

/* Null is absent. */
static const json_t *get(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    return json_is_null(value) ? NULL : value;
}

static bool read_flag(const json_t *claims, const char *name, bool *out)
{
    const json_t *value = get(claims, name);
    *out = json_is_true(value);
    return value == NULL || json_is_boolean(value);
}

static bool read_text(const json_t *claims, const char *name, char *out, size_t capacity)
{
    const json_t *value = get(claims, name);
    const char *text = json_string_value(value);
    out[0] = '\0';
    if (value == NULL)
        return true;
    if (text == NULL || strlen(text) >= capacity)
        return false;
    snprintf(out, capacity, "%s", text);
    return true;
}

/* The clocks of signer and server differ by some seconds. */
static int check_time(const json_t *claims, int64_t wall_s)
{
    const json_t *expires = get(claims, "exp"), *starts = get(claims, "nbf");
    double now = (double)wall_s;
    if (now >= json_number_value(expires) + TOKEN_LEEWAY_S)
        return ERR_TIMEOUT;
    return starts != NULL && now + TOKEN_LEEWAY_S < json_number_value(starts) ? ERR_AGAIN : 0;
}

static const char *wrong_time(const json_t *claims)
{
    static const char *const names[] = {"exp", "nbf", "iat"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *value = get(claims, names[i]);
        if (value != NULL ? !json_is_number(value) : strcmp(names[i], "exp") == 0)
            return names[i];
    }
    return NULL;
}

/* The name of a claim that is wrong, or missing; NULL: there is none. */
static const char *read_claims(struct token *out, const json_t *claims)
{
    char topology[8];
    if (!read_flag(claims, "api", &out->may_api))
        return "api";
    if (!read_text(claims, "room", out->room, sizeof out->room) ||
        (out->room[0] != '\0' ? !message_is_room_name(out->room) : !out->may_api))
        return "room";
    if (!read_text(claims, "name", out->name, sizeof out->name) ||
        (out->name[0] != '\0' && !message_is_name(out->name))) /* as if it came with `join` */
        return "name";
    if (!read_text(claims, "topology", topology, sizeof topology) ||
        (topology[0] != '\0' && !topology_pin_parse(&out->topology, topology)))
        return "topology";
    const char *wrong = permissions_read(&out->may, claims);
    return wrong != NULL ? wrong : wrong_time(claims);
}

int token_check(struct token *out, const char *text, const void *key, size_t key_length, int64_t wall_s)
{
    uint8_t expected[SIGNATURE_SIZE], got[SIGNATURE_SIZE + 3];
    *out = (struct token){.topology = PIN_AUTO};
    const char *first = strchr(text, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL || strlen(text) >= TOKEN_MAX || strchr(second + 1, '.') != NULL)
        return ERR_INVALID;
    if (check_header(text, (size_t)(first - text)) < 0)
        return ERR_INVALID;
    if (decode(got, sizeof got, second + 1, strlen(second + 1)) != SIGNATURE_SIZE ||
        !sign(expected, text, (size_t)(second - text), key, key_length) ||
        CRYPTO_memcmp(expected, got, SIGNATURE_SIZE) != 0)
        return ERR_AUTH;
    json_t *claims = read_part(first + 1, (size_t)(second - first - 1));
    out->wrong_claim = claims != NULL ? read_claims(out, claims) : NULL;
    int result = claims != NULL && out->wrong_claim == NULL ? check_time(claims, wall_s) : ERR_INVALID;
    json_decref(claims);
    return result;
}

int token_sign(char *out, size_t capacity, const char *payload, const void *key, size_t key_length)
{
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    uint8_t signature[SIGNATURE_SIZE];
    int used = encode(out, capacity, (const uint8_t *)header, sizeof header - 1);
    if (used < 0 || (size_t)used + 2 > capacity)
        return ERR_NO_SPACE;
    out[used++] = '.';
    int more = encode(out + used, capacity - (size_t)used, (const uint8_t *)payload, strlen(payload));
    if (more < 0)
        return ERR_NO_SPACE;
    used += more;
    if (!sign(signature, out, (size_t)used, key, key_length))
        return ERR_INVALID;
    if ((size_t)used + 2 > capacity)
        return ERR_NO_SPACE;
    out[used++] = '.';
    more = encode(out + used, capacity - (size_t)used, signature, sizeof signature);
    return more < 0 ? ERR_NO_SPACE : used + more;
}
