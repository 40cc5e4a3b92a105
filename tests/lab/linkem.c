/* linkem: joins two network namespaces by an emulated link. See README.md. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/lab/realtime.h"
#include "tests/lab/scenario.h"
#include "tests/lab/trace_files.h"
#include "tests/lab/tun.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define MTU_DEFAULT 1500
#define PACKET_MAX 65536
#define READS_PER_TURN 64
#define SCENARIO_MAX (1 << 20)
#define LOG_INTERVAL (100 * USEC_PER_MSEC)

struct link_end {
    char netns[128], ipv4[64], ipv6[64];
    int fd;
};

struct held_packet {
    size_t length;
    uint8_t data[];
};

struct linkem {
    struct link_end ends[2];
    const char *device;
    int mtu;
    uint64_t seed;
    bool reads_commands;
    struct trace_files traces;
    struct trace_source source;
    struct scenario scenario;
    size_t next_step;
    FILE *log;
    usec_t next_log;
    usec_t start;
    struct link_config configs[LINK_DIRECTIONS];
    struct link_model links[LINK_DIRECTIONS];
    char command[512];
    size_t command_length;
    int signals;
};

static const char usage[] =
    "linkem --a NETNS,IPV4/BITS[,IPV6/BITS] --b NETNS,IPV4/BITS[,IPV6/BITS] [options]\n"
    "  --set \"up|down|both SETTING...\"  the link at the start (may be repeated); `up` is from a to b\n"
    "  --scenario FILE    changes over time: lines of \"TIME up|down|both SETTING...\"\n"
    "  --commands         changes at once: lines of \"up|down|both SETTING...\" on standard input\n"
    "  --device NAME      of the TUN device in both namespaces (link0)\n"
    "  --mtu N            (1500)\n"
    "  --seed N           of all that is random (1)\n"
    "  --log FILE         a line each 100 ms: milliseconds by the clock, then for up and for down the bytes delivered "
    "and\n"
    "                     the packets dropped so far, and how long the queue is now, in milliseconds; by commas\n"
    "Prints \"ready\" when the link is up, and one JSON object of counts at the end (SIGTERM or SIGINT).\n"
    "Settings: delay 50ms, jitter 10ms, rate 1000kbit, queue 300ms|64kb, loss 5%, burst 1%/25%, reorder 1%/20ms,\n"
    "duplicate 1%, bucket 64kb, police 1000kbit/15kb, trace FILE, clear\n";

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "linkem: %s: %s\n", what, strerror(errno));
    exit(1);
}

static _Noreturn void refuse(const char *what, const char *value)
{
    fprintf(stderr, "linkem: %s: %s\n%s", what, value, usage);
    exit(2);
}

static void parse_end(struct link_end *end, const char *text)
{
    int fields = sscanf(text, "%127[^,],%63[^,],%63[^,]", end->netns, end->ipv4, end->ipv6);
    if (fields < 2)
        refuse("expected NETNS,IPV4/BITS", text);
}

static void load_scenario(struct linkem *linkem, const char *path)
{
    char *text = mem_alloc(SCENARIO_MAX);
    unsigned bad_line;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        die(path);
    size_t length = fread(text, 1, SCENARIO_MAX - 1, file);
    fclose(file);
    text[length] = '\0';
    if (scenario_parse(&linkem->scenario, &linkem->source, text, &bad_line) != 0) {
        fprintf(stderr, "linkem: %s: line %u is wrong\n", path, bad_line);
        exit(2);
    }
    free(text);
}

static void parse_options(struct linkem *linkem, int argc, char **argv)
{
    static const struct option options[] = {
        {"a", required_argument, NULL, 'a'},
        {"b", required_argument, NULL, 'b'},
        {"set", required_argument, NULL, 's'},
        {"scenario", required_argument, NULL, 'f'},
        {"commands", no_argument, NULL, 'c'},
        {"device", required_argument, NULL, 'd'},
        {"mtu", required_argument, NULL, 'm'},
        {"seed", required_argument, NULL, 'r'},
        {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'a':
        case 'b':
            parse_end(&linkem->ends[option - 'a'], optarg);
            break;
        case 's':
            if (scenario_apply(linkem->configs, &linkem->source, optarg) != 0)
                refuse("cannot understand", optarg);
            break;
        case 'f':
            load_scenario(linkem, optarg);
            break;
        case 'c':
            linkem->reads_commands = true;
            break;
        case 'd':
            linkem->device = optarg;
            break;
        case 'm':
            linkem->mtu = atoi(optarg);
            break;
        case 'r':
            linkem->seed = strtoull(optarg, NULL, 10);
            break;
        case 'l':
            linkem->log = fopen(optarg, "w");
            if (linkem->log == NULL)
                die(optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (linkem->ends[0].netns[0] == '\0' || linkem->ends[1].netns[0] == '\0')
        refuse("needs both", "--a and --b");
}

static void open_link(struct linkem *linkem)
{
    sigset_t set;
    for (int i = 0; i < 2; i++) {
        struct link_end *end = &linkem->ends[i];
        end->fd = tun_open(end->netns, linkem->device, end->ipv4, end->ipv6[0] != '\0' ? end->ipv6 : NULL, linkem->mtu);
        if (end->fd < 0)
            die(end->netns);
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    linkem->signals = signalfd(-1, &set, SFD_CLOEXEC);
    realtime_begin();
    linkem->start = linkem->next_log = clock_now();
    for (int i = 0; i < LINK_DIRECTIONS; i++)
        link_model_init(&linkem->links[i], &linkem->configs[i], linkem->seed * 2 + (uint64_t)i, linkem->start);
}

static void change(struct linkem *linkem, const char *line, usec_t now)
{
    if (scenario_apply(linkem->configs, &linkem->source, line) != 0) {
        fprintf(stderr, "linkem: cannot understand: %s\n", line);
        return;
    }
    for (int i = 0; i < LINK_DIRECTIONS; i++)
        link_model_set(&linkem->links[i], &linkem->configs[i], now);
}

static void take_steps(struct linkem *linkem, usec_t now)
{
    while (linkem->next_step < linkem->scenario.count &&
           linkem->start + linkem->scenario.steps[linkem->next_step].at <= now)
        change(linkem, linkem->scenario.steps[linkem->next_step++].line, now);
}

/* False: the input has ended. */
static bool read_commands(struct linkem *linkem, usec_t now)
{
    char *buffer = linkem->command;
    ssize_t got =
        read(STDIN_FILENO, buffer + linkem->command_length, sizeof linkem->command - 1 - linkem->command_length);
    if (got <= 0)
        return false;
    linkem->command_length += (size_t)got;
    buffer[linkem->command_length] = '\0';
    for (char *end; (end = strchr(buffer, '\n')) != NULL;) {
        *end = '\0';
        change(linkem, buffer, now);
        linkem->command_length -= (size_t)(end + 1 - buffer);
        memmove(buffer, end + 1, linkem->command_length + 1);
    }
    if (linkem->command_length == sizeof linkem->command - 1)
        linkem->command_length = 0; /* no command is so long */
    return true;
}

static void read_packets(struct linkem *linkem, int direction)
{
    static uint8_t data[PACKET_MAX];
    for (int i = 0; i < READS_PER_TURN; i++) {
        ssize_t got = read(linkem->ends[direction].fd, data, sizeof data);
        if (got <= 0)
            return;
        struct held_packet *packet = mem_alloc(sizeof *packet + (size_t)got);
        packet->length = (size_t)got;
        memcpy(packet->data, data, packet->length);
        if (!link_model_push(&linkem->links[direction], (uint64_t)(uintptr_t)packet, packet->length, clock_now()))
            free(packet);
    }
}

static void deliver(struct linkem *linkem, int direction, usec_t now)
{
    uint64_t number;
    usec_t at;
    for (enum link_event event; (event = link_model_pop(&linkem->links[direction], now, &number, &at)) != LINK_NONE;) {
        struct held_packet *packet = (struct held_packet *)(uintptr_t)number;
        /* The far end refuses only what is no IP packet or came while its device is down: lost, as on a wire. */
        if (event != LINK_LOST && write(linkem->ends[1 - direction].fd, packet->data, packet->length) < 0)
            errno = 0;
        if (event != LINK_COPY)
            free(packet);
    }
}

static void log_line(struct linkem *linkem, usec_t now)
{
    if (linkem->log == NULL || now < linkem->next_log)
        return;
    linkem->next_log = now + LOG_INTERVAL;
    fprintf(linkem->log, "%lld", (long long)(clock_wall_us() / USEC_PER_MSEC));
    for (int i = 0; i < LINK_DIRECTIONS; i++) {
        const struct link_stats *stats = &linkem->links[i].stats;
        fprintf(linkem->log, ",%llu,%llu,%.1f", (unsigned long long)stats->delivered_bytes,
                (unsigned long long)(stats->lost + stats->policed + stats->queue_drops),
                (double)link_model_queue_time(&linkem->links[i]) / USEC_PER_MSEC);
    }
    fputc('\n', linkem->log);
    fflush(linkem->log); /* who reads it does so while the link is there */
}

static usec_t next_event(const struct linkem *linkem)
{
    usec_t next = usec_min(link_model_next(&linkem->links[0]), link_model_next(&linkem->links[1]));
    if (linkem->next_step < linkem->scenario.count)
        next = usec_min(next, linkem->start + linkem->scenario.steps[linkem->next_step].at);
    if (linkem->log != NULL)
        next = usec_min(next, linkem->next_log);
    return next;
}

static void run(struct linkem *linkem)
{
    struct pollfd fds[] = {
        {.fd = linkem->ends[0].fd, .events = POLLIN},
        {.fd = linkem->ends[1].fd, .events = POLLIN},
        {.fd = linkem->signals, .events = POLLIN},
        {.fd = linkem->reads_commands ? STDIN_FILENO : -1, .events = POLLIN},
    };
    while ((fds[2].revents & POLLIN) == 0) {
        usec_t now = clock_now();
        take_steps(linkem, now);
        for (int i = 0; i < LINK_DIRECTIONS; i++)
            deliver(linkem, i, now);
        log_line(linkem, now);
        usec_t next = next_event(linkem);
        usec_t wait = next == USEC_NEVER ? USEC_PER_SEC : usec_max(0, next - clock_now());
        struct timespec timeout = {wait / USEC_PER_SEC, wait % USEC_PER_SEC * 1000};
        if (ppoll(fds, 4, &timeout, NULL) < 0 && errno != EINTR)
            die("ppoll");
        for (int i = 0; i < 2; i++)
            if ((fds[i].revents & POLLIN) != 0)
                read_packets(linkem, i);
        if ((fds[3].revents & (POLLIN | POLLHUP)) != 0 && !read_commands(linkem, clock_now()))
            fds[3].fd = -1;
    }
}

/* What is still under way goes with the link. */
static void close_link(struct linkem *linkem)
{
    static const struct link_config perfect;
    for (int i = 0; i < LINK_DIRECTIONS; i++) {
        uint64_t number;
        usec_t at;
        link_model_set(&linkem->links[i], &perfect, clock_now());
        for (enum link_event event; (event = link_model_pop(&linkem->links[i], USEC_NEVER, &number, &at)) != LINK_NONE;)
            if (event != LINK_COPY)
                free((void *)(uintptr_t)number);
        link_model_fini(&linkem->links[i]);
        close(linkem->ends[i].fd);
    }
    scenario_fini(&linkem->scenario);
    trace_files_fini(&linkem->traces);
    if (linkem->log != NULL)
        fclose(linkem->log);
}

static void print_direction(const char *name, const struct link_stats *stats)
{
    printf("\"%s\":{\"offered\":%llu,\"delivered\":%llu,\"delivered_bytes\":%llu,\"copies\":%llu,\"lost\":%llu,"
           "\"policed\":%llu,\"queue_drops\":%llu,\"reordered\":%llu,\"longest_queue_ms\":%.1f}",
           name, (unsigned long long)stats->offered, (unsigned long long)stats->delivered,
           (unsigned long long)stats->delivered_bytes, (unsigned long long)stats->copies,
           (unsigned long long)stats->lost, (unsigned long long)stats->policed, (unsigned long long)stats->queue_drops,
           (unsigned long long)stats->reordered, (double)stats->longest_queue / 1000);
}

int main(int argc, char **argv)
{
    static struct linkem linkem = {.device = "link0", .mtu = MTU_DEFAULT, .seed = 1};
    linkem.source = (struct trace_source){trace_files_find, &linkem.traces};
    parse_options(&linkem, argc, argv);
    open_link(&linkem);
    puts("ready");
    fflush(stdout);
    run(&linkem);
    printf("{");
    print_direction("up", &linkem.links[LINK_UP].stats);
    printf(",");
    print_direction("down", &linkem.links[LINK_DOWN].stats);
    printf("}\n");
    close_link(&linkem);
    return 0;
}
