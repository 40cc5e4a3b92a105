#include "bench/process_cpu.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/error.h"

static int64_t thread_ns(pid_t pid, const char *thread)
{
    char path[320];
    int64_t ns = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%" SCNd64, &ns) != 1)
        ns = 0;
    fclose(file);
    return ns;
}

static int read_stat(pid_t pid, struct process_cpu *cpu)
{
    char path[64], line[1024];
    int64_t pages = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return ERR_NOT_FOUND;
    char *got = fgets(line, sizeof line, file);
    fclose(file);
    /* The second field is the name in parentheses and may hold anything: start behind the last one. */
    const char *rest = got != NULL ? strrchr(line, ')') : NULL;
    if (rest == NULL || sscanf(rest + 1,
                               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64
                               " %*d %*d %*d %*d %*d %*d %*u %*u %" SCNd64,
                               &cpu->user_ticks, &cpu->system_ticks, &pages) != 3)
        return ERR_INVALID;
    cpu->resident_bytes = pages * sysconf(_SC_PAGESIZE);
    return 0;
}

pid_t process_find_child(pid_t parent, const char *name)
{
    pid_t found = 0;
    DIR *dir = opendir("/proc");
    if (dir == NULL)
        return 0;
    for (const struct dirent *entry; found == 0 && (entry = readdir(dir)) != NULL;) {
        char path[320], its_name[32];
        int of = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL && fscanf(file, "%*d (%31[^)]) %*c %d", its_name, &of) == 2 && of == (int)parent &&
            strcmp(its_name, name) == 0)
            found = (pid_t)strtol(entry->d_name, NULL, 10);
        if (file != NULL)
            fclose(file);
    }
    closedir(dir);
    return found;
}

int process_cpu_read(pid_t pid, struct process_cpu *cpu)
{
    char path[64];
    *cpu = (struct process_cpu){0};
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return ERR_NOT_FOUND;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.')
            cpu->total_ns += thread_ns(pid, entry->d_name);
    }
    closedir(dir);
    return read_stat(pid, cpu);
}

double process_cpu_seconds(const struct process_cpu *before, const struct process_cpu *after)
{
    return (double)(after->total_ns - before->total_ns) / 1e9;
}

double process_cpu_system_share(const struct process_cpu *before, const struct process_cpu *after)
{
    int64_t user = after->user_ticks - before->user_ticks;
    int64_t system = after->system_ticks - before->system_ticks;
    return user + system > 0 ? (double)system / (double)(user + system) : 0;
}

double process_cpu_machine(void)
{
    double user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "cpu %lf %lf %lf %*f %*f %lf %lf", &user, &nice, &system, &irq, &softirq) != 5)
        user = nice = system = irq = softirq = 0;
    fclose(file);
    return (user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
}
