#include "transport/net/candidate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "transport/base/error.h"
#include "transport/net/ice.h"

int candidate_parse(struct candidate *candidate, const char *text)
{
    char transport[8], address[256], type[16];
    unsigned port;
    unsigned long priority;
    *candidate = (struct candidate){0};
    if (strlen(text) >= ICE_CANDIDATE_MAX || strpbrk(text, "\r\n") != NULL ||
        sscanf(text, "candidate:%*32s %3u %7s %10lu %255s %5u typ %15s", &candidate->component, transport, &priority,
               address, &port, type) != 6)
        return ERR_INVALID;
    candidate->is_tcp = strcasecmp(transport, "tcp") == 0;
    if (!candidate->is_tcp && strcasecmp(transport, "udp") != 0)
        return ERR_UNSUPPORTED;
    if (port > UINT16_MAX)
        return ERR_INVALID;
    bool has_zone = strchr(address, '%') != NULL; /* an interface of the remote peer's machine, not of ours */
    if (has_zone || (uv_ip4_addr(address, (int)port, (struct sockaddr_in *)&candidate->address) != 0 &&
                     uv_ip6_addr(address, (int)port, (struct sockaddr_in6 *)&candidate->address) != 0))
        return ERR_UNSUPPORTED;
    return 0;
}

bool candidate_is_tcp(const char *text)
{
    struct candidate candidate;
    return candidate_parse(&candidate, text) == 0 && candidate.is_tcp;
}
