/* linktcp: a TCP transfer from one network namespace to another that always has more to send, and what it got. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/tun.h"
#include "transport/net/clock.h"

#define PORT 9998

struct transfer {
    const char *from, *to, *address, *congestion;
    double duration_s;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "linktcp: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void print_result(uint64_t bytes, usec_t span)
{
    printf("{\"bytes\":%llu,\"rate_kbit\":%.1f}\n", (unsigned long long)bytes,
           span > 0 ? (double)bytes * 8000 / (double)span : 0);
}

/* Until the other end has ended, or should have: its last word may be lost. */
static void receive(const struct transfer *transfer, int ready)
{
    static char data[65536];
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const struct timeval pause = {.tv_sec = 1};
    int yes = 1;
    uint64_t bytes = 0;
    if (netns_enter(transfer->to) != 0)
        die(transfer->to);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&any, sizeof any) != 0 || listen(listener, 1) != 0)
        die("listen");
    close(ready);
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    usec_t start = clock_now(), end = start + (usec_t)(transfer->duration_s * 1e6), last = start;
    for (ssize_t got; (got = read(fd, data, sizeof data)) > 0 || (got < 0 && errno == EAGAIN && clock_now() < end);) {
        if (got <= 0)
            continue;
        bytes += (uint64_t)got;
        last = clock_now();
    }
    print_result(bytes, last - start);
    close(fd);
    close(listener);
}

static void send_all(const struct transfer *transfer)
{
    static const char data[65536];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    const struct timeval pause = {.tv_usec = 50000};
    const struct linger at_once = {.l_onoff = 1};
    if (inet_pton(AF_INET, transfer->address, &to.sin_addr) != 1 || netns_enter(transfer->from) != 0)
        die(transfer->from);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, transfer->congestion, (socklen_t)strlen(transfer->congestion)) != 0)
        die(transfer->congestion);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once); /* what is still queued is not sent */
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &pause, sizeof pause);
    for (usec_t end = clock_now() + (usec_t)(transfer->duration_s * 1e6); clock_now() < end;)
        if (write(fd, data, sizeof data) < 0 && errno != EAGAIN)
            die("write");
    close(fd);
}

/* False: that is not how it is called. */
static bool parse_options(struct transfer *transfer, int argc, char **argv)
{
    static const struct option options[] = {
        {"from", required_argument, NULL, 'f'},       {"to", required_argument, NULL, 't'},
        {"address", required_argument, NULL, 'a'},    {"duration", required_argument, NULL, 'd'},
        {"congestion", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            transfer->from = optarg;
            break;
        case 't':
            transfer->to = optarg;
            break;
        case 'a':
            transfer->address = optarg;
            break;
        case 'd':
            transfer->duration_s = atof(optarg);
            break;
        case 'c':
            transfer->congestion = optarg;
            break;
        default:
            return false;
        }
    }
    return transfer->from != NULL && transfer->to != NULL && transfer->address != NULL && transfer->duration_s > 0;
}

int main(int argc, char **argv)
{
    struct transfer transfer = {.duration_s = 10, .congestion = "cubic"};
    int ready[2], status = 0;
    char byte;
    if (!parse_options(&transfer, argc, argv)) {
        fputs("linktcp --from NETNS --to NETNS --address IPV4 [--congestion cubic|bbr|reno] [--duration S]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (pipe(ready) != 0)
        die("pipe");
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a sender that fails has nobody to wait for it */
        close(ready[0]);
        receive(&transfer, ready[1]);
        return 0;
    }
    close(ready[1]);
    (void)!read(ready[0], &byte, 1); /* ends when the receiver listens, or has failed */
    send_all(&transfer);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
