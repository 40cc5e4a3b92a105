/* The page's address as a person types it: http://host:8080/?room=daily. Pure. */
#ifndef HEDDLE_CLIENT_URL_H
#define HEDDLE_CLIENT_URL_H

#include <stdbool.h>
#include <stdint.h>

struct url {
    bool is_secure; /* https, wss */
    char host[256]; /* without the brackets of an IPv6 address */
    uint16_t port;
    char path[256];   /* starts and ends with "/" */
    char room[65];    /* "" when the address has none */
    char token[4097]; /* the access token of an invitation, "#token=" or "?token="; "" when it has none */
    char key[257];    /* of the fragment, "#key=", which is never sent; "" when it has none */
};

/* 0 or ERR_INVALID. A missing scheme is http. */
int url_parse(struct url *url, const char *text);

#endif
