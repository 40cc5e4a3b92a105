#include "router/worker/command.h"

#include <stdlib.h>

#include "transport/base/memory.h"

struct command *command_new(enum command_type type, connection_id id)
{
    struct command *command = mem_alloc(sizeof *command);
    command->type = type;
    command->id = id;
    return command;
}

void command_free(struct command *command)
{
    connection_setup_fini(&command->setup);
    free(command->requests);
    free(command);
}
