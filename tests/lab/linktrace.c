/* linktrace: prints a trace of our own making, for the setting `trace FILE` of a link. See README.md. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/link_trace.h"

#define SECONDS_DEFAULT 120

static const char usage[] = "linktrace lte|umts|wifi|train [--seconds N] [--seed N]\n"
                            "Prints the milliseconds of a link's opportunities to send 1,500 bytes, a line each.\n"
                            "  --seconds N   (120; 600 at most)\n"
                            "  --seed N      (1)\n";

static bool parse_kind(const char *name, enum link_trace_kind *kind)
{
    for (int i = 0; i < LINK_TRACE_KINDS; i++) {
        *kind = (enum link_trace_kind)i;
        if (strcmp(name, link_trace_kind_name(*kind)) == 0)
            return true;
    }
    return false;
}

static _Noreturn void refuse(void)
{
    fputs(usage, stderr);
    exit(2);
}

static unsigned long long number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0')
        refuse();
    return value;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    unsigned long long seconds = SECONDS_DEFAULT, seed = 1;
    enum link_trace_kind kind;
    struct link_trace trace;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 's':
            seconds = number(optarg);
            break;
        case 'r':
            seed = number(optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            refuse();
        }
    }
    if (optind + 1 != argc || !parse_kind(argv[optind], &kind) || seconds < 1 || seconds > LINK_TRACE_SECONDS_MAX)
        refuse();
    link_trace_make(&trace, kind, (unsigned)seconds, seed);
    for (size_t i = 0; i < trace.count; i++)
        printf("%u\n", trace.at_ms[i]);
    link_trace_fini(&trace);
    return fflush(stdout) == 0 ? 0 : 1;
}
