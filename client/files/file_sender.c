#include "client/files/file_sender.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/utf8.h"

#define ON_THE_WAY ((uint64_t)512 * 1024) /* to all receivers of all files together; each may have a chunk */
#define TO_ONE ((uint64_t)96 * 1024)      /* the router keeps 128 KiB for one that reads slowly */
#define ID_MAX 32

enum receiver_state { RECEIVING, ENDING, STOPPED, OVER };

struct receiver {
    char id[ID_MAX + 1];
    enum receiver_state state; /* ending: all was sent; stopped: it is yet to be told so */
    enum file_reason reason;   /* of a stop */
    uint64_t sent, received;
    EVP_MD_CTX *hash; /* of what was sent */
};

struct outgoing {
    uint32_t number;
    int descriptor;
    uint64_t size;
    char name[FILE_NAME_MAX + 1];
    bool owes_offer;
    struct receiver *receivers;
    size_t receiver_count;
    unsigned done, refused, stopped; /* receivers */
    const char *why;                 /* the last that does not get it; NULL: there is none */
    bool has_failed;                 /* it cannot be read, as was told */
};

struct file_sender {
    struct file_outlet outlet;
    struct outgoing files[FILE_OFFERS_MAX];
    size_t count;
};

struct file_sender *file_sender_new(const struct file_outlet *outlet)
{
    struct file_sender *sender = mem_alloc(sizeof *sender);
    sender->outlet = *outlet;
    return sender;
}

static void forget(struct outgoing *file, size_t index)
{
    EVP_MD_CTX_free(file->receivers[index].hash);
    file->receivers[index] = file->receivers[--file->receiver_count];
}

void file_sender_free(struct file_sender *sender)
{
    if (sender == NULL)
        return;
    for (size_t i = 0; i < sender->count; i++) {
        while (sender->files[i].receiver_count > 0)
            forget(&sender->files[i], 0);
        free(sender->files[i].receivers);
        close(sender->files[i].descriptor);
    }
    free(sender);
}

/* The last part of a path, as a message can carry it: bytes that are no UTF-8 are replaced. */
static void name_of(const char *path, char name[FILE_NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/'), *at = slash != NULL ? slash + 1 : path;
    size_t length = 0;
    while (*at != '\0') {
        size_t step = utf8_length(at), width = step > 0 ? step : 1;
        if (length + width > FILE_NAME_MAX)
            break;
        for (size_t i = 0; i < width; i++)
            name[length++] = at[i];
        if (step == 0)
            name[length - 1] = '_';
        at += width;
    }
    name[length] = '\0';
}

int file_sender_add(struct file_sender *sender, const char *path)
{
    struct stat status;
    if (sender->count == FILE_OFFERS_MAX)
        return ERR_LIMIT;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would make it wait */
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        if (descriptor >= 0)
            close(descriptor);
        return ERR_IO;
    }
    if (!S_ISREG(status.st_mode)) {
        close(descriptor);
        return ERR_INVALID;
    }
    struct outgoing *file = &sender->files[sender->count++];
    *file = (struct outgoing){.number = (uint32_t)sender->count,
                              .descriptor = descriptor,
                              .size = (uint64_t)status.st_size,
                              .owes_offer = true};
    name_of(path, file->name);
    return 0;
}

void file_sender_offer_again(struct file_sender *sender)
{
    for (size_t i = 0; i < sender->count; i++)
        sender->files[i].owes_offer = true;
}

static struct receiver *find(const struct outgoing *file, const char *id)
{
    for (size_t i = 0; i < file->receiver_count; i++)
        if (strcmp(file->receivers[i].id, id) == 0)
            return &file->receivers[i];
    return NULL;
}

static bool is_served(const struct receiver *receiver)
{
    return receiver->state == RECEIVING || receiver->state == ENDING;
}

static void tell(const struct file_sender *sender, const struct outgoing *file, const char *id, const char *why,
                 bool is_failure)
{
    const struct file_end end = {
        .participant = id, .file = file->name, .why = why, .is_ours = true, .is_failure = is_failure};
    sender->outlet.ended(sender->outlet.user, &end);
}

static void end(struct file_sender *sender, struct outgoing *file, struct receiver *receiver, const char *why)
{
    unsigned *count = why == NULL ? &file->done : &file->stopped;
    bool is_failure = receiver->state == STOPPED && receiver->reason == FILE_UNREADABLE;
    receiver->state = OVER;
    (*count)++;
    file->why = why != NULL ? why : file->why;
    file->has_failed = file->has_failed || is_failure;
    tell(sender, file, receiver->id, why, is_failure);
}

static void stop(struct receiver *receiver, enum file_reason reason)
{
    receiver->state = STOPPED;
    receiver->reason = reason;
}

static struct receiver *add(struct outgoing *file, const char *id, enum receiver_state state)
{
    file->receivers = mem_resize(file->receivers, file->receiver_count + 1, sizeof(struct receiver));
    struct receiver *receiver = &file->receivers[file->receiver_count++];
    *receiver = (struct receiver){.state = state};
    snprintf(receiver->id, sizeof receiver->id, "%s", id);
    return receiver;
}

static void accept_from(struct outgoing *file, const char *id)
{
    struct receiver *receiver = add(file, id, RECEIVING);
    receiver->hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(receiver->hash, EVP_sha256(), NULL);
}

static void refused(struct file_sender *sender, struct outgoing *file, const char *id, const char *why)
{
    struct receiver *receiver = find(file, id);
    if (receiver == NULL) {
        add(file, id, OVER);
        file->refused++;
        file->why = why;
        tell(sender, file, id, why, false);
    } else if (is_served(receiver)) {
        end(sender, file, receiver, why);
    }
}

void file_sender_take(struct file_sender *sender, const char *from, const struct file_message *message)
{
    if (message->number == 0 || message->number > sender->count)
        return;
    struct outgoing *file = &sender->files[message->number - 1];
    struct receiver *receiver = find(file, from);
    if (message->kind == FILE_ACCEPT && receiver == NULL)
        accept_from(file, from);
    else if (message->kind == FILE_REFUSE)
        refused(sender, file, from, file_reason_name(message->reason));
    else if (message->kind == FILE_DONE && receiver != NULL && receiver->state == ENDING)
        end(sender, file, receiver, NULL);
    else if (message->kind == FILE_RECEIVED && receiver != NULL && message->offset <= receiver->sent &&
             message->offset > receiver->received)
        receiver->received = message->offset;
}

void file_sender_keep(struct file_sender *sender, bool (*is_here)(void *user, const char *participant), void *user)
{
    for (size_t i = 0; i < sender->count; i++) {
        struct outgoing *file = &sender->files[i];
        for (size_t j = file->receiver_count; j-- > 0;) {
            if (is_here != NULL && is_here(user, file->receivers[j].id))
                continue;
            if (file->receivers[j].state != OVER)
                end(sender, file, &file->receivers[j], "left");
            forget(file, j);
        }
    }
}

void file_sender_lost(struct file_sender *sender, const char *participant)
{
    for (size_t i = 0; i < sender->count; i++) {
        struct receiver *receiver = find(&sender->files[i], participant);
        if (receiver != NULL && is_served(receiver))
            stop(receiver, FILE_LOST);
    }
}

/* Sending. What is not taken is said by a later pump. */

/* Whether it was taken, or never will be. */
static bool say(struct file_sender *sender, const char *to, const struct file_message *message)
{
    uint8_t bytes[FILE_MESSAGE_MAX];
    size_t length = file_message_write(message, bytes);
    return sender->outlet.send(sender->outlet.user, to, bytes, length) <= 0;
}

static void send_end(struct file_sender *sender, const struct outgoing *file, struct receiver *receiver)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = EVP_MD_CTX_new(); /* it may have to be sent later */
    EVP_MD_CTX_copy_ex(copy, receiver->hash);
    EVP_DigestFinal_ex(copy, hash, NULL);
    EVP_MD_CTX_free(copy);
    const struct file_message message = {.kind = FILE_END, .number = file->number, .bytes = {hash, FILE_HASH_LENGTH}};
    if (say(sender, receiver->id, &message))
        receiver->state = ENDING;
}

/* Whether it goes on. */
static bool send_chunk(struct file_sender *sender, const struct outgoing *file, struct receiver *receiver)
{
    uint8_t bytes[FILE_CHUNK_MAX];
    uint64_t rest = file->size - receiver->sent;
    size_t wanted = rest < sizeof bytes ? (size_t)rest : sizeof bytes;
    ssize_t length = pread(file->descriptor, bytes, wanted, (off_t)receiver->sent);
    if (length < 0 || (size_t)length != wanted) { /* it cannot be read, or is another one than it was */
        stop(receiver, FILE_UNREADABLE);
        return false;
    }
    const struct file_message message = {
        .kind = FILE_CHUNK, .number = file->number, .offset = receiver->sent, .bytes = {bytes, wanted}};
    if (!say(sender, receiver->id, &message))
        return false;
    EVP_DigestUpdate(receiver->hash, bytes, wanted);
    receiver->sent += wanted;
    return true;
}

static void serve(struct file_sender *sender, struct outgoing *file, struct receiver *receiver, uint64_t share)
{
    bool goes_on = receiver->state == RECEIVING;
    while (goes_on && receiver->sent < file->size &&
           (receiver->sent == receiver->received || receiver->sent - receiver->received + FILE_CHUNK_MAX <= share))
        goes_on = send_chunk(sender, file, receiver);
    if (receiver->state == RECEIVING && receiver->sent == file->size)
        send_end(sender, file, receiver);
    if (receiver->state != STOPPED)
        return;
    const struct file_message message = {.kind = FILE_CANCEL, .number = file->number, .reason = receiver->reason};
    if (say(sender, receiver->id, &message))
        end(sender, file, receiver, file_reason_name(receiver->reason));
}

/* In their order: who heard of one ignores those before it. */
static void offer(struct file_sender *sender)
{
    for (size_t i = 0; i < sender->count; i++) {
        struct outgoing *file = &sender->files[i];
        struct file_message message = {.kind = FILE_OFFER, .number = file->number, .size = file->size};
        memcpy(message.name, file->name, sizeof message.name);
        if (file->owes_offer && !say(sender, "", &message))
            return;
        file->owes_offer = false;
    }
}

static size_t receiving(const struct file_sender *sender)
{
    size_t count = 0;
    for (size_t i = 0; i < sender->count; i++)
        for (size_t j = 0; j < sender->files[i].receiver_count; j++)
            count += sender->files[i].receivers[j].state == RECEIVING;
    return count;
}

void file_sender_pump(struct file_sender *sender)
{
    size_t count = receiving(sender);
    uint64_t share = count > 0 ? ON_THE_WAY / count : ON_THE_WAY;
    offer(sender);
    for (size_t i = 0; i < sender->count; i++)
        for (size_t j = 0; j < sender->files[i].receiver_count; j++)
            serve(sender, &sender->files[i], &sender->files[i].receivers[j], share < TO_ONE ? share : TO_ONE);
}

void file_sender_finish(const struct file_sender *sender)
{
    for (size_t i = 0; i < sender->count; i++) {
        const struct outgoing *file = &sender->files[i];
        char why[128] = "";
        size_t open = 0;
        for (size_t j = 0; j < file->receiver_count; j++)
            open += file->receivers[j].state != OVER;
        if (open > 0)
            snprintf(why, sizeof why, "we left before %s had all of it",
                     open == 1 ? "one who takes it" : "some who take it");
        else if (file->done == 0)
            snprintf(why, sizeof why, "%s%s", file->why != NULL ? "nobody has it: " : "nobody took it",
                     file->why != NULL ? file->why : "");
        if (why[0] != '\0' && !file->has_failed)
            tell(sender, file, NULL, why, true);
    }
}

json_t *file_sender_summary(const struct file_sender *sender)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sender->count; i++) {
        const struct outgoing *file = &sender->files[i];
        json_array_append_new(list, json_pack("{s:s, s:I, s:i, s:i, s:i}", "name", file->name, "size",
                                              (json_int_t)file->size, "done", (int)file->done, "refused",
                                              (int)file->refused, "stopped", (int)file->stopped));
    }
    return list;
}
