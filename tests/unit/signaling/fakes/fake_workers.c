#include "tests/unit/signaling/fakes/fake_workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/memory.h"

struct worker *workers[FAKE_WORKERS];
connection_id opened[32];
size_t opened_count;

unsigned number_of(connection_id id)
{
    unsigned number = 0;
    while (number < opened_count && opened[number] != id)
        number++;
    assert_true(number < opened_count);
    return number + 1;
}

static void note(struct worker *worker, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct worker *worker, const char *format, ...)
{
    size_t used = strlen(worker->commands);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(worker->commands + used, sizeof worker->commands - used, format, arguments);
    va_end(arguments);
}

/* Says what a real one says at first. */
int worker_start(struct worker **out, const struct worker_config *config, void (*wake)(void *user), void *user)
{
    struct worker *worker = mem_alloc(sizeof *worker);
    struct worker_event *candidate = &worker->events[worker->event_count++];
    struct worker_event *ready = &worker->events[worker->event_count++];
    *candidate = (struct worker_event){.type = WORKER_CANDIDATE, .worker = config->index};
    snprintf(candidate->text, sizeof candidate->text, "candidate:1 1 udp 2130706431 192.0.2.1 %u typ host",
             7000 + config->index);
    *ready = (struct worker_event){.type = WORKER_READY, .worker = config->index};
    snprintf(ready->text, sizeof ready->text, OWN_FINGERPRINT, config->index);
    worker->index = config->index;
    worker->wake = wake;
    worker->owner = user;
    workers[config->index] = *out = worker;
    return 0;
}

void worker_stop(struct worker *worker)
{
    (void)worker;
}

void worker_free(struct worker *worker)
{
    free(worker);
}

bool worker_poll(struct worker *worker, struct worker_event *event)
{
    if (worker->taken == worker->event_count) {
        worker->taken = worker->event_count = 0;
        return false;
    }
    *event = worker->events[worker->taken++];
    return true;
}

void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant)
{
    assert_true(id != 0 && opened_count < sizeof opened / sizeof opened[0]);
    for (size_t i = 0; i < opened_count; i++)
        assert_true(opened[i] != id);
    opened[opened_count++] = id;
    note(worker, "open %u %s %s;", number_of(id), room, participant);
}

void worker_relay_to(struct worker *worker, connection_id id, const struct relay_endpoints *endpoints)
{
    note(worker, "relay %u to", number_of(id));
    for (size_t i = 0; i < endpoints->count; i++)
        note(worker, " %u", endpoints->numbers[i]);
    note(worker, ";");
}

void worker_configure(struct worker *worker, connection_id id, struct connection_setup *setup)
{
    note(worker, "configure %u %s%s:", number_of(id), setup->remote.ufrag,
         setup->is_gcm_only      ? " (begins DTLS, GCM only)"
         : setup->is_dtls_client ? " (begins DTLS)"
                                 : "");
    for (size_t i = 0; i < setup->media_count; i++)
        note(worker, " m=%s", setup->media[i].mid);
    for (size_t i = 0; i < setup->send_count; i++)
        note(worker, " %s=%s%s", setup->sends[i].source, setup->sends[i].mid, setup->sends[i].muted ? " muted" : "");
    for (size_t i = 0; i < setup->receive_count; i++)
        note(worker, " %s=%s", setup->receives[i].publication, setup->receives[i].mid);
    note(worker, ";");
    connection_setup_fini(setup);
}

void worker_candidate(struct worker *worker, connection_id id, const char *candidate)
{
    note(worker, "candidate %u %s;", number_of(id), candidate);
}

void worker_receive(struct worker *worker, connection_id id, struct router_request *requests, size_t count)
{
    note(worker, "receive %u:", number_of(id));
    for (size_t i = 0; i < count; i++)
        note(worker, " %s=%s %ux%u", requests[i].mid, requests[i].keeps_show ? "(as before)" : requests[i].show,
             requests[i].width, requests[i].height);
    note(worker, ";");
    free(requests);
}

void worker_tell_again(struct worker *worker, connection_id id)
{
    note(worker, "tell %u;", number_of(id));
}

void worker_mute(struct worker *worker, connection_id id, const char *source, bool muted)
{
    note(worker, "mute %u %s %d;", number_of(id), source, muted);
}

void worker_close(struct worker *worker, connection_id id)
{
    note(worker, "close %u;", number_of(id));
}

void worker_request_stats(struct worker *worker, uint64_t request)
{
    note(worker, "stats %llu;", (unsigned long long)request);
}
