/* Connectivity checks as a controlling client sends them, made with libnice's message functions. For the tests here. */
#ifndef HEDDLE_TESTS_CHECKS_H
#define HEDDLE_TESTS_CHECKS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "transport/net/ice.h"

static const struct ice_credentials server_a = {"aaaa1111", "passwordpasswordpassword"};
static const struct ice_credentials server_b = {"bbbb2222", "wordpasswordpasswordpass"};
static const struct ice_credentials server_c = {"cccc3333", "secretsecretsecretsecret"};

static const struct ice_credentials client_a = {"client", "clientpasswordclientpassword"};

struct check {
    const struct ice_credentials *to;
    const char *pwd;      /* NULL: the right one */
    const char *username; /* NULL: "<ufrag>:client" */
    bool no_integrity, no_username;
    bool use_candidate, is_controlled, unknown_attribute;
};

/* Returns its length. The agent keeps what it needs to know the answer. */
size_t make_check(const struct check *check, StunAgent *agent, uint8_t *out, size_t capacity);
/* Whether `reply` answers that check with success; the mapped address goes to `mapped`. */
bool reply_is_success(StunAgent *agent, const uint8_t *reply, size_t length, struct sockaddr_storage *mapped);
/* The answer of a full agent with these credentials to a request of the port. 0: it would not answer. */
size_t make_answer(const struct ice_credentials *own, const uint8_t *request, size_t length, uint8_t *out,
                   size_t capacity);
/* Whether it is a Binding request. */
bool is_request(const uint8_t *data, size_t length);
/* The error code of a reply; 0: it has none. */
int reply_error(const uint8_t *reply, size_t length);

#endif
