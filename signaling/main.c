/* heddle: wiring only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "signaling/config.h"
#include "signaling/server.h"
#include "transport/net/clock.h"

static void log_to_stderr(void *user, enum log_level level, const char *context, const char *text)
{
    int64_t wall = clock_wall_us();
    time_t seconds = (time_t)(wall / USEC_PER_SEC);
    struct tm utc;
    char stamp[32];
    (void)user;
    gmtime_r(&seconds, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    fprintf(stderr, "%s.%03dZ %s %s: %s\n", stamp, (int)(wall % USEC_PER_SEC / USEC_PER_MSEC), log_level_name(level),
            context, text);
}

int main(int argc, char **argv)
{
    static struct config config;
    static struct server server;
    char text[512];
    if (config_parse(&config, argc, argv, text, sizeof text) < 0) {
        fprintf(stderr, "heddle: %s\n", text);
        return 2;
    }
    if (config.help || config.version) {
        printf("%s", config.help ? config_help() : "heddle " HEDDLE_VERSION "\n");
        return 0;
    }
    log_set_sink(log_to_stderr, NULL, config.log_level);
    log_show_addresses(config.log_addresses);
    if (server_start(&server, &config) < 0)
        return 1;
    server_url(&server, text, sizeof text);
    printf("ready %s\n", text);
    fflush(stdout);
    server_run(&server);
    return 0;
}
