#include "transport/net/agent_intake.h"

#include "transport/base/bytes.h"
#include "transport/net/connection_limits.h"
#include "transport/net/stun_messages.h"

#define PORTS 1024
#define STUN_CLASS_ANSWER 0x0100
#define STUN_DATA_INDICATION 0x0017 /* a TURN server's: it carries what a peer sent */

/* 32 Mbit/s. As checks, which cost most, half a core. */
static const struct budget_limit bytes_limit = {.per_second = 4000000, .burst = 1000000};

void agent_intake_init(struct agent_intake *intake, uint64_t seed)
{
    *intake = (struct agent_intake){.reading = -1};
    budget_table_init(&intake->requests, PORTS, connection_checks_limit, seed);
    budget_table_init(&intake->answers, PORTS, connection_checks_limit, seed);
    budget_table_init(&intake->bytes, PORTS, bytes_limit, seed);
}

void agent_intake_fini(struct agent_intake *intake)
{
    budget_table_fini(&intake->requests);
    budget_table_fini(&intake->answers);
    budget_table_fini(&intake->bytes);
}

void agent_intake_renew(struct agent_intake *intake)
{
    intake->reading = -1;
}

/* libnice reads one socket after the other, so a turn begins with the first read of another one. */
static void begin_turn(struct agent_intake *intake, int fd)
{
    if (intake->reading == fd)
        return;
    intake->reading = fd;
    intake->reads_left = INTAKE_TURN_READS;
    intake->bytes_left = INTAKE_TURN_BYTES;
}

bool agent_intake_may_read(struct agent_intake *intake, int fd)
{
    begin_turn(intake, fd);
    if (intake->reads_left == 0)
        return false;
    intake->reads_left--;
    return true;
}

bool agent_intake_accepts(struct agent_intake *intake, uint64_t key, const uint8_t *data, size_t length, usec_t now)
{
    if (!stun_is_message(data, length) || get_u16(data) == STUN_DATA_INDICATION)
        return true;
    bool is_answer = (get_u16(data) & STUN_CLASS_ANSWER) != 0;
    bool is_within = budget_table_take(is_answer ? &intake->answers : &intake->requests, key, 1, now);
    intake->checks_over_budget += !is_within;
    return is_within;
}

static void pause_stream(struct agent_intake *intake, int fd)
{
    if (intake->paused_count < INTAKE_PAUSED_MAX) /* others ask again in the next turn, which costs more */
        intake->paused[intake->paused_count++] = fd;
}

bool agent_intake_may_stream(struct agent_intake *intake, int fd, uint64_t key, usec_t now)
{
    if (!agent_intake_may_read(intake, fd) || intake->bytes_left == 0)
        return false;
    if (!budget_table_is_spent(&intake->bytes, key, now))
        return true;
    pause_stream(intake, fd);
    return false;
}

void agent_intake_streamed(struct agent_intake *intake, uint64_t key, size_t bytes, usec_t now)
{
    intake->bytes_left -= bytes < intake->bytes_left ? bytes : intake->bytes_left;
    budget_table_charge(&intake->bytes, key, bytes, now);
}
