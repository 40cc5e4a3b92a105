#include "transport/peer/certificates.h"

#include <string.h>

#define MODULUS_MAX_BYTES (8192 / 8 + 1) /* with the zero that makes it positive */
#define EXPONENT_MAX_BYTES 9             /* a larger one makes checking a signature a hundred times slower */

enum der_tag {
    DER_INTEGER = 0x02,
    DER_BITS = 0x03,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_VERSION = 0xa0, /* [0] of a certificate */
};

/* Takes one element off the front of `rest`, with a length of at most two bytes. */
static bool take(struct span *rest, enum der_tag tag, struct span *content)
{
    size_t head = 2;
    if (rest->length < head || rest->data[0] != tag)
        return false;
    size_t length = rest->data[1];
    if (length >= 0x80) {
        size_t bytes = length & 0x7f;
        head += bytes;
        if (bytes == 0 || bytes > 2 || rest->length < head)
            return false;
        length = bytes == 1 ? rest->data[2] : get_u16(rest->data + 2);
    }
    if (length > rest->length - head)
        return false;
    *content = (struct span){rest->data + head, length};
    *rest = (struct span){content->data + length, rest->length - head - length};
    return true;
}

static bool is(struct span oid, const char *bytes, size_t length)
{
    return oid.length == length && memcmp(oid.data, bytes, length) == 0;
}

#define IS(oid, bytes) is(oid, bytes, sizeof bytes - 1)

static bool is_rsa_cheap(struct span key)
{
    struct span numbers, modulus, exponent;
    return take(&key, DER_SEQUENCE, &numbers) && take(&numbers, DER_INTEGER, &modulus) &&
           take(&numbers, DER_INTEGER, &exponent) && modulus.length <= MODULUS_MAX_BYTES &&
           exponent.length <= EXPONENT_MAX_BYTES;
}

/* A compressed point costs a square root. */
static bool is_curve_cheap(struct span parameters, struct span point)
{
    struct span curve;
    if (!take(&parameters, DER_OID, &curve) || point.length == 0 || point.data[0] != 0x04)
        return false;
    return IS(curve, "\x2a\x86\x48\xce\x3d\x03\x01\x07") /* P-256 */ || IS(curve, "\x2b\x81\x04\x00\x22") /* P-384 */ ||
           IS(curve, "\x2b\x81\x04\x00\x23") /* P-521 */;
}

static bool is_key_cheap(struct span info)
{
    struct span algorithm, oid, key;
    if (!take(&info, DER_SEQUENCE, &algorithm) || !take(&algorithm, DER_OID, &oid) || !take(&info, DER_BITS, &key) ||
        key.length == 0 || key.data[0] != 0)
        return false;
    key = (struct span){key.data + 1, key.length - 1}; /* without the count of unused bits */
    if (IS(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"))
        return is_rsa_cheap(key);
    if (IS(oid, "\x2a\x86\x48\xce\x3d\x02\x01"))
        return is_curve_cheap(algorithm, key);
    return IS(oid, "\x2b\x65\x70"); /* Ed25519 */
}

/* RFC 5280 4.1: version, serial number, signature, issuer, validity, subject, key. */
static bool is_certificate_cheap(struct span der)
{
    static const enum der_tag before_key[] = {DER_INTEGER, DER_SEQUENCE, DER_SEQUENCE, DER_SEQUENCE, DER_SEQUENCE};
    struct span certificate, signed_part, ignored, key;
    if (!take(&der, DER_SEQUENCE, &certificate) || !take(&certificate, DER_SEQUENCE, &signed_part))
        return false;
    (void)take(&signed_part, DER_VERSION, &ignored);
    for (size_t i = 0; i < sizeof before_key / sizeof before_key[0]; i++)
        if (!take(&signed_part, before_key[i], &ignored))
            return false;
    return take(&signed_part, DER_SEQUENCE, &key) && is_key_cheap(key);
}

/* An element with a length of three bytes before it. */
static bool take_vector(struct span *rest, struct span *content)
{
    if (rest->length < 3 || get_u24(rest->data) > rest->length - 3)
        return false;
    *content = (struct span){rest->data + 3, get_u24(rest->data)};
    *rest = (struct span){content->data + content->length, rest->length - 3 - content->length};
    return true;
}

bool certificates_are_cheap(struct span body)
{
    struct span list, certificate;
    if (body.length > CERTIFICATES_MAX_BYTES || !take_vector(&body, &list) || body.length > 0)
        return false;
    for (size_t count = 0; list.length > 0; count++)
        if (count == CERTIFICATES_MAX || !take_vector(&list, &certificate) || !is_certificate_cheap(certificate))
            return false;
    return true;
}
