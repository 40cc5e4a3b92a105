/* A server or client as a child process: its output goes to a file, and it ends with the bench, however the bench
 * ends. */
#ifndef HEDDLE_BENCH_CHILD_PROCESS_H
#define HEDDLE_BENCH_CHILD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/base/time.h"

#define CHILD_FILES_MAX 4

struct child_process {
    pid_t pid;
    char folder[64]; /* of its own, below TMPDIR; removed at the end */
    char log[96];    /* in the folder */
    size_t file_count;
    char files[CHILD_FILES_MAX][128]; /* written to the folder by us */
};

/* Makes the folder only, so that a configuration can be written to it. 0 or ERR_IO; then child_process_why() knows. */
int child_process_prepare(struct child_process *process);
int child_process_write(struct child_process *process, const char *name, const char *text);
/* Starts argv[0] (looked up in PATH); standard output and error go to the log. 0 or ERR_IO. */
int child_process_start(struct child_process *process, const char *const *argv);
/* Waits until the log has a line that starts with `prefix`; the rest of it goes to `out`. ERR_TIMEOUT; ERR_NOT_FOUND:
 * the process ended. */
int child_process_wait(struct child_process *process, const char *prefix, char *out, size_t size, usec_t timeout);
/* SIGTERM, and waits for the end; after a while SIGKILL. The log stays. */
void child_process_end(struct child_process *process);
/* The same, then removes the folder. Harmless when nothing was started. */
void child_process_stop(struct child_process *process);
/* For a signal handler: ends all that were started and not stopped, and removes what is left of them. */
void child_process_clean_up(void);
/* Why it did not start or has ended: the last line of its log, or that the log is empty. */
void child_process_why(const struct child_process *process, char *out, size_t size);

/* The first of `count` consecutive ports that are free for UDP and TCP now; 0: none found, and `error` says so. */
uint16_t child_process_free_ports(unsigned count, char *error, size_t size);

/* A program built beside this one: "<folder of this program>/<name>". */
void child_process_sibling(const char *name, char *out, size_t size);
/* Whether it can be run: a path, or a name that is looked up in PATH as child_process_start() does. */
bool child_process_can_run(const char *program);

#endif
