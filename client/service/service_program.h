/* The program around a service of a room (mixer, recorder): its options, its signals, its loop, and its exit status. */
#ifndef HEDDLE_CLIENT_SERVICE_PROGRAM_H
#define HEDDLE_CLIENT_SERVICE_PROGRAM_H

#include "client/include/heddle_client.h"

struct service_program {
    const char *name;                    /* "heddle-mix" */
    const char *role;                    /* as the claim `service` of its access token has it */
    const char *help;                    /* the exit codes follow, which are the same for all */
    const char *needed, *needed_count;   /* what has to be given, and how much of it: "URL and --room", "both" */
    struct heddle_client_config *client; /* the URL, the room and the token are read into it */
    /* An option of its own, with its value (NULL: it has none). NULL: taken; else what is expected, "" when there is no
     * such option. */
    const char *(*option)(void *user, const char *option, const char *value);
    bool (*flag)(void *user, const char *option); /* whether it has such an option without a value; NULL: it has none */
    bool (*is_complete)(const void *user);        /* NULL: it needs no more than URL and room */
    int (*open)(void *user, uv_loop_t *loop, const char **reason); /* 0: it joins; or a negative number, the reason */
    void (*stop)(void *user);                                      /* once, also when it has ended by itself */
    const char *(*failure)(const void *user);                      /* NULL: it ended as it should */
    const char *(*notice)(const void *user); /* what is said of an end without failure; NULL: nothing */
    void (*close)(void *user);               /* when it has ended; the loop then runs until it is empty */
    void *user;
};

/* Runs it to its end; returns the exit status: 0, 1 for a failure, 2 for a wrong command line. */
int service_program_run(const struct service_program *program, int argc, char **argv);

#endif
