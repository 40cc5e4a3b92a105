/* The value of a=fmtp: "key=value;key=value" (RFC 8866 section 6.15; the form is each payload format's own, but all of
 * ours use this one). Pure. */
#ifndef HEDDLE_WIRE_CODEC_PARAMETERS_H
#define HEDDLE_WIRE_CODEC_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value behind `key=` (keys in any case), up to `*length` bytes; NULL: the key is not there. */
const char *parameters_find(const char *parameters, const char *key, size_t *length);
/* The whole value as a number in `base` (10 or 16); `otherwise` when the key is not there. False when the value is no
 * such number or exceeds 32 bits. */
bool parameters_number(const char *parameters, const char *key, unsigned base, uint32_t otherwise, uint32_t *number);

#endif
