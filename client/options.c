#include "client/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/net/url.h"
#include "transport/base/error.h"

#define DEFAULT_NAME "heddle-client"
#define BITRATE_MIN 20000U
#define BITRATE_MAX 1000000000U
#define RECEIVE_MAX UINT64_C(4000000000)

static const char usage[] =
    "usage: heddle-client URL --room ROOM [options]\n"
    "Joins a room: URL is the page's address (http://127.0.0.1:8080, https, too; it may name the room,\n"
    "and have an access token: URL#token=TOKEN or URL?token=TOKEN, as an invitation has it).\n"
    "\n"
    "  --room ROOM           the room to join\n"
    "  --name NAME           as others see you (heddle-client)\n"
    "  --send WHAT           test (moving pattern and tone; the default), camera, none, or a file: .ivf .y4m .wav "
    ".ogg;\n"
    "                        twice for one video and one audio\n"
    "  --send-second WHAT    a second video beside it, as of another camera: test or a file .ivf .y4m\n"
    "  --receive all|none    what others publish (all)\n"
    "  --record DIR          write what comes in to DIR/<participant>-<name>.ivf and .ogg; DIR is made,\n"
    "                        nothing is written over, another codec or size begins another file\n"
    "  --duration SECONDS    leave after that time, whatever the server does: it is over three seconds later at most\n"
    "                        (Ctrl-C leaves at any time)\n"
    "  --json                print a summary as one JSON object at the end\n"
    "  --show                show everybody in a window (SDL2)\n"
    "  --video WxH@FPS:RATE  size, frame rate and bitrate of the video sent (640x360@30:600k)\n"
    "  --simulcast N         send the video in N sizes, 1 to 3, each half the next (1)\n"
    "  --temporal N          temporal layers, 1 to 3 (1)\n"
    "  --fixed               send all that always; without it, as much of it as the network carries\n"
    "  --ssim                compare the test pictures that come with those that were made, of the size of our own\n"
    "  --no-audio            send no audio\n"
    "  --hand                raise a hand\n"
    "  --data                print what others send by data channels\n"
    "  --send-data TEXT      the same, and send TEXT to each who is there or comes\n"
    "  --send-file PATH      offer a file to each who is there or comes; up to 16 times\n"
    "  --receive-files DIR   save the files that others offer in DIR, which is made; nothing is written over.\n"
    "                        1000 files at most, 500 of them of one participant; what is more is refused\n"
    "  --receive-max SIZE    of all these files together, half of it of one participant (4G; like 500M)\n"
    "  --ice-policy P        all, or relay: by TURN only (all)\n"
    "  --topology T          for a new room: auto, mesh, sfu, mcu\n"
    "  --mix W               one picture and one sound of all instead of everybody's own: on, off, or auto, when\n"
    "                        this machine or its link is too weak for them (auto)\n"
    "  --e2ee-key KEY        passphrase of an end-to-end encrypted room; the address may have it, too: URL#key=KEY\n"
    "                        with blanks as %20. (Others on this machine can see the command line)\n"
    "  --token TOKEN         access token, when the server asks for one and the address has none\n"
    "  --insecure            accept any certificate of the server\n"
    "  --reconnect KEY=SECONDS,...  times of the reconnection: connect (15), wait (30), speculative (3),\n"
    "                        restarts (their number, 3), delay (2), restart (10)\n"
    "  --quiet, --verbose    no progress line; more of what happens\n"
    "  --progress            a progress line each second where no terminal is, too\n"
    "  --core-dumps          let a crash write a core file: it holds the keys of the call\n"
    "  -h, --help, --version\n"
    "\n"
    "SIGUSR1 mutes audio and video, and unmutes them. SIGUSR2 starts again the connections that were given up.\n"
    "Exit codes:\n"
    "  0  the call took place\n"
    "  1  it did not (no server, refused, no connection came up), or a recording or a file is not complete, or nobody\n"
    "     has a file that was offered; the reason is said\n"
    "  2  the command line is wrong, or names what is not there: a file, a folder, a camera\n"
    "  3  the call took place, but was not connected in its last three seconds\n";

enum option_code {
    OPTION_ROOM = 256,
    OPTION_NAME,
    OPTION_SEND,
    OPTION_RECEIVE,
    OPTION_RECORD,
    OPTION_DURATION,
    OPTION_JSON,
    OPTION_SHOW,
    OPTION_VIDEO,
    OPTION_SIMULCAST,
    OPTION_TEMPORAL,
    OPTION_FIXED,
    OPTION_SSIM,
    OPTION_SEND_SECOND,
    OPTION_NO_AUDIO,
    OPTION_HAND,
    OPTION_DATA,
    OPTION_SEND_DATA,
    OPTION_SEND_FILE,
    OPTION_RECEIVE_FILES,
    OPTION_RECEIVE_MAX,
    OPTION_ICE_POLICY,
    OPTION_TOPOLOGY,
    OPTION_MIX,
    OPTION_TOKEN,
    OPTION_E2EE_KEY,
    OPTION_INSECURE,
    OPTION_RECONNECT,
    OPTION_QUIET,
    OPTION_PROGRESS,
    OPTION_CORE_DUMPS,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"room", required_argument, NULL, OPTION_ROOM},
    {"name", required_argument, NULL, OPTION_NAME},
    {"send", required_argument, NULL, OPTION_SEND},
    {"send-second", required_argument, NULL, OPTION_SEND_SECOND},
    {"receive", required_argument, NULL, OPTION_RECEIVE},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"json", no_argument, NULL, OPTION_JSON},
    {"show", no_argument, NULL, OPTION_SHOW},
    {"video", required_argument, NULL, OPTION_VIDEO},
    {"simulcast", required_argument, NULL, OPTION_SIMULCAST},
    {"temporal", required_argument, NULL, OPTION_TEMPORAL},
    {"fixed", no_argument, NULL, OPTION_FIXED},
    {"ssim", no_argument, NULL, OPTION_SSIM},
    {"no-audio", no_argument, NULL, OPTION_NO_AUDIO},
    {"hand", no_argument, NULL, OPTION_HAND},
    {"data", no_argument, NULL, OPTION_DATA},
    {"send-data", required_argument, NULL, OPTION_SEND_DATA},
    {"send-file", required_argument, NULL, OPTION_SEND_FILE},
    {"receive-files", required_argument, NULL, OPTION_RECEIVE_FILES},
    {"receive-max", required_argument, NULL, OPTION_RECEIVE_MAX},
    {"ice-policy", required_argument, NULL, OPTION_ICE_POLICY},
    {"topology", required_argument, NULL, OPTION_TOPOLOGY},
    {"mix", required_argument, NULL, OPTION_MIX},
    {"token", required_argument, NULL, OPTION_TOKEN},
    {"e2ee-key", required_argument, NULL, OPTION_E2EE_KEY},
    {"insecure", no_argument, NULL, OPTION_INSECURE},
    {"reconnect", required_argument, NULL, OPTION_RECONNECT},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"core-dumps", no_argument, NULL, OPTION_CORE_DUMPS},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct parse {
    struct options *options;
    bool no_audio, has_send, sends_none, ssim, has_receive_max;
};

static int wrong(const char *option, const char *value, const char *expected)
{
    fprintf(stderr, "heddle-client: --%s '%s': expected %s\n", option, value, expected);
    return ERR_INVALID;
}

/* One of the given words; its index, or -1. */
static int choose(const char *value, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0)
            return i;
    return -1;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

/* Behind "test" another one may be named: of "test" the other half stays. */
static bool is_named(const char *source)
{
    return source != NULL && strcmp(source, "test") != 0;
}

static int parse_send(struct parse *parse, const char *value)
{
    struct heddle_client_media *media = &parse->options->media;
    bool is_test = strcmp(value, "test") == 0;
    bool is_video = is_test || strcmp(value, "camera") == 0 || ends_with(value, ".ivf") || ends_with(value, ".y4m");
    bool is_audio = is_test || ends_with(value, ".wav") || ends_with(value, ".ogg") || ends_with(value, ".opus");
    parse->has_send = true;
    if (strcmp(value, "none") == 0) {
        parse->sends_none = true;
        return 0;
    }
    if (!is_video && !is_audio)
        return wrong("send", value, "test, camera, none, or a file .ivf .y4m .wav .ogg");
    if ((is_video && is_named(media->video)) || (is_audio && is_named(media->audio)))
        return wrong("send", value, "one video and one audio at most");
    media->video = is_video ? value : media->video;
    media->audio = is_audio ? value : media->audio;
    return 0;
}

static int parse_send_second(struct options *options, const char *value)
{
    if (strcmp(value, "test") != 0 && !ends_with(value, ".ivf") && !ends_with(value, ".y4m"))
        return wrong("send-second", value, "test, or a file .ivf .y4m");
    options->second_video = value;
    return 0;
}

/* Digits, and no more of them than fit; `*text` moves on. */
static bool read_number(const char **text, unsigned *out)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 9)
        return false;
    *out = (unsigned)strtoul(*text, NULL, 10);
    *text += digits;
    return true;
}

/* "1280x720@30:1500k", the last two parts may be missing. */
static int parse_video(struct heddle_client_media *media, const char *value)
{
    const char *at = value;
    unsigned width, height, rate = 0, bitrate = 0;
    if (!read_number(&at, &width) || *at++ != 'x' || !read_number(&at, &height))
        return wrong("video", value, "WIDTHxHEIGHT@FPS:BITRATE, like 640x360@30:600k");
    if (*at == '@' && (at++, !read_number(&at, &rate) || rate < 1 || rate > 120))
        return wrong("video", value, "1 to 120 frames a second after the @");
    if (*at == ':') {
        at++;
        bool is_number = read_number(&at, &bitrate);
        unsigned unit = *at == 'k' ? 1000 : *at == 'M' ? 1000000 : 1;
        at += unit > 1;
        if (!is_number || bitrate > BITRATE_MAX / unit || bitrate * unit < BITRATE_MIN)
            return wrong("video", value, "a bitrate of 20k to 1000M after the colon");
        bitrate *= unit;
    }
    if (*at != '\0')
        return wrong("video", value, "WIDTHxHEIGHT@FPS:BITRATE, like 640x360@30:600k, and nothing after it");
    if (width < 16 || height < 16 || width > 4096 || height > 4096)
        return wrong("video", value, "a size of 16x16 to 4096x4096");
    media->width = width & ~1U;
    media->height = height & ~1U;
    media->frames_per_second = rate;
    media->bitrate_bps = bitrate;
    return 0;
}

static int parse_one_to_three(unsigned *out, const char *option, const char *value)
{
    if (value[0] < '1' || value[0] > '3' || value[1] != '\0')
        return wrong(option, value, "1, 2 or 3");
    *out = (unsigned)(value[0] - '0');
    return 0;
}

static int parse_duration(double *out, const char *value)
{
    char *end;
    *out = strtod(value, &end);
    bool is_number = end != value && *end == '\0' && *out >= 0.001 && *out < 1e7;
    return is_number ? 0 : wrong("duration", value, "a number of seconds, more than 0 and less than 10000000");
}

/* "wait=30,restarts=3" */
static int parse_reconnect(struct heddle_client_reconnection *reconnection, const char *value)
{
    const char *expected =
        "KEY=NUMBER,...: connect, wait, speculative, delay, restart in seconds, 0.001 to 86400; restarts 1 to 100";
    const struct {
        const char *name;
        unsigned *out;
    } keys[] = {
        {"connect", &reconnection->connect_timeout_ms},
        {"wait", &reconnection->auto_wait_ms},
        {"speculative", &reconnection->speculative_delay_ms},
        {"restarts", &reconnection->max_restarts},
        {"delay", &reconnection->retry_delay_ms},
        {"restart", &reconnection->restart_timeout_ms},
    };
    size_t count = sizeof keys / sizeof keys[0];
    const char *at = value;
    do {
        size_t length = strcspn(at, "="), i = 0;
        while (i < count && (strlen(keys[i].name) != length || strncmp(keys[i].name, at, length) != 0))
            i++;
        if (i == count || at[length] != '=')
            return wrong("reconnect", value, expected);
        char *end;
        double number = strtod(at + length + 1, &end);
        bool is_count = keys[i].out == &reconnection->max_restarts;
        bool is_whole = number >= 1 && number <= 100 && number == (unsigned)number;
        if (end == at + length + 1 || !(number >= 0.001 && number <= 86400) || (is_count && !is_whole))
            return wrong("reconnect", value, expected);
        *keys[i].out = (unsigned)(is_count ? number : number * 1000);
        at = end;
    } while (*at++ == ',');
    return at[-1] == '\0' ? 0 : wrong("reconnect", value, expected);
}

static int parse_data(struct options *options, const char *value)
{
    options->data = value;
    options->client.data = true;
    return strlen(value) <= 16000 ? 0 : wrong("send-data", value, "at most 16000 bytes");
}

static int parse_file(struct options *options, const char *value)
{
    if (options->file_count == OPTIONS_FILES_MAX)
        return wrong("send-file", value, "at most 16 files");
    options->files[options->file_count++] = value;
    options->client.data = true;
    return 0;
}

static int parse_receive_files(struct options *options, const char *value)
{
    if (options->receive_files != NULL)
        return wrong("receive-files", value, "one folder, and there is one already");
    options->receive_files = value;
    options->client.data = true;
    return value[0] != '\0' ? 0 : wrong("receive-files", value, "the name of a folder");
}

static int parse_receive_max(struct options *options, const char *value)
{
    const char *at = value;
    unsigned number;
    bool is_number = read_number(&at, &number);
    uint64_t unit = *at == 'k' ? 1000 : *at == 'M' ? 1000000 : *at == 'G' ? 1000000000 : 1;
    at += unit > 1;
    if (!is_number || number == 0 || *at != '\0')
        return wrong("receive-max", value, "bytes, like 500M or 4G, and more than 0");
    options->receive_max = number * unit;
    return 0;
}

static int parse_value(struct parse *parse, int code, const char *value)
{
    struct options *options = parse->options;
    int choice;
    switch (code) {
    case OPTION_ROOM:
        options->client.room = value;
        return 0;
    case OPTION_NAME:
        options->client.name = value;
        return 0;
    case OPTION_SEND:
        return parse_send(parse, value);
    case OPTION_SEND_SECOND:
        return parse_send_second(options, value);
    case OPTION_RECEIVE:
        choice = choose(value, (const char *const[]){"none", "all", NULL});
        options->client.receive = choice == 1;
        return choice >= 0 ? 0 : wrong("receive", value, "all or none");
    case OPTION_RECORD:
        options->client.record_folder = value;
        return value[0] != '\0' ? 0 : wrong("record", value, "the name of a folder");
    case OPTION_SEND_DATA:
        return parse_data(options, value);
    case OPTION_SEND_FILE:
        return parse_file(options, value);
    case OPTION_RECEIVE_FILES:
        return parse_receive_files(options, value);
    case OPTION_RECEIVE_MAX:
        parse->has_receive_max = true;
        return parse_receive_max(options, value);
    case OPTION_DURATION:
        return parse_duration(&options->duration_s, value);
    case OPTION_VIDEO:
        return parse_video(&options->media, value);
    case OPTION_SIMULCAST:
        return parse_one_to_three(&options->media.encodings, "simulcast", value);
    case OPTION_TEMPORAL:
        return parse_one_to_three(&options->media.temporal_layers, "temporal", value);
    case OPTION_ICE_POLICY:
        choice = choose(value, (const char *const[]){"all", "relay", NULL});
        options->client.relay_only = choice == 1;
        return choice >= 0 ? 0 : wrong("ice-policy", value, "all or relay");
    case OPTION_TOPOLOGY:
        options->client.topology = value;
        return choose(value, (const char *const[]){"auto", "mesh", "sfu", "mcu", NULL}) >= 0
                   ? 0
                   : wrong("topology", value, "auto, mesh, sfu or mcu");
    case OPTION_MIX:
        options->mix = value;
        return choose(value, (const char *const[]){"auto", "on", "off", NULL}) >= 0
                   ? 0
                   : wrong("mix", value, "auto, on or off");
    case OPTION_RECONNECT:
        return parse_reconnect(&options->client.reconnection, value);
    case OPTION_TOKEN:
        options->client.token = value;
        return 0;
    case OPTION_E2EE_KEY:
        options->client.key = value;
        return value[0] != '\0' ? 0 : wrong("e2ee-key", value, "a passphrase");
    default: /* getopt has said what is wrong */
        fputs("heddle-client: heddle-client --help lists the options\n", stderr);
        return ERR_INVALID;
    }
}

static int parse_flag(struct parse *parse, int code, const char *value)
{
    struct options *options = parse->options;
    switch (code) {
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_SHOW:
        options->show = true;
        return 0;
    case OPTION_FIXED:
        options->media.is_fixed = true;
        return 0;
    case OPTION_SSIM:
        parse->ssim = true;
        return 0;
    case OPTION_HAND:
        options->hand = true;
        return 0;
    case OPTION_DATA:
        options->client.data = true;
        return 0;
    case OPTION_NO_AUDIO:
        parse->no_audio = true;
        return 0;
    case OPTION_INSECURE:
        options->client.accept_any_certificate = true;
        return 0;
    case OPTION_PROGRESS:
        options->progress = true;
        return 0;
    case OPTION_QUIET:
        options->quiet = true;
        return 0;
    case OPTION_CORE_DUMPS:
        options->core_dumps = true;
        return 0;
    case OPTION_VERBOSE:
        options->verbose = true;
        return 0;
    case 'h':
    case OPTION_HELP:
        fputs(usage, stdout);
        return 1;
    case OPTION_VERSION:
        printf("heddle-client %s\n", HEDDLE_VERSION);
        return 1;
    default:
        return parse_value(parse, code, value);
    }
}

/* What is given as an option and, otherwise, in the address. NULL: nothing is. */
static const char *given_twice(const struct options *options)
{
    const struct heddle_client_config *client = &options->client;
    struct url url;
    if (url_parse(&url, client->url) != 0) /* that is said later */
        return NULL;
    const struct {
        const char *option, *in_address, *objection;
    } rows[] = {
        {client->room, url.room, "--room and the address name two rooms: give one of them"},
        {client->token, url.token, "--token and the address have two access tokens: give one of them"},
        {client->key, url.key, "--e2ee-key and the address have two keys: give one of them"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].option != NULL && rows[i].in_address[0] != '\0' && strcmp(rows[i].option, rows[i].in_address) != 0)
            return rows[i].objection;
    return NULL;
}

/* Options of which one makes another one mean nothing, with what to do; NULL: there are none. */
static const char *contradiction(const struct parse *parse)
{
    const struct options *options = parse->options;
    const struct heddle_client_media *media = &options->media;
    bool names_audio = is_named(media->audio), names_video = media->video != NULL || !parse->has_send;
    bool shapes_video = media->encodings != 0 || media->temporal_layers != 0 || media->is_fixed;
    const struct {
        bool is_so;
        const char *objection;
    } rows[] = {
        {options->client.record_folder != NULL && !options->client.receive,
         "--record with --receive none: nothing comes that could be recorded; leave one of them out"},
        {options->show && !options->client.receive,
         "--show with --receive none: nothing comes that could be shown; leave one of them out"},
        {parse->ssim && !options->client.receive,
         "--ssim with --receive none: nothing comes that could be compared; leave one of them out"},
        {parse->has_receive_max && options->receive_files == NULL,
         "--receive-max without --receive-files: nothing is saved; say where to with --receive-files DIR"},
        {parse->sends_none && (media->video != NULL || media->audio != NULL),
         "--send none with another --send: leave one of them out"},
        {parse->no_audio && names_audio, "--no-audio with audio to --send: leave one of them out"},
        {shapes_video && !names_video,
         "--simulcast, --temporal and --fixed are for video, and --send names none: leave them out"},
        {options->quiet && options->progress, "--quiet with --progress: leave one of them out"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].is_so)
            return rows[i].objection;
    return given_twice(options);
}

/* The address, which is all that is left. */
static int parse_address(struct options *options, int count, char **words)
{
    if (count == 1) {
        options->client.url = words[0];
        return 0;
    }
    if (count > 1)
        fprintf(stderr, "heddle-client: one address is expected, not %d: '%s' and '%s'\n", count, words[0], words[1]);
    else
        fputs("heddle-client: the address of the page is missing, like http://127.0.0.1:8080\n", stderr);
    fputs("heddle-client: heddle-client --help lists the options\n", stderr);
    return ERR_INVALID;
}

int client_options_parse(struct options *options, int argc, char **argv)
{
    struct parse parse = {.options = options};
    *options = (struct options){.client = {.name = DEFAULT_NAME, .receive = true}, .receive_max = RECEIVE_MAX};
    int code;
    while ((code = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        int result = parse_flag(&parse, code, optarg);
        if (result != 0)
            return result;
    }
    if (parse_address(options, argc - optind, argv + optind) != 0)
        return ERR_INVALID;
    const char *objection = contradiction(&parse);
    if (objection != NULL) {
        fprintf(stderr, "heddle-client: %s\n", objection);
        return ERR_INVALID;
    }
    if (!parse.has_send)
        options->media.video = options->media.audio = "test";
    if (parse.no_audio)
        options->media.audio = NULL;
    if (parse.ssim) {
        options->client.compared_width = options->media.width != 0 ? options->media.width : 640;
        options->client.compared_height = options->media.height != 0 ? options->media.height : 360;
    }
    return 0;
}
