#include "bench/member_state.h"

#include <stdarg.h>
#include <stdio.h>

const char member_rids[MEMBER_ENCODINGS_MAX][2] = {"l", "m", "h"};

void member_fail(struct member *member, const char *format, ...)
{
    va_list arguments;
    if (member->state == MEMBER_FAILED)
        return;
    va_start(arguments, format);
    vsnprintf(member->error, sizeof member->error, format, arguments);
    va_end(arguments);
    member->state = MEMBER_FAILED;
}

void member_send_datagram(struct member *member, uint8_t *data, size_t length)
{
    (void)swarm_socket_send(member->host->socket, member->index, &member->server, data, length, 0);
}

void member_send_rtcp(struct member *member, struct rtcp_writer *writer)
{
    size_t length = writer->length;
    if (length > 0 && peer_protect_rtcp(member->peer, writer->out, &length) == 0)
        member_send_datagram(member, writer->out, length);
}
