#include "bench/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"

static const char help[] =
    "usage: heddle-bench COMMAND [options]\n"
    "Measures what a call costs. Each command starts the servers it needs, on loopback, and stops them.\n"
    "\n"
    "  forward               CPU time of a forwarded packet beside the floor of this machine, and the added delay\n"
    "  peer janus            the same load through Heddle and through another server\n"
    "  capacity SCENARIO     more and more load until the server is full; scenarios: livestream, meeting, audio,\n"
    "                        small-rooms, idle, join-storm, switch-storm\n"
    "  shapes                the same call in Mesh and through the router, by real clients that encode and decode\n"
    "\n"
    "  --subscribers N       forward, peer: receivers of the one video [100]; capacity: the most [1600; idle, storms: "
    "100]\n"
    "  --publishers N        capacity audio: speakers [10]; meeting: the most participants [25]\n"
    "  --participants A..B   shapes: from A to B [2..6]\n"
    "  --video WxH@FPS:RATE  the video that is sent [1280x720@30:2M; shapes: 640x360@30:600k]\n"
    "  --audio               with a sound publication beside each video\n"
    "  --simulcast N         capacity: layers of each video [1; meeting, switch-storm: 3]\n"
    "  --visible N           capacity meeting: videos that each receives [25]\n"
    "  --seconds T           measured time: of a run, or of each step [10]\n"
    "  --repeats N           a run is cut into N spans; their spread is the noise [3]\n"
    "  --steps N             capacity: at most so many [8]\n"
    "  --loads P[,P]         forward: also the delay at so many percent of a worker, like 10,50,80\n"
    "  --workers N           of Heddle [1]\n"
    "  --srtp PROFILE        [AEAD_AES_128_GCM]\n"
    "  --server PATH         Heddle's program [the one beside this]\n"
    "\n"
    "  --json, --csv         print that instead of a table\n"
    "  --html FILE           write a page with charts, too\n"
    "  --markdown FILE       append the table to a file, too\n"
    "  --quiet               no progress\n"
    "  --help, --version\n";

enum code {
    CODE_SUBSCRIBERS = 256,
    CODE_PUBLISHERS,
    CODE_PARTICIPANTS,
    CODE_VIDEO,
    CODE_AUDIO,
    CODE_SIMULCAST,
    CODE_VISIBLE,
    CODE_SECONDS,
    CODE_REPEATS,
    CODE_STEPS,
    CODE_LOADS,
    CODE_WORKERS,
    CODE_SRTP,
    CODE_SERVER,
    CODE_JSON,
    CODE_CSV,
    CODE_HTML,
    CODE_MARKDOWN,
    CODE_QUIET,
    CODE_HELP,
    CODE_VERSION,
};

static const struct option long_options[] = {
    {"subscribers", required_argument, NULL, CODE_SUBSCRIBERS},
    {"publishers", required_argument, NULL, CODE_PUBLISHERS},
    {"participants", required_argument, NULL, CODE_PARTICIPANTS},
    {"video", required_argument, NULL, CODE_VIDEO},
    {"audio", no_argument, NULL, CODE_AUDIO},
    {"simulcast", required_argument, NULL, CODE_SIMULCAST},
    {"visible", required_argument, NULL, CODE_VISIBLE},
    {"seconds", required_argument, NULL, CODE_SECONDS},
    {"repeats", required_argument, NULL, CODE_REPEATS},
    {"steps", required_argument, NULL, CODE_STEPS},
    {"loads", required_argument, NULL, CODE_LOADS},
    {"workers", required_argument, NULL, CODE_WORKERS},
    {"srtp", required_argument, NULL, CODE_SRTP},
    {"server", required_argument, NULL, CODE_SERVER},
    {"json", no_argument, NULL, CODE_JSON},
    {"csv", no_argument, NULL, CODE_CSV},
    {"html", required_argument, NULL, CODE_HTML},
    {"markdown", required_argument, NULL, CODE_MARKDOWN},
    {"quiet", no_argument, NULL, CODE_QUIET},
    {"help", no_argument, NULL, CODE_HELP},
    {"version", no_argument, NULL, CODE_VERSION},
    {NULL, 0, NULL, 0},
};

void options_print_help(void)
{
    fputs(help, stdout);
}

/* NULL, or what was expected: as all readers below. */
static const char *read_number(const char *text, unsigned low, unsigned high, unsigned *out)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || number < low || number > high)
        return "a number in its range";
    *out = (unsigned)number;
    return NULL;
}

static const char *read_range(const char *text, unsigned *low, unsigned *high)
{
    int used = 0;
    if (sscanf(text, "%u..%u%n", low, high, &used) != 2 || text[used] != '\0') {
        used = 0;
        if (sscanf(text, "%u%n", low, &used) != 1 || text[used] != '\0')
            return "a number or a range like 2..12";
        *high = *low;
    }
    return *low >= 2 && *low <= *high && *high <= 12 ? NULL : "between 2 and 12";
}

static const char *read_video(const char *text, struct options *options)
{
    static const char expected[] = "WIDTHxHEIGHT@FPS:RATE, like 640x360@30:600k";
    double rate;
    char unit = '\0', more = '\0';
    int fields = sscanf(text, "%ux%u@%u:%lf%c%c", &options->width, &options->height, &options->frames_per_second, &rate,
                        &unit, &more);
    if (fields < 4 || fields > 5 || (fields == 5 && unit != 'k' && unit != 'M'))
        return expected;
    rate *= unit == 'k' ? 1e3 : unit == 'M' ? 1e6 : 1;
    if (options->width < 16 || options->width > 4096 || options->height < 16 || options->height > 4096 ||
        options->frames_per_second < 1 || options->frames_per_second > 120 || rate < 10e3 || rate > 100e6)
        return expected;
    options->video_bps = (uint64_t)rate;
    return NULL;
}

static const char *read_loads(const char *text, struct options *options)
{
    char *end;
    for (;; text = end + 1) {
        unsigned long percent = strtoul(text, &end, 10);
        if (end == text || percent < 1 || percent > 100 || options->load_count == OPTIONS_LOADS_MAX)
            return "percentages like 10,50,80";
        options->loads[options->load_count++] = (unsigned)percent;
        if (*end == '\0')
            return NULL;
        if (*end != ',')
            return "percentages like 10,50,80";
    }
}

static const char *read_seconds(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out >= 0.5 && *out <= 3600 ? NULL : "seconds, 0.5 to 3600";
}

static const char *read_value(struct options *options, int code, const char *value)
{
    switch (code) {
    case CODE_SUBSCRIBERS:
        return read_number(value, 1, 50000, &options->subscribers);
    case CODE_PUBLISHERS:
        return read_number(value, 1, 1000, &options->publishers);
    case CODE_PARTICIPANTS:
        return read_range(value, &options->participants_low, &options->participants_high);
    case CODE_VIDEO:
        return read_video(value, options);
    case CODE_SIMULCAST:
        return read_number(value, 1, 3, &options->layers);
    case CODE_VISIBLE:
        return read_number(value, 1, 100, &options->visible);
    case CODE_SECONDS:
        return read_seconds(value, &options->seconds);
    case CODE_REPEATS:
        return read_number(value, 1, 20, &options->repeats);
    case CODE_STEPS:
        return read_number(value, 1, 40, &options->steps);
    case CODE_LOADS:
        return read_loads(value, options);
    case CODE_WORKERS:
        return read_number(value, 1, 64, &options->workers);
    default:
        return NULL;
    }
}

static void set_flag(struct options *options, int code, const char *value)
{
    switch (code) {
    case CODE_AUDIO:
        options->audio = true;
        break;
    case CODE_SRTP:
        options->srtp_profiles = value;
        break;
    case CODE_SERVER:
        options->server = value;
        break;
    case CODE_JSON:
        options->json = true;
        break;
    case CODE_CSV:
        options->csv = true;
        break;
    case CODE_HTML:
        options->html = value;
        break;
    case CODE_MARKDOWN:
        options->markdown = value;
        break;
    case CODE_QUIET:
        options->quiet = true;
        break;
    case CODE_HELP:
        options->help = true;
        break;
    case CODE_VERSION:
        options->version = true;
        break;
    default:
        break;
    }
}

static int take_words(struct options *options, int argc, char **argv)
{
    if (optind < argc)
        options->command = argv[optind++];
    if (optind < argc)
        options->argument = argv[optind++];
    if (optind < argc) {
        fprintf(stderr, "heddle-bench: %s: one word too many\n", argv[optind]);
        return ERR_INVALID;
    }
    return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
    int code, index = 0;
    *options = (struct options){.seconds = 10, .repeats = 3, .workers = 1, .srtp_profiles = "AEAD_AES_128_GCM"};
    while ((code = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        const char *expected = code == '?' ? "" : read_value(options, code, optarg);
        if (code == '?')
            return ERR_INVALID;
        if (expected != NULL) {
            fprintf(stderr, "heddle-bench: --%s %s: expected %s\n", long_options[index].name, optarg, expected);
            return ERR_INVALID;
        }
        set_flag(options, code, optarg);
    }
    return take_words(options, argc, argv);
}
