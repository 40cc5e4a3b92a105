#include "transport/net/agent_intake.h"

#include "transport/net/connection_limits.h"

#define PORTS 1024
#define SOURCES 4096
#define STUN_CLASS_ANSWER 0x0100
#define STUN_DATA_INDICATION 0x0017 /* a TURN server's: it carries what a peer sent */

/* Of all sources of a port, which may be forged: libnice finds within microseconds that most are of nobody. */
static const struct budget_limit checks_of_port_limit = {.per_second = 2000, .burst = 1000};
/* 32 Mbit/s. As checks, which cost most, half a core. */
static const struct budget_limit bytes_limit = {.per_second = 4000000, .burst = 1000000};

void agent_intake_init(struct agent_intake *intake, uint64_t seed)
{
    *intake = (struct agent_intake){.reading = -1};
    budget_table_init(&intake->requests, SOURCES, connection_checks_limit, seed);
    budget_table_init(&intake->answers, SOURCES, connection_checks_limit, seed);
    budget_table_init(&intake->checks, PORTS, checks_of_port_limit, seed);
    budget_table_init(&intake->relayed, PORTS, connection_datagrams_limit, seed);
    budget_table_init(&intake->bytes, PORTS, bytes_limit, seed);
}

void agent_intake_fini(struct agent_intake *intake)
{
    budget_table_fini(&intake->requests);
    budget_table_fini(&intake->answers);
    budget_table_fini(&intake->checks);
    budget_table_fini(&intake->relayed);
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

/* A source has its own budget first: a stranger's flood leaves the remote peer's consent checks alone. */
static bool accepts_check(struct agent_intake *intake, uint64_t port, uint64_t source, bool is_answer, usec_t now)
{
    uint64_t key = source ^ (port << 20 | port >> 44);
    return budget_table_take(is_answer ? &intake->answers : &intake->requests, key, 1, now) &&
           budget_table_take(&intake->checks, port, 1, now);
}

bool agent_intake_accepts(struct agent_intake *intake, uint64_t port, uint64_t source, unsigned type, usec_t now)
{
    if (type == STUN_DATA_INDICATION) {
        bool is_within = budget_table_take(&intake->relayed, port, 1, now);
        intake->datagrams_over_budget += !is_within;
        return is_within;
    }
    bool is_within = accepts_check(intake, port, source, (type & STUN_CLASS_ANSWER) != 0, now);
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
