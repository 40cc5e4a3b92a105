/* Descriptions for the tests of parser and negotiation. */
#ifndef HEDDLE_TESTS_SDP_TEXT_H
#define HEDDLE_TESTS_SDP_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/proto/sdp.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define COUNT(array) (sizeof array / sizeof((array)[0]))

/* An offer small enough to break in one place at a time. */
extern const char good[];

/* `from`, which must be there, once replaced by `to`. The caller frees what it gets. */
char *replaced(const char *text, const char *from, const char *to);
/* A description of tests/vectors/sdp/. The caller frees it. */
char *load(const char *name);
/* The description is refused for what is wrong in that line (0: in it as a whole), and the text has `part` in it. */
void says(const struct refusal *refusal, unsigned line, const char *part);
struct sdp *must_parse(const char *text);

#endif
