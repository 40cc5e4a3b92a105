/* The text of an ICE candidate (RFC 8839 section 5.1), as remote peers send it. Pure. */
#ifndef HEDDLE_NET_CANDIDATE_H
#define HEDDLE_NET_CANDIDATE_H

#include <stdbool.h>
#include <sys/socket.h>

struct candidate {
    unsigned component;
    bool is_tcp; /* else UDP */
    struct sockaddr_storage address;
};

/* Reads "candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT typ TYPE ...". ERR_INVALID: it is not of that
 * form; ERR_UNSUPPORTED: another transport, or a name, which is of mDNS (".local") or not allowed. */
int candidate_parse(struct candidate *candidate, const char *text);
bool candidate_is_tcp(const char *text);

#endif
