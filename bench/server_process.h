/* A server as a child process: its output goes to a file, and it ends when the bench does, however that ends. */
#ifndef HEDDLE_BENCH_SERVER_PROCESS_H
#define HEDDLE_BENCH_SERVER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/base/time.h"

struct server_process {
    pid_t pid;
    char folder[64]; /* of its own, below TMPDIR; removed at the end */
    char log[96];    /* in the folder */
};

/* Makes the folder only, so that a configuration can be written to it. 0 or ERR_IO. */
int server_process_prepare(struct server_process *process);
/* Starts argv[0] (looked up in PATH); standard output and error go to the log. 0 or ERR_IO. */
int server_process_start(struct server_process *process, const char *const *argv);
/* Waits until the log has a line that starts with `prefix`; the rest of it goes to `out`. ERR_TIMEOUT; ERR_NOT_FOUND:
 * the process ended. */
int server_process_wait(struct server_process *process, const char *prefix, char *out, size_t size, usec_t patience);
/* SIGTERM, after a while SIGKILL; then the folder goes. Harmless when nothing was started. */
void server_process_stop(struct server_process *process);
/* The last words of the log. */
void server_process_tail(const struct server_process *process, char *out, size_t size);

/* The first of `count` consecutive ports that are free for UDP and TCP now; 0: none found. */
uint16_t server_process_free_ports(unsigned count);

/* A program built beside this one: "<folder of this program>/<name>". */
void server_process_sibling(const char *name, char *out, size_t size);

#endif
