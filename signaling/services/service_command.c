#include "signaling/services/service_command.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "transport/base/check.h"

const char *service_program_name(enum service_kind kind)
{
    return kind == SERVICE_MIXER ? "heddle-mix" : "heddle-record";
}

/* `out`: `url` with the room's name in the place of "{room}". */
static const char *url_for(const char *url, const char *room, char *out, size_t size)
{
    static const char place[] = "{room}";
    const char *at = strstr(url, place);
    if (at == NULL)
        return url;
    snprintf(out, size, "%.*s%s%s", (int)(at - url), url, room, at + sizeof place - 1);
    return out;
}

static void add(struct service_command *command, const char *argument)
{
    size_t count = 0;
    while (command->arguments[count] != NULL)
        count++;
    CHECK(count + 1 < SERVICE_ARGUMENTS_MAX);
    command->arguments[count] = argument;
}

static void add_pair(struct service_command *command, const char *option, const char *value)
{
    if (value == NULL)
        return;
    add(command, option);
    add(command, value);
}

static void begin(struct service_command *command, const struct service_run *run, const char *program)
{
    *command = (struct service_command){.arguments = {NULL}};
    snprintf(command->path, sizeof command->path, "%s/%s", run->folder, program);
    add(command, command->path);
}

void service_command_write(struct service_command *command, const struct service_run *run)
{
    begin(command, run, service_program_name(run->kind));
    add(command, run->url);
    add_pair(command, "--room", run->room);
    if (run->accept_any_certificate)
        add(command, "--insecure");
    if (run->core_dumps)
        add(command, "--core-dumps");
    if (run->kind != SERVICE_RECORDER)
        return;
    add_pair(command, "--folder", run->outputs->recordings);
    if (run->outputs->mp4)
        add(command, "--mp4");
    add_pair(command, "--hls", run->outputs->hls);
    add_pair(command, "--encoder", run->outputs->encoder);
    if (run->outputs->rtmp != NULL)
        add_pair(command, "--rtmp", url_for(run->outputs->rtmp, run->room, command->rtmp, sizeof command->rtmp));
}

void service_command_write_asking(struct service_command *command, const struct service_run *run, const char *queue)
{
    begin(command, run, "heddle-service");
    add(command, queue);
    add_pair(command, "--ask", service_kind_name(run->kind));
    add_pair(command, "--url", run->url);
    add_pair(command, "--room", run->room);
}
