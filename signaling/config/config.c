#include "signaling/config/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signaling/config/token.h"
#include "transport/base/error.h"
#include "transport/base/input_file.h"
#include "transport/peer/gcm_engine.h"

#define KEY_FILE_MAX 1024 /* bytes that are read of it: more than any key may have */

static const char help[] =
    "heddle: a media server for group calls\n"
    "\n"
    "usage: heddle (--open | --secret FILE) [options]\n"
    "\n"
    "  --open                 anybody may join any room\n"
    "  --secret FILE          joining needs an access token signed (HS256) with the key in FILE\n"
    "  --http ADDRESS:PORT    where to serve page, API and signaling      [127.0.0.1:8080]\n"
    "  --tls-cert FILE        serve HTTPS with this certificate chain (PEM)...\n"
    "  --tls-key FILE         ...and this key\n"
    "  --allow-origin ORIGIN  with --open: pages of this address, like https://app.example, may connect,\n"
    "                         too; * for all; may be repeated          [pages that this server serves]\n"
    "  --web DIR              folder of the page                          [the bundled one]\n"
    "  --media-port N         first media port, UDP and TCP; worker k uses N + k  [40000]\n"
    "  --workers N            media threads                               [one per core]\n"
    "  --room-share N         connections of one room on a worker, before others help  [50]\n"
    "  --public-ip A[,B]      addresses that clients reach, may be repeated  [those of this machine]\n"
    "  --mesh-max N           rooms of up to N go direct when they can; 0: never [4]\n"
    "  --dedicated-slots N    so many publications of a kind have m-lines of their own, others share [9]\n"
    "  --audio-slots N        the loudest so many are heard of those that share [3]\n"
    "  --mesh-hold SECONDS    how long all must have had direct paths before a room leaves the router [10]\n"
    "  --egress-window US     packets wait so long for others to leave with, when there is traffic  [0]\n"
    "  --packet-trace FILE    write the headers of what clients send, for bug reports: no audio, no video;\n"
    "                         worker k > 0 writes FILE.k; a file that exists is an error\n"
    "  --ice lite|full        ICE on one port, or an agent for each connection (behind a NAT)  [lite]\n"
    "  --no-udp, --no-tcp     offer no media over UDP, or none over TCP\n"
    "  --srtp PROFILES        SRTP profiles in order, by ':'\n"
    "                         [AEAD_AES_128_GCM:AEAD_AES_256_GCM:AES128_CM_SHA1_80]\n"
    "  --crypto ENGINE        what encrypts packets with AEAD profiles: openssl, ipsec-mb (faster, where\n"
    "                         the build and the processor have it), or auto: the fastest  [auto]\n"
    "  --ice-server URL       STUN or TURN server for clients, may be repeated: stun:HOST:PORT,\n"
    "                         turn:USER:PASSWORD@HOST:PORT?transport=udp|tcp, turns:...\n"
    "  --turn-secret FILE     make expiring TURN credentials with the key in FILE (TURN REST scheme)\n"
    "  --turn-lifetime SECONDS  of these credentials; calls get new ones in time  [86400]\n"
    "  --ice-policy all|relay relay: clients use TURN only                [all]\n"
    "  --max-rooms N                                                      [1000]\n"
    "  --max-participants N   of one room                                 [500]\n"
    "  --services DIR|none    where heddle-mix and heddle-record are, which rooms need  [with heddle]\n"
    "  --services nats://HOST other machines are asked for them by a NATS queue: see heddle-service\n"
    "  --services-url URL     with that: where these machines reach this server\n"
    "  --max-mixers N         that run at once: each takes half a core    [4]\n"
    "  --recordings DIR       lets hosts record their rooms, to folders there  [nobody records]\n"
    "  --mp4                  recordings of rooms with a mixer have its picture as mix.mp4, too  [WebM only]\n"
    "  --hls DIR              while one records, that picture is live as DIR/ROOM/live.m3u8, for a web server  [not]\n"
    "  --rtmp URL             and goes to this RTMP server; {room} in it stands for the room's name  [not]\n"
    "  --encoder auto|software|vaapi|nvenc  of these: a graphics card's, or libx264  [auto: a card that works]\n"
    "  --max-recorders N      that run at once                            [4]\n"
    "  --grace SECONDS        how long a participant whose signaling broke keeps its place  [120]\n"
    "  --log LEVEL            error, warning, info or debug               [info]\n"
    "  --log-addresses        do not redact addresses in the log\n"
    "  --core-dumps           let a crash write a core file: it holds the keys of all calls\n"
    "  -h, --help, --version\n"
    "\n"
    "Exit codes:\n"
    "  0  it was told to end\n"
    "  1  it cannot start here; the reason is said\n"
    "  2  the command line is wrong\n";

const char *config_help(void)
{
    return help;
}

/* What every option's reader gets. It returns NULL or what was expected. */
struct reader {
    struct config *config;
    const char *value;
    char expected[128]; /* for what it says of this value */
};

static const char *read_number(const char *text, unsigned long low, unsigned long high, unsigned long *out)
{
    size_t digits = strspn(text, "0123456789");
    errno = 0;
    unsigned long number = strtoul(text, NULL, 10);
    if (errno != 0 || digits == 0 || text[digits] != '\0' || number < low || number > high)
        return "a number";
    *out = number;
    return NULL;
}

static bool is_address(const char *text)
{
    uint8_t address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Not that of all interfaces, of a group (multicast), of a link (fe80::/10: with one's own interface only),
 * or of everybody (broadcast; it and its block are of no host). */
static bool is_of_a_host(const char *text)
{
    static const uint8_t zeros[16], mapped[12] = {[10] = 0xff, 0xff};
    uint8_t v6[16], v4[4];
    if (inet_pton(AF_INET6, text, v6) == 1) {
        if (memcmp(v6, mapped, sizeof mapped) != 0)
            return memcmp(v6, zeros, sizeof zeros) != 0 && v6[0] != 0xff && (v6[0] != 0xfe || (v6[1] & 0xc0) != 0x80);
        memcpy(v4, v6 + sizeof mapped, sizeof v4);
    } else if (inet_pton(AF_INET, text, v4) != 1) {
        return false;
    }
    return v4[0] != 0 && v4[0] < 224;
}

static const char *read_http(struct reader *reader)
{
    static const char expected[] = "ADDRESS:PORT, like 127.0.0.1:8080, [::1]:8080 or :8080";
    struct config *config = reader->config;
    const char *colon = strrchr(reader->value, ':');
    unsigned long port;
    char host[64];
    if (colon == NULL || (size_t)(colon - reader->value) >= sizeof host ||
        read_number(colon + 1, 0, 65535, &port) != NULL)
        return expected;
    snprintf(host, sizeof host, "%.*s", (int)(colon - reader->value), reader->value);
    size_t length = strlen(host);
    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
        if (strchr(host, ':') == NULL)
            return expected;
    } else if (strchr(host, ':') != NULL) {
        return expected;
    }
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    if (host[0] != '\0' && !is_address(host))
        return expected;
    snprintf(config->http_host, sizeof config->http_host, "%s", host);
    config->http_port = (uint16_t)port;
    return NULL;
}

static const char *read_public_ips(struct reader *reader)
{
    struct config *config = reader->config;
    for (const char *at = reader->value;; at++) {
        size_t length = strcspn(at, ",");
        char address[64];
        if (length >= sizeof address)
            return "IPv4 or IPv6 addresses separated by ','";
        snprintf(address, sizeof address, "%.*s", (int)length, at);
        if (!is_address(address))
            return "IPv4 or IPv6 addresses separated by ','";
        if (!is_of_a_host(address))
            return "an address that clients can reach, not that of all interfaces, of a link, of a group or of "
                   "everybody";
        if (config->public_ip_count == CONFIG_PUBLIC_IP_MAX)
            return "at most 7 addresses";
        memcpy(config->public_ips[config->public_ip_count++], address, sizeof address);
        at += length;
        if (*at == '\0')
            return NULL;
    }
}

/* The contents of a key file without the line end. */
static const char *read_key(struct reader *reader, void *out, size_t min, size_t max, size_t *length)
{
    uint8_t text[KEY_FILE_MAX];
    const char *reason;
    FILE *file = input_file_open(reader->value, &reason);
    size_t size = file != NULL ? fread(text, 1, sizeof text, file) : 0;
    if (file != NULL && ferror(file) != 0)
        reason = strerror(errno);
    if (file != NULL)
        fclose(file);
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    if (reason == NULL && size < min)
        reason = "it is shorter";
    if (reason == NULL && size > max)
        reason = "it is longer";
    *length = reason == NULL ? size : 0;
    memcpy(out, text, *length);
    if (reason == NULL)
        return NULL;
    snprintf(reader->expected, sizeof reader->expected, "a readable file with a key of %zu to %zu bytes: %s", min, max,
             reason);
    return reader->expected;
}

static const char *read_secret(struct reader *reader)
{
    struct config *config = reader->config;
    return read_key(reader, config->secret, TOKEN_KEY_MIN, sizeof config->secret - 1, &config->secret_length);
}

static const char *read_turn_secret(struct reader *reader)
{
    struct ice_servers *servers = &reader->config->ice_servers;
    size_t length;
    const char *expected = read_key(reader, servers->secret, 1, sizeof servers->secret - 2, &length);
    servers->secret[length] = '\0';
    return expected != NULL || strlen(servers->secret) == length ? expected : "a key without zero bytes";
}

static const char *read_turn_lifetime(struct reader *reader)
{
    unsigned long seconds;
    if (read_number(reader->value, 10, 30UL * 86400, &seconds) != NULL)
        return "10 to 2592000 seconds";
    reader->config->ice_servers.lifetime_s = (int64_t)seconds;
    return NULL;
}

static const char *read_ice_server(struct reader *reader)
{
    int result = ice_servers_add(&reader->config->ice_servers, reader->value);
    if (result == ERR_LIMIT)
        return "at most 8 servers";
    return result == 0 ? NULL : "stun:HOST[:PORT], turn:[USER:PASSWORD@]HOST[:PORT][?transport=udp|tcp] or turns:...";
}

static const char *read_origin(struct reader *reader)
{
    int result = page_origin_add(&reader->config->origins, reader->value);
    if (result == ERR_LIMIT)
        return "at most 8 origins";
    return result == 0 ? NULL : "SCHEME://HOST[:PORT], like https://app.example, or *";
}

static const char *read_ice(struct reader *reader)
{
    reader->config->ice_full = strcmp(reader->value, "full") == 0;
    return reader->config->ice_full || strcmp(reader->value, "lite") == 0 ? NULL : "lite or full";
}

static const char *read_policy(struct reader *reader)
{
    reader->config->relay_only = strcmp(reader->value, "relay") == 0;
    return reader->config->relay_only || strcmp(reader->value, "all") == 0 ? NULL : "all or relay";
}

static const char *read_log(struct reader *reader)
{
    for (int level = LEVEL_ERROR; level <= LEVEL_DEBUG; level++) {
        if (strcmp(reader->value, log_level_name((enum log_level)level)) == 0) {
            reader->config->log_level = (enum log_level)level;
            return NULL;
        }
    }
    return "error, warning, info or debug";
}

static const char *read_srtp(struct reader *reader)
{
    static const char *const profiles[] = {"AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "AES128_CM_SHA1_80"};
    for (const char *at = reader->value;; at++) {
        size_t length = strcspn(at, ":");
        bool known = false;
        for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
            known |= strlen(profiles[i]) == length && strncmp(profiles[i], at, length) == 0;
        if (!known)
            return "AEAD_AES_128_GCM, AEAD_AES_256_GCM or AES128_CM_SHA1_80, several separated by ':'";
        at += length;
        if (*at == '\0')
            break;
    }
    reader->config->srtp_profiles = reader->value;
    return NULL;
}

static const char *read_crypto(struct reader *reader)
{
    reader->config->crypto = gcm_engine_find(reader->value);
    if (reader->config->crypto != NULL)
        return NULL;
    return gcm_engine_find("ipsec-mb") != NULL
               ? "auto, openssl or ipsec-mb"
               : "auto or openssl (ipsec-mb is not in this build, or not for this processor)";
}

#define NUMBER_READER(name, low, high, expected, assignment)                                                           \
    static const char *name(struct reader *reader)                                                                     \
    {                                                                                                                  \
        unsigned long number;                                                                                          \
        if (read_number(reader->value, (low), (high), &number) != NULL)                                                \
            return expected;                                                                                           \
        assignment;                                                                                                    \
        return NULL;                                                                                                   \
    }
NUMBER_READER(read_media_port, 1, 65535, "a port from 1 to 65535", reader->config->media_port = (uint16_t)number)
NUMBER_READER(read_workers, 1, CONFIG_WORKERS_MAX, "a number from 1 to 64", reader->config->workers = (unsigned)number)
NUMBER_READER(read_room_share, 1, 1000, "a number from 1 to 1000", reader->config->room_share = number)
NUMBER_READER(read_mesh_max, 0, 32, "a number from 0 to 32", reader->config->mesh_max = (unsigned)number)
NUMBER_READER(read_dedicated_slots, 0, 100, "a number from 0 to 100",
              reader->config->dedicated_slots = (unsigned)number)
NUMBER_READER(read_audio_slots, 1, 8, "a number from 1 to 8", reader->config->audio_slots = (unsigned)number)
NUMBER_READER(read_egress_window, 0, 20000, "microseconds from 0 to 20000",
              reader->config->egress_window = (usec_t)number)
NUMBER_READER(read_mesh_hold, 0, 3600, "seconds from 0 to 3600",
              reader->config->mesh_hold = (usec_t)number * USEC_PER_SEC)
NUMBER_READER(read_grace, 1, 86400, "seconds from 1 to 86400", reader->config->grace = (usec_t)number * USEC_PER_SEC)
NUMBER_READER(read_max_mixers, 0, 1000, "a number from 0 to 1000", reader->config->mixers_max = number)
NUMBER_READER(read_max_recorders, 0, 1000, "a number from 0 to 1000", reader->config->recorders_max = number)
NUMBER_READER(read_max_rooms, 1, 1000000, "a number from 1 to 1000000", reader->config->room_max = number)
NUMBER_READER(read_max_participants, 1, 1000, "a number from 1 to 1000", reader->config->participant_max = number)

#define TEXT_READER(name, target)                                                                                      \
    static const char *name(struct reader *reader)                                                                     \
    {                                                                                                                  \
        reader->config->target = reader->value;                                                                        \
        return reader->value[0] != '\0' ? NULL : "a path";                                                             \
    }
TEXT_READER(read_tls_certificate, tls_certificate)
TEXT_READER(read_tls_key, tls_key)
TEXT_READER(read_packet_trace, packet_trace)

static const char *read_recordings(struct reader *reader)
{
    return recording_outputs_set_folder(&reader->config->outputs, reader->value);
}

static const char *read_hls(struct reader *reader)
{
    return recording_outputs_set_hls(&reader->config->outputs, reader->value);
}

static const char *read_rtmp(struct reader *reader)
{
    return recording_outputs_set_rtmp(&reader->config->outputs, reader->value);
}

static const char *read_encoder(struct reader *reader)
{
    return recording_outputs_set_encoder(&reader->config->outputs, reader->value);
}

bool config_has_page(const char *folder)
{
    char page[4200];
    int length = snprintf(page, sizeof page, "%s/index.html", folder);
    return length < (int)sizeof page && access(page, R_OK) == 0;
}

bool config_is_page_url(const char *url)
{
    bool is_http = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    return is_http && strlen(url) < CONFIG_URL_SIZE && strpbrk(url, " \t\r\n") == NULL;
}

bool config_has_program(const char *folder, const char *name)
{
    char program[4200];
    int length = snprintf(program, sizeof program, "%s/%s", folder, name);
    return length < (int)sizeof program && access(program, X_OK) == 0;
}

static const char *read_services(struct reader *reader)
{
    struct config *config = reader->config;
    const char *host = strstr(reader->value, "://");
    bool is_queue = strncmp(reader->value, "nats://", 7) == 0 || strncmp(reader->value, "tls://", 6) == 0;
    if (is_queue && host[3] == '\0')
        return "nats://HOST[:PORT]";
    config->no_services = strcmp(reader->value, "none") == 0;
    config->queue = is_queue ? reader->value : NULL;
    config->services = config->no_services || is_queue ? NULL : reader->value;
    return config->services == NULL || config_has_program(reader->value, "heddle-mix")
               ? NULL
               : "a folder with heddle-mix in it, nats://HOST[:PORT], or none";
}

static const char *read_services_url(struct reader *reader)
{
    reader->config->services_url = reader->value;
    return config_is_page_url(reader->value) ? NULL : "http://HOST[:PORT]/ or https://HOST[:PORT]/";
}

static const char *read_web(struct reader *reader)
{
    reader->config->web = reader->value;
    return config_has_page(reader->value) ? NULL : "a folder with the page (index.html) in it";
}

#define FLAG_READER(name, target)                                                                                      \
    static const char *name(struct reader *reader)                                                                     \
    {                                                                                                                  \
        reader->config->target = true;                                                                                 \
        return NULL;                                                                                                   \
    }
FLAG_READER(read_open, open)
FLAG_READER(read_no_udp, no_udp)
FLAG_READER(read_no_tcp, no_tcp)
FLAG_READER(read_log_addresses, log_addresses)
FLAG_READER(read_mp4, outputs.mp4)
FLAG_READER(read_core_dumps, core_dumps)
FLAG_READER(read_help, help)
FLAG_READER(read_version, version)

static const struct option {
    const char *name;
    bool has_value;
    const char *(*read)(struct reader *reader);
} options[] = {
    {"open", false, read_open},
    {"secret", true, read_secret},
    {"http", true, read_http},
    {"tls-cert", true, read_tls_certificate},
    {"tls-key", true, read_tls_key},
    {"allow-origin", true, read_origin},
    {"web", true, read_web},
    {"media-port", true, read_media_port},
    {"workers", true, read_workers},
    {"room-share", true, read_room_share},
    {"public-ip", true, read_public_ips},
    {"mesh-max", true, read_mesh_max},
    {"dedicated-slots", true, read_dedicated_slots},
    {"audio-slots", true, read_audio_slots},
    {"mesh-hold", true, read_mesh_hold},
    {"egress-window", true, read_egress_window},
    {"packet-trace", true, read_packet_trace},
    {"ice", true, read_ice},
    {"no-udp", false, read_no_udp},
    {"no-tcp", false, read_no_tcp},
    {"srtp", true, read_srtp},
    {"crypto", true, read_crypto},
    {"ice-server", true, read_ice_server},
    {"turn-secret", true, read_turn_secret},
    {"turn-lifetime", true, read_turn_lifetime},
    {"ice-policy", true, read_policy},
    {"max-rooms", true, read_max_rooms},
    {"max-participants", true, read_max_participants},
    {"services", true, read_services},
    {"services-url", true, read_services_url},
    {"max-mixers", true, read_max_mixers},
    {"recordings", true, read_recordings},
    {"mp4", false, read_mp4},
    {"hls", true, read_hls},
    {"rtmp", true, read_rtmp},
    {"encoder", true, read_encoder},
    {"max-recorders", true, read_max_recorders},
    {"grace", true, read_grace},
    {"log", true, read_log},
    {"log-addresses", false, read_log_addresses},
    {"core-dumps", false, read_core_dumps},
    {"help", false, read_help},
    {"version", false, read_version},
};

/* "--name" or "--name=..." */
static const struct option *find_option(const char *argument, const char **value)
{
    if (strcmp(argument, "-h") == 0)
        argument = "--help";
    if (strncmp(argument, "--", 2) != 0)
        return NULL;
    size_t length = strcspn(argument + 2, "=");
    *value = argument[2 + length] == '=' ? argument + 2 + length + 1 : NULL;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, argument + 2, length) == 0)
            return &options[i];
    return NULL;
}

unsigned config_workers(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (config->workers > 0)
        return config->workers;
    return cores < 1 ? 1 : cores < CONFIG_WORKERS_MAX ? (unsigned)cores : CONFIG_WORKERS_MAX;
}

/* ICE-TCP listens on the media ports, so that the page cannot have one of them. */
static bool is_http_on_media_port(const struct config *config)
{
    return !config->ice_full && !config->no_tcp && config->http_port >= config->media_port &&
           config->http_port < config->media_port + config_workers(config);
}

static const char *check_ice_servers(const struct config *config)
{
    if (ice_servers_lack_credentials(&config->ice_servers))
        return "--ice-server turn:HOST has no credentials: write turn:USER:PASSWORD@HOST, or give --turn-secret FILE";
    if (config->relay_only && !ice_servers_have_turn(&config->ice_servers))
        return "--ice-policy relay: clients use TURN only, and no TURN server is given: add --ice-server turn:...";
    bool has_secret = config->ice_servers.secret[0] != '\0';
    if (has_secret && ice_servers_life_s(&config->ice_servers) == 0)
        return "--turn-secret makes credentials for TURN servers without their own, and none is given: "
               "add --ice-server turn:HOST";
    if (!has_secret && config->ice_servers.lifetime_s != 0)
        return "--turn-lifetime is that of the credentials that --turn-secret makes: give that, too";
    return NULL;
}

static const char *check_services(const struct config *config)
{
    if (config->queue != NULL && recording_outputs_are_set(&config->outputs))
        return "--recordings, --mp4, --hls, --rtmp and --encoder are of recorders on this machine: with "
               "--services nats://HOST give them to heddle-service, where it records";
    if (config->queue != NULL && config->services_url == NULL)
        return "--services nats://HOST needs --services-url URL: where machines with heddle-service reach this server";
    if (config->queue == NULL && config->services_url != NULL)
        return "--services-url is for --services nats://HOST: programs of this machine find the server by themselves";
    return recording_outputs_check(&config->outputs);
}

static int check_whole(const struct config *config, char *error, size_t size)
{
    const char *wrong = NULL;
    if (config->help || config->version)
        return 0;
    if (config->open == (config->secret_length > 0))
        wrong = "give either --open (anybody may join) or --secret FILE (joining needs a token)";
    else if (!config->open && config->origins.count > 0)
        wrong = "--allow-origin is for --open: with --secret the token is the proof, and any page may connect with one";
    else if ((config->tls_certificate == NULL) != (config->tls_key == NULL))
        wrong = "--tls-cert and --tls-key belong together: give both";
    else if (config->no_udp && config->no_tcp)
        wrong = "--no-udp and --no-tcp leave no way for media: give one of them at most";
    else if (config->media_port + (config->workers > 0 ? config->workers : CONFIG_WORKERS_MAX) - 1 > 65535)
        wrong = "--media-port: too high, worker k uses this port + k";
    else if (is_http_on_media_port(config))
        wrong = "--http and --media-port: the same port; worker k uses --media-port + k, choose another for --http";
    else if ((wrong = check_services(config)) == NULL)
        wrong = check_ice_servers(config);
    if (wrong != NULL)
        snprintf(error, size, "%s", wrong);
    return wrong == NULL ? 0 : ERR_INVALID;
}

/* Takes the option at argv[*i], with its value. What is wrong is one more line of `error`; false: what follows cannot
 * be understood either. */
static bool take_option(struct config *config, int argc, char *const *argv, int *i, char *error, size_t size)
{
    struct reader reader = {.config = config};
    const char *name = argv[*i], *expected = NULL, *line = error[0] != '\0' ? "\n" : "";
    const struct option *option = find_option(name, &reader.value);
    size_t used = strlen(error);
    if (option == NULL) {
        snprintf(error + used, size - used, "%s%s: no such option; see --help", line, name);
        return false;
    }
    if (option->has_value && reader.value == NULL)
        reader.value = *i + 1 < argc ? argv[++*i] : NULL;
    else if (!option->has_value && reader.value != NULL)
        expected = "no value";
    if (option->has_value && reader.value == NULL)
        expected = "a value";
    if (expected == NULL)
        expected = option->read(&reader);
    const char *shown = reader.value == NULL ? "" : reader.value[0] == '\0' ? "''" : reader.value;
    if (expected != NULL)
        snprintf(error + used, size - used, "%s--%s%s%s: expected %s", line, option->name, shown[0] != '\0' ? " " : "",
                 shown, expected);
    return true;
}

int config_parse(struct config *config, int argc, char *const *argv, char *error, size_t size)
{
    *config = (struct config){.http_host = "127.0.0.1",
                              .http_port = 8080,
                              .media_port = 40000,
                              .mesh_max = 4,
                              .dedicated_slots = 9,
                              .audio_slots = 3,
                              .egress_window = 0,
                              .mesh_hold = 10 * USEC_PER_SEC,
                              .room_share = 50,
                              .grace = 120 * USEC_PER_SEC,
                              .room_max = 1000,
                              .participant_max = 500,
                              .mixers_max = 4,
                              .recorders_max = 4,
                              .log_level = LEVEL_INFO};
    error[0] = '\0';
    for (int i = 1; i < argc; i++)
        if (!take_option(config, argc, argv, &i, error, size))
            break;
    if (error[0] != '\0')
        return ERR_INVALID;
    return check_whole(config, error, size);
}
