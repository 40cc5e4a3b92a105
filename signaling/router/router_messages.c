#include "signaling/router/router_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/message.h"
#include "signaling/router/router_mix.h"
#include "signaling/router/router_participant_state.h"
#include "signaling/router/slot_names.h"
#include "transport/base/memory.h"

static const char *get_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

void router_offer_read(struct router_offer *offer, const json_t *message)
{
    const json_t *sends = json_object_get(message, "sends"), *receives = json_object_get(message, "receives");
    *offer = (struct router_offer){.sdp = get_text(message, "sdp"),
                                   .generation = (uint64_t)json_integer_value(json_object_get(message, "generation")),
                                   .has_gcm = json_is_true(json_object_get(message, "gcm")),
                                   .send_count = json_array_size(sends),
                                   .receive_count = json_array_size(receives)};
    offer->sends = mem_array(offer->send_count, sizeof *offer->sends);
    for (size_t i = 0; i < offer->send_count; i++) {
        const json_t *item = json_array_get(sends, i);
        struct router_send *send = &offer->sends[i];
        snprintf(send->mid, sizeof send->mid, "%s", get_text(item, "mid"));
        snprintf(send->source, sizeof send->source, "%s", get_text(item, "source"));
        send->muted = json_is_true(json_object_get(item, "muted"));
    }
    offer->receives = mem_array(offer->receive_count, sizeof *offer->receives);
    for (size_t i = 0; i < offer->receive_count; i++) {
        const json_t *item = json_array_get(receives, i);
        struct router_receive *receive = &offer->receives[i];
        snprintf(receive->mid, sizeof receive->mid, "%s", get_text(item, "mid"));
        snprintf(receive->publication, sizeof receive->publication, "%s", get_text(item, "publication"));
    }
}

void router_offer_fini(struct router_offer *offer)
{
    free(offer->sends);
    free(offer->receives);
    *offer = (struct router_offer){0};
}

struct router_request *router_requests_read(const json_t *slots, size_t *count)
{
    *count = json_array_size(slots);
    struct router_request *requests = mem_array(*count, sizeof *requests);
    for (size_t i = 0; i < *count; i++) {
        const json_t *slot = json_array_get(slots, i);
        struct router_request *request = &requests[i];
        const char *show = get_text(slot, "show");
        snprintf(request->mid, sizeof request->mid, "%s", get_text(slot, "mid"));
        snprintf(request->show, sizeof request->show, "%s", show != NULL ? show : "");
        request->keeps_show = show == NULL;
        request->width = (uint16_t)json_integer_value(json_object_get(slot, "width"));
        request->height = (uint16_t)json_integer_value(json_object_get(slot, "height"));
        request->priority = (uint8_t)json_integer_value(json_object_get(slot, "priority"));
    }
    return requests;
}

json_t *router_rejected_json(const struct negotiated *negotiated)
{
    json_t *list = json_array();
    for (size_t i = 0; negotiated != NULL && i < negotiated->rejected_count; i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "mid", negotiated->rejected[i].mid, "kind",
                                              negotiated->rejected[i].kind, "reason", negotiated->rejected[i].reason));
    return list;
}

static void on_answered(struct room_participant *participant, const struct router_answer *answer)
{
    const struct reach *reach = &participant->reach;
    if (reach->kind != NULL && reach->kind->answered != NULL) {
        reach->kind->answered(reach->owner, answer);
        return;
    }
    room_participant_send(participant,
                          json_pack("{s:s,s:s,s:I,s:s%,s:[],s:o}", "type", "answer", "from", MESSAGE_ROUTER,
                                    "generation", (json_int_t)answer->generation, "sdp", answer->sdp, answer->length,
                                    "sends", "rejected", router_rejected_json(answer->negotiated)),
                          true);
}

static void on_candidate(struct room_participant *participant, uint64_t generation, const char *candidate)
{
    room_participant_send(participant,
                          json_pack("{s:s,s:s,s:I,s:s}", "type", "ice-candidate", "from", MESSAGE_ROUTER, "generation",
                                    (json_int_t)generation, "candidate", candidate),
                          true);
}

static void on_lost(struct room_participant *participant, uint64_t generation)
{
    room_participant_send(participant,
                          json_pack("{s:s,s:s,s:I}", "type", "connection-request", "from", MESSAGE_ROUTER, "generation",
                                    (json_int_t)generation),
                          true);
}

static void on_speakers(struct room *room, const char *ids)
{
    json_t *list = json_array();
    for (const char *at = ids; *at != '\0';) {
        size_t length = strcspn(at, " ");
        json_array_append_new(list, json_stringn(at, length));
        at += length + (at[length] == ' ');
    }
    room_send(room, NULL, json_pack("{s:s,s:o}", "type", "speakers", "participants", list), false);
}

static void on_slot(struct room_participant *participant, const struct router_event *event)
{
    const char *reason = slot_state_reason(event->slot_state);
    char publication[PUBLICATION_ID_MAX + 1];
    router_mix_shown_name(publication, event->publication);
    json_t *slot = json_pack("{s:s,s:s,s:s}", "mid", event->mid, "publication", publication, "state",
                             slot_state_name(event->slot_state));
    if (reason[0] != '\0')
        json_object_set_new(slot, "reason", json_string(reason));
    if (slot_state_is_unsupported(event->slot_state) && event->codec != CODEC_NONE)
        json_object_set_new(slot, "codec", json_string(codec_name(event->codec)));
    room_participant_send(participant, json_pack("{s:s,s:[o]}", "type", "slots", "slots", slot), false);
}

static void on_encodings(struct room_participant *participant, const struct router_event *event)
{
    json_t *active = json_array();
    const char *slash = strchr(event->publication, '/');
    for (unsigned i = 0; i < MEDIA_ENCODINGS_MAX; i++)
        json_array_append_new(active, json_boolean((event->asked_encodings & 1u << i) != 0));
    room_participant_send(participant,
                          json_pack("{s:s,s:s,s:o}", "type", "encodings", "source",
                                    slash != NULL ? slash + 1 : event->text, "active", active),
                          false);
}

static void on_codecs(struct room_participant *participant, const struct router_codecs *codecs)
{
    json_t *list = json_array();
    for (size_t i = 0; i < codecs->count; i++)
        json_array_append_new(list, json_pack("{s:i,s:s}", "payload_type", (int)codecs->codecs[i]->payload_type, "name",
                                              codec_name(codecs->codecs[i]->codec)));
    room_participant_send(
        participant,
        json_pack("{s:s,s:s,s:s,s:o}", "type", "codecs", "source", codecs->source, "mid", codecs->mid, "codecs", list),
        false);
}

const struct router_listener router_messages = {.answered = on_answered,
                                                .candidate = on_candidate,
                                                .lost = on_lost,
                                                .speakers = on_speakers,
                                                .slot = on_slot,
                                                .encodings = on_encodings,
                                                .codecs = on_codecs};
