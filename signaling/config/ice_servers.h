/* STUN and TURN servers that clients are told to use: the list of the command line, and its form for RTCConfiguration,
 * with fixed credentials or with ones that expire (the TURN REST scheme, which coturn checks by use-auth-secret). */
#ifndef HEDDLE_SIGNALING_ICE_SERVERS_H
#define HEDDLE_SIGNALING_ICE_SERVERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICE_SERVERS_TOLD_MAX 8

struct ice_server_entry {
    char url[256];                     /* "turn:turn.example:3478?transport=tcp" */
    char username[128], password[128]; /* "": none, or made from the secret */
};

struct ice_servers {
    size_t count;
    struct ice_server_entry entries[ICE_SERVERS_TOLD_MAX];
    char secret[256];   /* "": none */
    int64_t lifetime_s; /* of made credentials; 0: a day */
};

/* Adds "stun:HOST[:PORT]", "turn:[USER:PASSWORD@]HOST[:PORT][?transport=udp|tcp]" or "turns:...".
 * ERR_INVALID: not of that form; ERR_LIMIT: too many. */
int ice_servers_add(struct ice_servers *servers, const char *text);

/* Whether there is a TURN server; and whether there is one that clients could not use, without a name, a password and a
 * secret. */
bool ice_servers_have_turn(const struct ice_servers *servers);
bool ice_servers_lack_credentials(const struct ice_servers *servers);

/* How long the credentials of ice_servers_json() hold; 0: none of them expires. */
int64_t ice_servers_life_s(const struct ice_servers *servers);

/* RTCIceServer objects for one participant. The caller owns the array. */
json_t *ice_servers_json(const struct ice_servers *servers, const char *participant, int64_t wall_s);

#endif
