/* STUN and TURN servers as RTCConfiguration writes them: {"urls": "turn:host:port?transport=udp", "username",
 * "credential"} (RFC 7064, RFC 7065). Pure. */
#ifndef HEDDLE_CLIENT_ICE_URLS_H
#define HEDDLE_CLIENT_ICE_URLS_H

#include <jansson.h>

#include "transport/net/ice_agent.h"

/* 0 or ERR_INVALID. */
int ice_url_parse(struct ice_server *server, const char *url);
/* Reads the array `ice_servers`; entries that cannot be used are left out. Returns how many were filled. */
size_t ice_servers_read(const json_t *array, struct ice_server *servers, size_t capacity);

#endif
