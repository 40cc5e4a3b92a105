/* heddle-bench: what a call costs. Chooses the command and writes its results. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/child_process.h"
#include "bench/commands.h"
#include "transport/base/error.h"
#include "transport/base/output.h"
#include "transport/net/process_start.h"

#define EXIT_USAGE 2

static const struct {
    int (*run)(const struct options *options, struct results *results);
    const char *title;
} commands[COMMAND_COUNT] = {
    [COMMAND_FORWARD] = {command_forward, "CPU time and delay of a forwarded packet"},
    [COMMAND_PEER] = {command_peer, "CPU time of a forwarded packet beside another server's"},
    [COMMAND_CAPACITY] = {command_capacity, "Load until the server is full"},
    [COMMAND_TOPOLOGIES] = {command_topologies, "The same call in Mesh, through the router and by the mixer"},
    [COMMAND_DATA] = {command_data, "CPU time of a message of data channels, and media beside many"},
};

static int write_to(const char *path, const char *mode, const struct results *results,
                    void (*write)(const struct results *results, FILE *out))
{
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        return ERR_IO;
    }
    write(results, file);
    int error = output_flush(file);
    if (error != 0)
        complain("%s: %s", path, strerror(errno));
    fclose(file);
    return error;
}

static int finish_output(void)
{
    int error = output_flush(stdout);
    if (error != 0)
        complain("standard output: %s", strerror(errno));
    return error;
}

/* What one of them cannot take is not lost for the others. */
static int write_results(const struct options *options, const struct results *results)
{
    int page = 0, table = 0;
    if (options->json)
        results_write_json(results, stdout);
    else if (options->csv)
        results_write_csv(results, stdout);
    else
        results_write_table(results, stdout);
    int printed = finish_output();
    if (options->html != NULL)
        page = write_to(options->html, "w", results, results_write_html);
    if (options->markdown != NULL)
        table = write_to(options->markdown, "a", results, results_write_markdown);
    return printed != 0 || page != 0 || table != 0 ? ERR_IO : 0;
}

/* Checked before the measurement, so that its result is not lost. */
static int check_writable(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (path == NULL)
        return 0;
    if (file == NULL) {
        complain("%s: %s", path, strerror(errno));
        return ERR_IO;
    }
    return fclose(file) == 0 ? 0 : ERR_IO;
}

static void on_signal(int number)
{
    /* It calls kill(), unlink() and rmdir(), which signal-safety(7) allows; clang-tidy does not look inside. */
    child_process_clean_up(); // NOLINT(bugprone-signal-handler)
    signal(number, SIG_DFL);
    (void)raise(number);
}

static int run_command(const struct options *options)
{
    struct results results;
    if (check_writable(options->html) != 0 || check_writable(options->markdown) != 0)
        return EXIT_USAGE;
    results_init(&results, options_command_name(options->command), commands[options->command].title);
    int error = commands[options->command].run(options, &results);
    progress_end();
    if (error == 0)
        error = write_results(options, &results);
    results_fini(&results);
    if (error == ERR_INVALID)
        return EXIT_USAGE;
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options;
    process_start();
    if (options_parse(&options, argc, argv) != 0)
        return EXIT_USAGE;
    if (options.help || options.version) {
        if (options.help)
            options_print_help();
        else
            puts("heddle-bench " HEDDLE_VERSION);
        return finish_output() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (signal(SIGHUP, on_signal) == SIG_IGN) /* nohup wants it so */
        signal(SIGHUP, SIG_IGN);
    return run_command(&options);
}
