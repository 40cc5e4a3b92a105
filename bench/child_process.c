#include "bench/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define ARGUMENTS_MAX 64
#define RUNNING_MAX 32
#define POLL_US 10000
#define STOP_TIMEOUT (5 * USEC_PER_SEC)

/* What child_process_clean_up() has to end. */
static struct child_process *running[RUNNING_MAX];

static void set_running(const struct child_process *from, struct child_process *to)
{
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        if (running[i] == from) {
            running[i] = to;
            return;
        }
    }
}

int child_process_write(struct child_process *process, const char *name, const char *text)
{
    if (process->file_count == CHILD_FILES_MAX)
        return ERR_LIMIT;
    char *path = process->files[process->file_count++];
    snprintf(path, sizeof process->files[0], "%s/%s", process->folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return ERR_IO;
    fputs(text, file);
    return fclose(file) == 0 ? 0 : ERR_IO;
}

/* A signal that comes between the making of a folder or a process and the note of it would leave it behind. */
static sigset_t hold_signals(void)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    return before;
}

/* Only what a signal handler may call. */
void child_process_clean_up(void)
{
    for (size_t i = 0; i < RUNNING_MAX; i++) {
        const struct child_process *process = running[i];
        if (process == NULL)
            continue;
        if (process->pid > 0) {
            kill(process->pid, SIGKILL);
            waitpid(process->pid, NULL, 0); /* so that it makes no file any more */
        }
        for (size_t k = 0; k < process->file_count; k++)
            unlink(process->files[k]);
        unlink(process->log);
        rmdir(process->folder);
    }
}

static const char *folder_of_all(void)
{
    const char *base = getenv("TMPDIR");
    return base != NULL && base[0] != '\0' ? base : "/tmp";
}

int child_process_prepare(struct child_process *process)
{
    *process = (struct child_process){.pid = -1};
    int length = snprintf(process->folder, sizeof process->folder, "%s/heddle-bench-XXXXXX", folder_of_all());
    if (length < 0 || (size_t)length >= sizeof process->folder) {
        process->folder[0] = '\0';
        return ERR_IO;
    }
    sigset_t before = hold_signals();
    bool is_made = mkdtemp(process->folder) != NULL;
    if (is_made) {
        snprintf(process->log, sizeof process->log, "%s/log", process->folder);
        set_running(NULL, process);
    } else {
        process->folder[0] = '\0';
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return is_made ? 0 : ERR_IO;
}

static _Noreturn void run_child(const struct child_process *process, const char *const *argv, pid_t parent)
{
    char *words[ARGUMENTS_MAX + 1] = {NULL};
    for (size_t i = 0; i < ARGUMENTS_MAX && argv[i] != NULL; i++)
        words[i] = mem_text(argv[i]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(process->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (words[0] != NULL && getppid() == parent && log >= 0 && none >= 0 && dup2(none, STDIN_FILENO) >= 0 &&
        dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    dprintf(log, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

int child_process_start(struct child_process *process, const char *const *argv)
{
    pid_t parent = getpid();
    sigset_t before = hold_signals();
    process->pid = fork();
    bool is_child = process->pid == 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (is_child)
        run_child(process, argv, parent);
    return process->pid < 0 ? ERR_IO : 0;
}

static bool find_line(const char *path, const char *prefix, char *out, size_t size)
{
    char line[1024];
    bool is_found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !is_found && fgets(line, sizeof line, file) != NULL) {
        size_t length = strcspn(line, "\n");
        is_found = line[length] == '\n' && strncmp(line, prefix, strlen(prefix)) == 0;
        line[length] = '\0';
    }
    if (is_found)
        snprintf(out, size, "%s", line + strlen(prefix));
    if (file != NULL)
        fclose(file);
    return is_found;
}

/* True once it has ended. */
static bool has_ended(struct child_process *process)
{
    if (process->pid > 0 && waitpid(process->pid, NULL, WNOHANG) == process->pid)
        process->pid = -1;
    return process->pid <= 0;
}

int child_process_wait(struct child_process *process, const char *prefix, char *out, size_t size, usec_t timeout)
{
    usec_t end = clock_now() + timeout;
    while (!find_line(process->log, prefix, out, size)) {
        if (has_ended(process))
            return ERR_NOT_FOUND;
        if (clock_now() > end)
            return ERR_TIMEOUT;
        usleep(POLL_US);
    }
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void child_process_end(struct child_process *process)
{
    usec_t end = clock_now() + STOP_TIMEOUT;
    if (process->pid > 0)
        kill(process->pid, SIGTERM);
    while (!has_ended(process)) {
        if (clock_now() > end)
            kill(process->pid, SIGKILL);
        usleep(POLL_US);
    }
}

void child_process_stop(struct child_process *process)
{
    child_process_end(process);
    if (process->folder[0] != '\0')
        nftw(process->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    process->folder[0] = '\0';
    set_running(process, NULL);
}

void child_process_why(const struct child_process *process, char *out, size_t size)
{
    FILE *file = process->folder[0] != '\0' ? fopen(process->log, "r") : NULL;
    if (file == NULL) {
        snprintf(out, size, "no folder for it can be made in %s: name another by TMPDIR, with %zu characters at most",
                 folder_of_all(), sizeof process->folder - sizeof "/heddle-bench-XXXXXX");
        return;
    }
    bool is_whole = fseek(file, -(long)(size - 1), SEEK_END) != 0;
    if (is_whole)
        rewind(file);
    size_t length = fread(out, 1, size - 1, file);
    while (length > 0 && out[length - 1] == '\n')
        length--;
    out[length] = '\0';
    fclose(file);
    const char *line = is_whole ? NULL : strchr(out, '\n'); /* a last line that was cut off is left out */
    if (line != NULL)
        memmove(out, line + 1, strlen(line));
    if (out[0] == '\0')
        snprintf(out, size, "it says nothing");
}

static bool is_free(uint16_t port, int type)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
    bool has_v6 = fd >= 0;
    if (!has_v6) /* a kernel without it */
        fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    bool is_bound = fd >= 0 && bind(fd, has_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                                    has_v6 ? sizeof v6 : sizeof v4) == 0;
    if (fd >= 0)
        close(fd);
    return is_bound;
}

uint16_t child_process_free_ports(unsigned count, char *error, size_t size)
{
    for (int attempt = 0; attempt < 50; attempt++) {
        uint16_t first, free_count = 0;
        random_secure(&first, sizeof first);
        first = (uint16_t)(20000 + first % 10000); /* below the range from which the kernel takes ports by itself */
        while (free_count < count && is_free((uint16_t)(first + free_count), SOCK_DGRAM) &&
               is_free((uint16_t)(first + free_count), SOCK_STREAM))
            free_count++;
        if (free_count == count)
            return first;
    }
    snprintf(error, size,
             "%u free port%s in a row were looked for from 20000 to 30000, and not found: end what holds them", count,
             count == 1 ? "" : "s");
    return 0;
}

void child_process_sibling(const char *name, char *out, size_t size)
{
    char self[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    snprintf(out, size, "%s%s%s", self, slash != NULL ? "/" : "", name);
}

bool child_process_can_run(const char *program)
{
    char path[600];
    const char *folders = getenv("PATH");
    if (strchr(program, '/') != NULL)
        return access(program, X_OK) == 0;
    for (const char *at = folders != NULL ? folders : "/bin:/usr/bin"; *at != '\0';) {
        size_t length = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, at, program);
        if (access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}
