#include "bench/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/message_source.h"
#include "transport/base/error.h"
#include "transport/peer/srtp_keys.h"

static const char help[] =
    "usage: heddle-bench COMMAND [options]\n"
    "Measures what a call costs. Each command starts the servers it needs, on loopback, and stops them.\n"
    "\n"
    "  forward               CPU time of a forwarded packet beside the floor of this machine, and the added delay\n"
    "  peer janus            the same load through Heddle and through another server\n"
    "  capacity SCENARIO     more and more load until the server is full; scenarios: livestream, meeting, audio,\n"
    "                        small-rooms, idle, join-storm, switch-storm\n"
    "  topologies            the same call in Mesh, through the router and by the mixer, by real clients\n"
    "  data                  CPU time of a message of data channels, and what many of them do to media\n"
    "\n"
    "  --subscribers N       forward, peer: receivers of the one video [100]; capacity: the most [1600; idle, storms: "
    "100]\n"
    "  --publishers N        capacity audio: speakers [10]; meeting: the most participants [25]\n"
    "  --participants A..B   topologies: from A to B [2..6]\n"
    "  --video WxH@FPS:RATE  the video that is sent [1280x720@30:2M; topologies: 640x360@30:600k]\n"
    "  --audio               with an audio publication beside each video (small-rooms: always)\n"
    "  --burst               a source sends the packets of a frame at once, not spread as browsers spread them\n"
    "  --gro                 receivers take what was sent as one message in one piece, as no browser does\n"
    "  --simulcast N         capacity: encodings of each video [1; meeting, switch-storm: 3]\n"
    "  --visible N           capacity meeting: videos that each receives [25]\n"
    "  --seconds T           measured time: of a run, or of each step [10]\n"
    "  --repeats N           a run is cut into N spans; their spread is the noise [3]\n"
    "  --steps N             capacity: at most so many [8]\n"
    "  --first N             capacity: of the first step: participants (small-rooms: rooms) [by scenario]\n"
    "  --loads P[,P]         forward: also the delay at so many percent of a worker, like 10,50,80\n"
    "  --rooms N[,N]         data: participants of each room [2,10,50]\n"
    "  --sizes B[,B]         data: bytes of a message [20,200,1000]\n"
    "  --senders N           data: of the last room, who send messages beside media [20]\n"
    "  --rate N              data: messages of the first size a second by each of these [1000]\n"
    "  --lossy               data: messages that are sent once and not acknowledged, instead of ordered ones\n"
    "  --workers N           of Heddle [1]\n"
    "  --srtp PROFILE        [AEAD_AES_128_GCM]\n"
    "  --server PATH         Heddle's program [the one beside this]\n"
    "\n"
    "  --json, --csv         print that instead of a table\n"
    "  --html FILE           write a page with charts, too\n"
    "  --markdown FILE       append the table to a file, too\n"
    "  --quiet               no progress\n"
    "  -h, --help, --version\n"
    "\n"
    "Exit codes:\n"
    "  0  it was measured\n"
    "  1  it could not be measured here, or not be written; the reason is said\n"
    "  2  the command line is wrong, or names a file that cannot be written\n";

enum code {
    CODE_SUBSCRIBERS = 256,
    CODE_PUBLISHERS,
    CODE_PARTICIPANTS,
    CODE_VIDEO,
    CODE_AUDIO,
    CODE_BURST,
    CODE_GRO,
    CODE_SIMULCAST,
    CODE_VISIBLE,
    CODE_SECONDS,
    CODE_REPEATS,
    CODE_STEPS,
    CODE_FIRST,
    CODE_LOADS,
    CODE_ROOMS,
    CODE_SIZES,
    CODE_SENDERS,
    CODE_RATE,
    CODE_LOSSY,
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

#define FORWARD (1U << COMMAND_FORWARD)
#define PEER (1U << COMMAND_PEER)
#define CAPACITY (1U << COMMAND_CAPACITY)
#define TOPOLOGIES (1U << COMMAND_TOPOLOGIES)
#define DATA (1U << COMMAND_DATA)
#define BY_SWARM (FORWARD | PEER | CAPACITY | DATA)
#define ALL (BY_SWARM | TOPOLOGIES)
#define ALL_SCENARIOS "livestream meeting audio small-rooms idle join-storm switch-storm"
#define WITH_VIDEO "livestream meeting small-rooms join-storm switch-storm"
#define WITH_MEDIA WITH_VIDEO " audio"
#define STEPPED "livestream meeting audio small-rooms idle"

static const char *const command_names[COMMAND_COUNT] = {"", "forward", "peer", "capacity", "topologies", "data"};

/* In the order of their codes, from CODE_SUBSCRIBERS on. */
static const struct known_option {
    const char *name;
    int has_value;
    unsigned commands;     /* to which it means something */
    const char *scenarios; /* of capacity, to which it means something; NULL: all */
} known_options[] = {
    {"subscribers", required_argument, FORWARD | PEER | CAPACITY,
     "livestream audio small-rooms idle join-storm switch-storm"},
    {"publishers", required_argument, CAPACITY, "meeting audio"},
    {"participants", required_argument, TOPOLOGIES, NULL},
    {"video", required_argument, ALL, WITH_VIDEO},
    {"audio", no_argument, BY_SWARM, "livestream meeting join-storm switch-storm"},
    {"burst", no_argument, BY_SWARM, WITH_VIDEO},
    {"gro", no_argument, BY_SWARM, WITH_MEDIA},
    {"simulcast", required_argument, CAPACITY, WITH_VIDEO},
    {"visible", required_argument, CAPACITY, "meeting"},
    {"seconds", required_argument, ALL, STEPPED},
    {"repeats", required_argument, ALL, STEPPED},
    {"steps", required_argument, CAPACITY, STEPPED},
    {"first", required_argument, CAPACITY, STEPPED},
    {"loads", required_argument, FORWARD, NULL},
    {"rooms", required_argument, DATA, NULL},
    {"sizes", required_argument, DATA, NULL},
    {"senders", required_argument, DATA, NULL},
    {"rate", required_argument, DATA, NULL},
    {"lossy", no_argument, DATA, NULL},
    {"workers", required_argument, ALL, NULL},
    {"srtp", required_argument, BY_SWARM, NULL},
    {"server", required_argument, ALL, NULL},
    {"json", no_argument, ALL, NULL},
    {"csv", no_argument, ALL, NULL},
    {"html", required_argument, ALL, NULL},
    {"markdown", required_argument, ALL, NULL},
    {"quiet", no_argument, ALL, NULL},
    {"help", no_argument, ALL, NULL},
    {"version", no_argument, ALL, NULL},
};
#define OPTION_COUNT (sizeof known_options / sizeof known_options[0])

const char *options_command_name(enum command command)
{
    return command_names[command];
}

void options_print_help(void)
{
    fputs(help, stdout);
}

static const char *expect(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was expected instead, until the next call. */
static const char *expect(const char *format, ...)
{
    static char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

/* NULL, or what was expected: as all readers below. */
static const char *read_number(const char *text, unsigned low, unsigned high, unsigned *out)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long number = strtoul(text, NULL, 10);
    if (digits == 0 || text[digits] != '\0' || number < low || number > high)
        return expect("a whole number from %u to %u", low, high);
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
    if (*low > *high)
        return "the smaller number first, like 2..12";
    return *low >= 2 && *high <= 12 ? NULL : "numbers from 2 to 12";
}

static const char *read_video(const char *text, struct options *options)
{
    static const char expected[] = "WIDTHxHEIGHT@FPS:RATE, like 640x360@30:600k";
    static const char range[] = "a size of 16x16 to 4096x4096, 1 to 120 frames a second and a rate of 10k to 100M";
    double rate;
    char unit = '\0', more = '\0';
    int fields = sscanf(text, "%ux%u@%u:%lf%c%c", &options->width, &options->height, &options->frames_per_second, &rate,
                        &unit, &more);
    if (fields < 4 || fields > 5 || (fields == 5 && unit != 'k' && unit != 'M'))
        return expected;
    rate *= unit == 'k' ? 1e3 : unit == 'M' ? 1e6 : 1;
    if (options->width < 16 || options->width > 4096 || options->height < 16 || options->height > 4096 ||
        options->frames_per_second < 1 || options->frames_per_second > 120 || !(rate >= 10e3 && rate <= 100e6))
        return range;
    options->video_bps = (uint64_t)rate;
    return NULL;
}

/* "2,10,50"; `like` says what was expected. */
static const char *read_list(const char *text, unsigned low, unsigned high, const char *like, struct options_list *out)
{
    char *end;
    out->count = 0;
    for (;; text = end + 1) {
        unsigned long number = strtoul(text, &end, 10);
        if (end == text || number < low || number > high || out->count == OPTIONS_LIST_MAX)
            return like;
        out->at[out->count++] = (unsigned)number;
        if (*end == '\0')
            return NULL;
        if (*end != ',')
            return like;
    }
}

/* Names as srtp_profile_name() says them, in order, separated by ':'. */
static const char *read_srtp(const char *text, struct options *options)
{
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_AEAD_AES_128_GCM, SRTP_PROFILE_AEAD_AES_256_GCM,
                                                 SRTP_PROFILE_AES128_CM_SHA1_80};
    options->srtp_profiles = text;
    for (;; text++) {
        size_t length = strcspn(text, ":"), i = 0;
        while (i < 3 && (strlen(srtp_profile_name(profiles[i])) != length ||
                         strncmp(srtp_profile_name(profiles[i]), text, length) != 0))
            i++;
        if (i == 3)
            return "AEAD_AES_128_GCM, AEAD_AES_256_GCM or AES128_CM_SHA1_80, several separated by ':'";
        text += length;
        if (*text == '\0')
            return NULL;
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
        return read_number(value, 1, 3, &options->encodings);
    case CODE_VISIBLE:
        return read_number(value, 1, 100, &options->visible);
    case CODE_SECONDS:
        return read_seconds(value, &options->seconds);
    case CODE_REPEATS:
        return read_number(value, 1, 20, &options->repeats);
    case CODE_STEPS:
        return read_number(value, 1, 40, &options->steps);
    case CODE_FIRST:
        return read_number(value, 1, 50000, &options->first);
    case CODE_LOADS:
        return read_list(value, 1, 100, "percentages like 10,50,80", &options->loads);
    case CODE_ROOMS:
        return read_list(value, 2, 500, "numbers from 2 to 500, like 2,10,50", &options->rooms);
    case CODE_SIZES:
        return read_list(value, MESSAGE_SOURCE_SIZE_MIN, MESSAGE_SOURCE_SIZE_MAX,
                         expect("bytes from %d to %d, like 20,1000", MESSAGE_SOURCE_SIZE_MIN, MESSAGE_SOURCE_SIZE_MAX),
                         &options->sizes);
    case CODE_SENDERS:
        return read_number(value, 1, 500, &options->senders);
    case CODE_RATE:
        return read_number(value, 1, 2000, &options->rate);
    case CODE_WORKERS:
        return read_number(value, 1, 64, &options->workers);
    case CODE_SRTP:
        return read_srtp(value, options);
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
    case CODE_BURST:
        options->burst = true;
        break;
    case CODE_GRO:
        options->gro = true;
        break;
    case CODE_LOSSY:
        options->lossy = true;
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

static const char hint[] = "heddle-bench --help lists commands and options";

/* Reads the command and its argument; only two commands take one. */
static int take_words(struct options *options, int argc, char **argv)
{
    const char *name = optind < argc ? argv[optind++] : NULL;
    for (int i = COMMAND_FORWARD; name != NULL && i < COMMAND_COUNT; i++)
        if (strcmp(command_names[i], name) == 0)
            options->command = (enum command)i;
    if (options->command == COMMAND_NONE) {
        fprintf(stderr, "heddle-bench: %s%sexpected a command: forward, peer, capacity, topologies or data; %s\n",
                name != NULL ? name : "", name != NULL ? ": " : "", hint);
        return ERR_INVALID;
    }
    if (optind < argc && (options->command == COMMAND_PEER || options->command == COMMAND_CAPACITY))
        options->argument = argv[optind++];
    if (optind < argc) {
        fprintf(stderr, "heddle-bench: %s: one word too many for the command %s; %s\n", argv[optind], name, hint);
        return ERR_INVALID;
    }
    return 0;
}

static bool lists(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        if (size == length && strncmp(at, word, length) == 0)
            return true;
        at += size;
    }
    return false;
}

/* Whether the option means something to the command and, if that is `capacity`, to its scenario. One that is not known
 * is refused as such. */
static bool is_used(const struct known_option *option, const struct options *options)
{
    if ((option->commands & 1U << options->command) == 0)
        return false;
    return options->command != COMMAND_CAPACITY || option->scenarios == NULL || options->argument == NULL ||
           !lists(ALL_SCENARIOS, options->argument) || lists(option->scenarios, options->argument);
}

/* Refuses options that have no effect: a person who gives one expects one. */
static int check_given(const struct options *options, const bool *is_given)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!is_given[i] || is_used(&known_options[i], options))
            continue;
        bool is_command = (known_options[i].commands & 1U << options->command) == 0;
        fprintf(stderr, "heddle-bench: --%s means nothing to the %s %s; %s\n", known_options[i].name,
                is_command ? "command" : "scenario", is_command ? command_names[options->command] : options->argument,
                hint);
        return ERR_INVALID;
    }
    return 0;
}

static int take_option(struct options *options, int code, const char *value)
{
    const char *expected = read_value(options, code, value);
    if (expected == NULL) {
        set_flag(options, code, value);
        return 0;
    }
    fprintf(stderr, "heddle-bench: --%s '%s': expected %s\n", known_options[code - CODE_SUBSCRIBERS].name, value,
            expected);
    return ERR_INVALID;
}

int options_parse(struct options *options, int argc, char **argv)
{
    struct option names[OPTION_COUNT + 1] = {{NULL, 0, NULL, 0}};
    bool is_given[OPTION_COUNT] = {false};
    int code;
    *options = (struct options){.seconds = 10, .repeats = 3, .workers = 1, .srtp_profiles = "AEAD_AES_128_GCM"};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        names[i] = (struct option){known_options[i].name, known_options[i].has_value, NULL, CODE_SUBSCRIBERS + (int)i};
    while ((code = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        if (code == '?') { /* getopt has said what is wrong */
            fprintf(stderr, "heddle-bench: %s\n", hint);
            return ERR_INVALID;
        }
        if (code == 'h') {
            options->help = true;
            continue;
        }
        is_given[code - CODE_SUBSCRIBERS] = true;
        if (take_option(options, code, optarg) != 0)
            return ERR_INVALID;
    }
    if (options->help || options->version)
        return 0;
    if (options->json && options->csv) {
        fprintf(stderr, "heddle-bench: --json and --csv: give one of them at most\n");
        return ERR_INVALID;
    }
    int error = take_words(options, argc, argv);
    return error == 0 ? check_given(options, is_given) : error;
}

void options_default_to_fan_out(struct options *options)
{
    if (options->subscribers == 0)
        options->subscribers = 100;
    if (options->video_bps == 0) {
        options->width = 1280;
        options->height = 720;
        options->frames_per_second = 30;
        options->video_bps = 2000000;
    }
}
