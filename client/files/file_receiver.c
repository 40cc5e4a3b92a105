#include "client/files/file_receiver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/files/file_store.h"
#include "transport/base/budget.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FILES_MAX 64    /* that come at once, of all together */
#define SUMMARY_MAX 256 /* files of which the summary tells */
#define ID_MAX 32

/* Offers of one participant: those that are taken back at once are work, too. client/web/file_transfers.js has the
 * same. */
static const struct budget_limit offers_limit = {.per_second = 1, .burst = FILE_OFFERS_MAX};

enum incoming_state { COMING, COMPLETE, REFUSED, OVER };

struct incoming {
    char from[ID_MAX + 1];
    uint32_t number;
    uint64_t size, received;
    enum incoming_state state; /* complete and refused: the other one is yet to be told so */
    enum file_reason reason;
    bool owes_accept, owes_received, is_saved;
    struct file_store store;
};

/* What was accepted, and neither refused later nor given up. */
struct taken {
    size_t files;
    uint64_t bytes;
};

/* One that offered something: what it says again is not news. Its offers to all come in their order, and so do those to
 * us. */
struct known {
    char id[ID_MAX + 1];
    uint32_t highest_to_all, highest_to_us;
    struct taken taken;
    struct budget offers;
};

struct file_receiver {
    struct file_outlet outlet;
    const char *folder;
    struct taken most, taken; /* of all together */
    struct incoming *files[FILES_MAX];
    size_t count;
    struct known *known;
    size_t known_count;
    json_t *saved;
};

struct file_receiver *file_receiver_new(const struct file_outlet *outlet, const char *folder, uint64_t bytes_max)
{
    struct file_receiver *receiver = mem_alloc(sizeof *receiver);
    receiver->outlet = *outlet;
    receiver->folder = folder;
    receiver->most = (struct taken){.files = FILE_SAVED_MAX, .bytes = bytes_max};
    receiver->saved = json_array();
    return receiver;
}

static struct known *find_known(struct file_receiver *receiver, const char *id)
{
    for (size_t i = 0; i < receiver->known_count; i++)
        if (strcmp(receiver->known[i].id, id) == 0)
            return &receiver->known[i];
    return NULL;
}

static void take_place(struct taken *taken, const struct incoming *file)
{
    taken->files++;
    taken->bytes += file->size;
}

static void give_place_back(struct taken *taken, const struct incoming *file)
{
    taken->files--;
    taken->bytes -= file->size;
}

static void forget(struct file_receiver *receiver, size_t index)
{
    struct incoming *file = receiver->files[index];
    struct known *known = find_known(receiver, file->from);
    if (!file->is_saved)
        give_place_back(&receiver->taken, file);
    if (!file->is_saved && known != NULL)
        give_place_back(&known->taken, file);
    file_store_close(&file->store);
    free(file);
    receiver->files[index] = receiver->files[--receiver->count];
}

void file_receiver_free(struct file_receiver *receiver)
{
    if (receiver == NULL)
        return;
    while (receiver->count > 0)
        forget(receiver, 0);
    free(receiver->known);
    json_decref(receiver->saved);
    free(receiver);
}

static bool say(struct file_receiver *receiver, const char *to, const struct file_message *message)
{
    uint8_t bytes[FILE_MESSAGE_MAX];
    size_t length = file_message_write(message, bytes);
    return receiver->outlet.send(receiver->outlet.user, to, bytes, length) <= 0;
}

static void tell(const struct file_receiver *receiver, const struct incoming *file, const char *name, const char *why,
                 bool is_failure)
{
    const struct file_end end = {.participant = file->from, .file = name, .why = why, .is_failure = is_failure};
    receiver->outlet.ended(receiver->outlet.user, &end);
}

static void refuse(struct file_receiver *receiver, struct incoming *file, enum file_reason reason, const char *why)
{
    file_store_close(&file->store);
    file->state = REFUSED;
    file->reason = reason;
    tell(receiver, file, file->store.name, why, true);
}

static struct known *get_known(struct file_receiver *receiver, const char *id)
{
    struct known *known = find_known(receiver, id);
    if (known != NULL)
        return known;
    receiver->known = mem_resize(receiver->known, receiver->known_count + 1, sizeof *receiver->known);
    known = &receiver->known[receiver->known_count++];
    *known = (struct known){0};
    snprintf(known->id, sizeof known->id, "%s", id);
    return known;
}

static bool is_news(struct known *known, bool is_private, uint32_t number)
{
    uint32_t *highest = is_private ? &known->highest_to_us : &known->highest_to_all;
    if (number <= *highest)
        return false;
    *highest = number;
    return true;
}

static size_t count_of(const struct file_receiver *receiver, const char *from)
{
    size_t count = 0;
    for (size_t i = 0; i < receiver->count; i++)
        count += strcmp(receiver->files[i]->from, from) == 0;
    return count;
}

/* Why an offer is refused at once; FILE_REASONS: it is not. */
static enum file_reason refusal_of(const struct file_receiver *receiver, const struct known *known, uint64_t size)
{
    const struct taken *most = &receiver->most, *all = &receiver->taken, *own = &known->taken;
    if (receiver->folder == NULL)
        return FILE_DECLINED;
    if (receiver->count == FILES_MAX || count_of(receiver, known->id) == FILE_OFFERS_MAX || all->files == most->files ||
        own->files == most->files / 2)
        return FILE_TOO_MANY;
    bool fits = size <= most->bytes - all->bytes && size <= most->bytes / 2 - own->bytes;
    return fits ? FILE_REASONS : FILE_TOO_LARGE;
}

/* What cannot be remembered cannot be told again: it is refused at once, and if the room takes nothing now, in
 * silence. */
static void say_refusal(struct file_receiver *receiver, const char *from, uint32_t number, enum file_reason reason)
{
    const struct file_message refusal = {.kind = FILE_REFUSE, .number = number, .reason = reason};
    (void)say(receiver, from, &refusal);
}

static void refuse_offer(struct file_receiver *receiver, const char *from, const struct file_message *offer,
                         enum file_reason reason)
{
    char name[FILE_SAFE_NAME_MAX + 1];
    say_refusal(receiver, from, offer->number, reason);
    if (reason == FILE_DECLINED)
        return;
    file_name_clean(offer->name, name);
    const struct file_end end = {.participant = from, .file = name, .why = file_reason_name(reason)};
    receiver->outlet.ended(receiver->outlet.user, &end);
}

static void take_offer(struct file_receiver *receiver, const char *from, bool is_private,
                       const struct file_message *offer, usec_t now)
{
    struct known *known = get_known(receiver, from);
    if (!is_news(known, is_private, offer->number))
        return;
    if (!budget_take(&known->offers, &offers_limit, 1, now)) { /* that such offers come is not told: they have no end */
        say_refusal(receiver, from, offer->number, FILE_TOO_MANY);
        return;
    }
    enum file_reason reason = refusal_of(receiver, known, offer->size);
    if (reason != FILE_REASONS) {
        refuse_offer(receiver, from, offer, reason);
        return;
    }
    struct incoming *file = mem_alloc(sizeof *file);
    char name[FILE_SAFE_NAME_MAX + 1];
    snprintf(file->from, sizeof file->from, "%s", from);
    file->number = offer->number;
    file->size = offer->size;
    file->owes_accept = true;
    take_place(&receiver->taken, file);
    take_place(&known->taken, file);
    receiver->files[receiver->count++] = file;
    file_name_clean(offer->name, name);
    if (file_store_open(&file->store, receiver->folder, name) != 0)
        refuse(receiver, file, FILE_UNSAVED, strerror(errno));
}

static void take_chunk(struct file_receiver *receiver, struct incoming *file, const struct file_message *chunk)
{
    if (chunk->offset != file->received || chunk->bytes.length > file->size - file->received) {
        refuse(receiver, file, FILE_LOST, file_reason_name(FILE_LOST));
        return;
    }
    if (file_store_write(&file->store, chunk->bytes) != 0) {
        refuse(receiver, file, FILE_UNSAVED, strerror(errno));
        return;
    }
    file->received += chunk->bytes.length;
    file->owes_received = true;
}

static void finish(struct file_receiver *receiver, struct incoming *file, const uint8_t *hash)
{
    int result = file->received == file->size ? file_store_finish(&file->store, hash) : ERR_AUTH;
    if (result != 0) {
        bool is_other = result == ERR_AUTH;
        refuse(receiver, file, is_other ? FILE_DIFFERENT : FILE_UNSAVED,
               is_other ? file_reason_name(FILE_DIFFERENT) : strerror(errno));
        return;
    }
    file->state = COMPLETE;
    file->is_saved = true;
    tell(receiver, file, file->store.path, NULL, false);
    if (json_array_size(receiver->saved) == SUMMARY_MAX)
        json_array_remove(receiver->saved, 0);
    json_array_append_new(receiver->saved, json_pack("{s:s, s:s, s:I}", "participant", file->from, "path",
                                                     file->store.path, "size", (json_int_t)file->size));
}

void file_receiver_take(struct file_receiver *receiver, const char *from, bool is_private,
                        const struct file_message *message, usec_t now)
{
    if (message->kind == FILE_OFFER) {
        take_offer(receiver, from, is_private, message, now);
        return;
    }
    size_t i = 0;
    while (i < receiver->count &&
           (receiver->files[i]->number != message->number || strcmp(receiver->files[i]->from, from) != 0))
        i++;
    struct incoming *file = i < receiver->count ? receiver->files[i] : NULL;
    if (file == NULL || file->state != COMING)
        return;
    if (message->kind == FILE_CHUNK) {
        take_chunk(receiver, file, message);
    } else if (message->kind == FILE_END) {
        finish(receiver, file, message->bytes.data);
    } else if (message->kind == FILE_CANCEL) {
        tell(receiver, file, file->store.name, file_reason_name(message->reason), message->reason != FILE_CANCELLED);
        forget(receiver, i);
    }
}

/* Where nobody is who was, it is offered anew. */
static void drop(struct file_receiver *receiver, size_t index, bool is_failure)
{
    const struct incoming *file = receiver->files[index];
    if (file->state == COMING)
        tell(receiver, file, file->store.name, "left", is_failure);
    forget(receiver, index);
}

void file_receiver_keep(struct file_receiver *receiver, bool (*is_here)(void *user, const char *participant),
                        void *user)
{
    for (size_t i = receiver->count; i-- > 0;)
        if (is_here == NULL || !is_here(user, receiver->files[i]->from))
            drop(receiver, i, is_here != NULL);
    for (size_t i = receiver->known_count; i-- > 0;)
        if (is_here == NULL || !is_here(user, receiver->known[i].id))
            receiver->known[i] = receiver->known[--receiver->known_count];
}

void file_receiver_lost(struct file_receiver *receiver, const char *participant)
{
    for (size_t i = 0; i < receiver->count; i++)
        if (receiver->files[i]->state == COMING && strcmp(receiver->files[i]->from, participant) == 0)
            refuse(receiver, receiver->files[i], FILE_LOST, file_reason_name(FILE_LOST));
}

/* As far as more may wait for who offered it. */
static void answer(struct file_receiver *receiver, struct incoming *file)
{
    struct file_message message = {.kind = FILE_ACCEPT, .number = file->number};
    if (file->owes_accept && file->state != REFUSED && !say(receiver, file->from, &message))
        return;
    file->owes_accept = false;
    message.kind = FILE_RECEIVED;
    message.offset = file->received;
    if (file->owes_received && file->state == COMING && !say(receiver, file->from, &message))
        return;
    file->owes_received = false;
    message.kind = file->state == COMPLETE ? FILE_DONE : FILE_REFUSE;
    message.reason = file->reason;
    if (file->state != COMING && say(receiver, file->from, &message))
        file->state = OVER;
}

void file_receiver_pump(struct file_receiver *receiver)
{
    for (size_t i = receiver->count; i-- > 0;) {
        answer(receiver, receiver->files[i]);
        if (receiver->files[i]->state == OVER)
            forget(receiver, i);
    }
}

void file_receiver_finish(const struct file_receiver *receiver)
{
    for (size_t i = 0; i < receiver->count; i++)
        if (receiver->files[i]->state == COMING)
            tell(receiver, receiver->files[i], receiver->files[i]->store.name, "we left before all of it was here",
                 true);
}

json_t *file_receiver_summary(const struct file_receiver *receiver)
{
    return json_deep_copy(receiver->saved);
}
