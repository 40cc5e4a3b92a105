#include "signaling/whip/whip_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate_types.h"
#include "signaling/room/room.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

void whip_sessions_init(struct whip_sessions *all, const struct admission_limits *limits, uint64_t seed)
{
    admission_init(&all->admission, limits);
    map_init(&all->by_id);
    all->seed = seed;
}

void whip_sessions_fini(struct whip_sessions *all)
{
    admission_fini(&all->admission);
    map_fini(&all->by_id);
}

/* Of no one's choice, so two have the same key only by a chance that nobody waits for. */
static uint64_t key_of(const struct whip_sessions *all, const char *id)
{
    return map_text_key(id, all->seed);
}

static void draw_id(struct whip_session *session)
{
    uint8_t bytes[WHIP_SESSION_ID / 2];
    do {
        random_secure(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++)
            snprintf(session->id + 2 * i, 3, "%02x", bytes[i]);
    } while (map_get(&session->all->by_id, key_of(session->all, session->id)) != NULL);
}

struct whip_session *whip_session_new(struct whip_sessions *all, uint64_t address, const struct whip_path *path)
{
    struct admission_entry *evicted;
    struct whip_session *session = mem_alloc(sizeof *session);
    session->all = all;
    session->is_egress = path->is_egress;
    memcpy(session->publication, path->publication, sizeof session->publication);
    session->generation = 1;
    if (!admission_enter(&all->admission, &session->entry, address, &evicted)) {
        free(session);
        return NULL;
    }
    admission_joined(&all->admission, &session->entry); /* so nobody is ever evicted */
    draw_id(session);
    map_put(&all->by_id, key_of(all, session->id), session);
    return session;
}

void whip_session_free(struct whip_session *session)
{
    (void)map_remove(&session->all->by_id, key_of(session->all, session->id));
    admission_leave(&session->all->admission, &session->entry);
    free(session->offer);
    free(session->answer);
    free(session);
}

void whip_session_drop_answer(struct whip_session *session)
{
    free(session->answer);
    session->answer = NULL;
}

static bool is_same(const char *a, const char *b)
{
    unsigned difference = 0;
    for (size_t i = 0; i < WHIP_SESSION_ID; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

struct whip_session *whip_session_find(const struct whip_sessions *all, const struct whip_path *path)
{
    struct whip_session *session = map_get(&all->by_id, key_of(all, path->session));
    return session != NULL && is_same(session->id, path->session) && session->is_egress == path->is_egress &&
                   strcmp(session->participant->room->name, path->room) == 0
               ? session
               : NULL;
}

/* There is nobody to whom messages could be sent. */
static void reach_send(void *owner, struct text *text)
{
    (void)owner, (void)text;
}

static size_t reach_backlog(const void *owner)
{
    (void)owner;
    return 0;
}

static void reach_allow(void *owner, unsigned messages)
{
    (void)owner, (void)messages;
}

static void reach_answered(void *owner, const struct router_answer *answer)
{
    struct whip_session *session = owner;
    free(session->answer);
    session->answer = mem_alloc(answer->length + 1);
    memcpy(session->answer, answer->sdp, answer->length);
    session->is_accepted = answer->negotiated->media_count > 0;
}

static void reach_gone(void *owner)
{
    whip_session_free(owner);
}

struct reach whip_session_reach(struct whip_session *session)
{
    static const struct reach_kind resource = {.send = reach_send,
                                               .backlog = reach_backlog,
                                               .answered = reach_answered,
                                               .allow = reach_allow,
                                               .let_go = reach_gone,
                                               .end = reach_gone,
                                               .lives_with_media = true};
    return (struct reach){.kind = &resource, .owner = session};
}
