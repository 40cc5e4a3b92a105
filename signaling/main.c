/* heddle: wiring only. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signaling/config/config.h"
#include "signaling/server.h"
#include "transport/base/log.h"
#include "transport/base/output.h"
#include "transport/net/log_lines.h"
#include "transport/net/process_start.h"
#include "transport/peer/gcm_engine.h"

/* For a reader of the log that is slow at the end, or a machine that is busy. */
#define LOG_FLUSH_TIMEOUT (2 * USEC_PER_SEC)

static int serve(struct server *server, const struct config *config)
{
    char url[512];
    if (config->crypto != NULL)
        gcm_engine_use(config->crypto);
    log_info("server", "packets are encrypted by %s", gcm_engine_in_use()->name);
    if (server_start(server, config) < 0)
        return 1;
    server_url(server, url, sizeof url);
    printf("ready %s\n", url);
    if (server_public_url(server, url, sizeof url))
        printf("for others %s\n", url);
    fflush(stdout);
    server_run(server);
    return 0;
}

int main(int argc, char **argv)
{
    static struct config config;
    static struct server server;
    char text[4096];
    process_start();
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of a file's size fails, and does not end all calls */
    if (config_parse(&config, argc, argv, text, sizeof text) < 0) {
        for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
            fprintf(stderr, "heddle: %s\n", line);
        return 2;
    }
    if (config.help || config.version) {
        if (output_text(stdout, config.help ? config_help() : "heddle " HEDDLE_VERSION "\n") == 0)
            return 0;
        perror("heddle: standard output");
        return 1;
    }
    if (!config.core_dumps && !process_close_memory()) {
        fprintf(stderr, "heddle: the keys cannot be kept out of core dumps\n");
        return 1;
    }
    struct log_writer *writer = log_writer_new(STDERR_FILENO);
    if (writer == NULL) {
        fprintf(stderr, "heddle: no thread can be started\n");
        return 1;
    }
    log_lines_start(writer, config.log_level);
    log_show_addresses(config.log_addresses);
    int status = serve(&server, &config);
    log_lines_stop(writer, LOG_FLUSH_TIMEOUT);
    return status;
}
