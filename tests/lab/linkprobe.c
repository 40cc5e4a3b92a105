/* linkprobe: a constant stream of UDP packets from one network namespace to another, and what became of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/realtime.h"
#include "tests/lab/tun.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define PORT 9999
#define HEADER 16 /* sequence and send time */
#define IP_UDP_HEADERS 28
#define LISTEN_AFTER USEC_PER_SEC

struct probe {
    const char *from, *to, *address;
    double rate_kbit, duration_s;
    size_t size; /* of the IP packet */
};

struct tally {
    uint64_t received, bytes, duplicates, reordered;
    usec_t first, last;
    size_t count;
    int64_t *delays; /* us, one for each number that came */
    uint8_t *seen;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "linkprobe: %s: %s\n", what, strerror(errno));
    exit(1);
}

static size_t packet_count(const struct probe *probe)
{
    return (size_t)(probe->rate_kbit * 1000 * probe->duration_s / ((double)probe->size * 8));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double delay_ms(const struct tally *tally, double share)
{
    if (tally->count == 0)
        return -1;
    return (double)tally->delays[(size_t)((double)(tally->count - 1) * share)] / 1000;
}

static void take(struct tally *tally, const uint8_t *data, size_t length, size_t total, uint64_t *highest)
{
    usec_t now = clock_now();
    uint64_t number = get_u64(data);
    if (length < HEADER || number >= total)
        return;
    tally->received++;
    tally->bytes += length + IP_UDP_HEADERS;
    if (tally->first == 0)
        tally->first = now;
    tally->last = now;
    if (tally->seen[number]) {
        tally->duplicates++;
        return;
    }
    tally->seen[number] = 1;
    tally->delays[tally->count++] = now - (usec_t)get_u64(data + 8);
    if (number < *highest)
        tally->reordered++;
    else
        *highest = number;
}

static void print_result(const struct probe *probe, struct tally *tally)
{
    size_t total = packet_count(probe);
    usec_t span = tally->last - tally->first;
    qsort(tally->delays, tally->count, sizeof *tally->delays, compare);
    printf("{\"sent\":%zu,\"received\":%zu,\"lost\":%zu,\"duplicates\":%llu,\"reordered\":%llu,\"rate_kbit\":%.1f,"
           "\"delay_min_ms\":%.1f,\"delay_p50_ms\":%.1f,\"delay_p95_ms\":%.1f,\"delay_max_ms\":%.1f}\n",
           total, tally->count, total - tally->count, (unsigned long long)tally->duplicates,
           (unsigned long long)tally->reordered, span > 0 ? (double)tally->bytes * 8000 / (double)span : 0,
           delay_ms(tally, 0), delay_ms(tally, 0.5), delay_ms(tally, 0.95), delay_ms(tally, 1));
}

static void receive(const struct probe *probe, int ready)
{
    size_t total = packet_count(probe);
    struct tally tally = {.delays = mem_array(total, sizeof *tally.delays), .seen = mem_array(total, 1)};
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    uint8_t data[2048];
    uint64_t highest = 0;
    int size = 4 << 20, fd;
    realtime_begin();
    if (netns_enter(probe->to) != 0)
        die(probe->to);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0)
        die("bind");
    close(ready);
    usec_t end = clock_now() + (usec_t)(probe->duration_s * 1e6) + LISTEN_AFTER;
    while (clock_now() < end) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        (void)poll(&wait, 1, 20);
        for (ssize_t got; (got = recv(fd, data, sizeof data, MSG_DONTWAIT)) >= HEADER;)
            take(&tally, data, (size_t)got, total, &highest);
    }
    print_result(probe, &tally);
    free(tally.delays);
    free(tally.seen);
    close(fd);
}

static void send_all(const struct probe *probe)
{
    static uint8_t data[2048];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    size_t total = packet_count(probe);
    if (inet_pton(AF_INET, probe->address, &to.sin_addr) != 1 || netns_enter(probe->from) != 0)
        die(probe->from);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    realtime_begin();
    usec_t start = clock_now();
    for (size_t i = 0; i < total; i++) {
        usec_t due = start + (usec_t)((double)i * (double)probe->size * 8000 / probe->rate_kbit);
        usec_t wait = due - clock_now();
        if (wait > 0) {
            struct timespec pause = {wait / USEC_PER_SEC, wait % USEC_PER_SEC * 1000};
            nanosleep(&pause, NULL);
        }
        put_u64(data, i);
        put_u64(data + 8, (uint64_t)clock_now());
        (void)sendto(fd, data, probe->size - IP_UDP_HEADERS, 0, (struct sockaddr *)&to, sizeof to);
    }
    close(fd);
}

static void parse_options(struct probe *probe, int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 't'},
        {"address", required_argument, NULL, 'a'},
        {"rate", required_argument, NULL, 'r'},
        {"size", required_argument, NULL, 's'},
        {"duration", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            probe->from = optarg;
            break;
        case 't':
            probe->to = optarg;
            break;
        case 'a':
            probe->address = optarg;
            break;
        case 'r':
            probe->rate_kbit = atof(optarg);
            break;
        case 's':
            probe->size = (size_t)atoi(optarg);
            break;
        case 'd':
            probe->duration_s = atof(optarg);
            break;
        default:
            probe->from = NULL;
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct probe probe = {.rate_kbit = 100, .duration_s = 2, .size = 500};
    int ready[2], status = 0;
    char byte;
    parse_options(&probe, argc, argv);
    if (probe.from == NULL || probe.to == NULL || probe.address == NULL || probe.rate_kbit <= 0 ||
        probe.size < IP_UDP_HEADERS + HEADER || probe.size > 1500 || packet_count(&probe) == 0) {
        fputs("linkprobe --from NETNS --to NETNS --address IPV4 [--rate KBIT] [--size BYTES] [--duration S]\n", stderr);
        return 2;
    }
    if (pipe(ready) != 0)
        die("pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ready[0]);
        receive(&probe, ready[1]);
        return 0;
    }
    close(ready[1]);
    (void)!read(ready[0], &byte, 1); /* ends when the receiver listens, or has failed */
    send_all(&probe);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
