#include "bench/participant_state.h"

#include <stdarg.h>
#include <stdio.h>

const char bench_participant_rids[BENCH_PARTICIPANT_ENCODINGS_MAX][2] = {"l", "m", "h"};

void bench_participant_fail(struct bench_participant *participant, const char *format, ...)
{
    va_list arguments;
    if (participant->state == BENCH_PARTICIPANT_FAILED)
        return;
    va_start(arguments, format);
    vsnprintf(participant->error, sizeof participant->error, format, arguments);
    va_end(arguments);
    participant->state = BENCH_PARTICIPANT_FAILED;
}

void bench_participant_send_datagram(struct bench_participant *participant, uint8_t *data, size_t length)
{
    (void)swarm_socket_send(participant->host->socket, participant->index, &participant->server, data, length, 0);
}

void bench_participant_send_rtcp(struct bench_participant *participant, struct rtcp_writer *writer)
{
    size_t length = writer->length;
    if (length > 0 && peer_protect_rtcp(participant->peer, writer->out, &length) == 0)
        bench_participant_send_datagram(participant, writer->out, length);
}
