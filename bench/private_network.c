#include "bench/private_network.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/base/error.h"

static int write_line(const char *path, const char *format, unsigned id)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return ERR_IO;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(file, format, id);
#pragma GCC diagnostic pop
    return fclose(file) == 0 ? 0 : ERR_IO;
}

/* Without root rights: makes a user namespace in which we are root. */
static int unshare_as_user(void)
{
    unsigned user = getuid(), group = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return ERR_IO;
    int error = write_line("/proc/self/setgroups", "deny", 0);
    if (error == 0)
        error = write_line("/proc/self/uid_map", "0 %u 1", user);
    return error == 0 ? write_line("/proc/self/gid_map", "0 %u 1", group) : error;
}

const char *private_network_enter(void)
{
    static const char script[] = "PATH=$PATH:/sbin:/usr/sbin; ip link set lo up && "
                                 "ip link add bench0 type veth peer name bench1 && "
                                 "ip addr add " PRIVATE_NETWORK_SERVER "/32 dev bench0 && "
                                 "ip link set bench1 up && ip link set bench0 up && "
                                 "ip route add local 198.18.0.0/15 dev bench0";
    int status = 0;
    if (unshare(CLONE_NEWNET) != 0 && unshare_as_user() != 0)
        return "no network namespace can be made here: run it as root, or where user namespaces are allowed";
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return "the network of the bench cannot be set up by `ip`: install iproute2, and see what it says above";
    return NULL;
}
