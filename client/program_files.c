#include "client/program_files.h"

#include <stdlib.h>
#include <string.h>

#include "client/files/file_receiver.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

struct program_files {
    struct heddle_client *client;
    void (*ended)(void *user, const struct file_end *end);
    void *user;
    struct file_sender *sender;
    struct file_receiver *receiver;
};

static int on_send(void *user, const char *to, const uint8_t *message, size_t length)
{
    const struct program_files *files = user;
    const struct heddle_client_data data = {
        .participant = to[0] != '\0' ? to : NULL, .topic = FILE_TOPIC, .payload = message, .length = length};
    return files->client != NULL ? heddle_client_send_data(files->client, &data) : ERR_WRONG_STATE;
}

static void on_ended(void *user, const struct file_end *end)
{
    const struct program_files *files = user;
    files->ended(files->user, end);
}

struct program_files *program_files_new(const char *folder, uint64_t bytes_max,
                                        void (*ended)(void *user, const struct file_end *end), void *user)
{
    struct program_files *files = mem_alloc(sizeof *files);
    const struct file_outlet outlet = {.send = on_send, .ended = on_ended, .user = files};
    files->ended = ended;
    files->user = user;
    files->sender = file_sender_new(&outlet);
    files->receiver = file_receiver_new(&outlet, folder, bytes_max);
    return files;
}

void program_files_free(struct program_files *files)
{
    if (files == NULL)
        return;
    file_sender_free(files->sender);
    file_receiver_free(files->receiver);
    free(files);
}

int program_files_add(struct program_files *files, const char *path)
{
    return file_sender_add(files->sender, path);
}

void program_files_use(struct program_files *files, struct heddle_client *client)
{
    files->client = client;
}

static bool is_here(void *user, const char *participant)
{
    const struct program_files *files = user;
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    heddle_client_get_stats(files->client, &stats);
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(files->client, i, &remote);
        if (remote.is_here && strcmp(remote.participant, participant) == 0)
            return true;
    }
    return false;
}

static void keep(struct program_files *files, bool (*who)(void *user, const char *participant))
{
    file_sender_keep(files->sender, who, files);
    file_receiver_keep(files->receiver, who, files);
}

static void pump(struct program_files *files)
{
    file_receiver_pump(files->receiver);
    file_sender_pump(files->sender);
}

/* After a loss of signaling: whether we and others are who we were. While it was away some may have left. */
static void recovered(struct program_files *files, const char *by)
{
    keep(files, strcmp(by, "joined anew") == 0 ? NULL : is_here);
    file_sender_offer_again(files->sender);
}

void program_files_event(struct program_files *files, const struct heddle_client_event *event)
{
    switch (event->type) {
    case HEDDLE_CLIENT_JOINED: /* after a loss HEDDLE_CLIENT_RECOVERY follows at once */
    case HEDDLE_CLIENT_PARTICIPANT_JOINED:
        file_sender_offer_again(files->sender);
        break;
    case HEDDLE_CLIENT_PARTICIPANT_LEFT:
        keep(files, is_here);
        break;
    case HEDDLE_CLIENT_RECOVERY:
        if (strcmp(event->participant, "server") == 0)
            recovered(files, event->text);
        break;
    case HEDDLE_CLIENT_WARNING:
        if (strcmp(event->participant, "data-lost") != 0)
            return;
        file_sender_lost(files->sender, event->text);
        file_receiver_lost(files->receiver, event->text);
        break;
    case HEDDLE_CLIENT_DATA_READY:
        break;
    default:
        return;
    }
    pump(files);
}

bool program_files_data(struct program_files *files, const struct heddle_client_data *data)
{
    struct file_message message;
    if (strcmp(data->topic, FILE_TOPIC) != 0)
        return false;
    if (file_message_read((struct span){data->payload, data->length}, &message) != 0)
        return true;
    bool is_answer = message.kind == FILE_ACCEPT || message.kind == FILE_RECEIVED || message.kind == FILE_DONE ||
                     message.kind == FILE_REFUSE;
    if (is_answer)
        file_sender_take(files->sender, data->participant, &message);
    else
        file_receiver_take(files->receiver, data->participant, data->is_private, &message, clock_now());
    pump(files);
    return true;
}

void program_files_finish(struct program_files *files)
{
    file_sender_finish(files->sender);
    file_receiver_finish(files->receiver);
}

json_t *program_files_summary(const struct program_files *files)
{
    return json_pack("{s:o, s:o}", "sent", file_sender_summary(files->sender), "received",
                     file_receiver_summary(files->receiver));
}
