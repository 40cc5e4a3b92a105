#include "signaling/room/topology.h"

#include <stdio.h>
#include <string.h>

const char *topology_name(enum topology topology)
{
    static const char *const names[] = {[TOPOLOGY_MESH] = "mesh", [TOPOLOGY_SFU] = "sfu", [TOPOLOGY_MCU] = "mcu"};
    return names[topology];
}

static const char *const pin_names[] = {[PIN_AUTO] = "auto", [PIN_MESH] = "mesh", [PIN_SFU] = "sfu", [PIN_MCU] = "mcu"};

const char *topology_pin_name(enum topology_pin pin)
{
    return pin_names[pin];
}

bool topology_pin_parse(enum topology_pin *out, const char *text)
{
    for (int i = PIN_AUTO; i <= PIN_MCU; i++) {
        if (strcmp(pin_names[i], text) == 0) {
            *out = (enum topology_pin)i;
            return true;
        }
    }
    return false;
}

void topology_pin_list(char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = PIN_AUTO; i <= PIN_MCU && length < size; i++) {
        const char *before = i == PIN_AUTO ? "" : i == PIN_MCU ? " or " : ", ";
        length += (size_t)snprintf(text + length, size - length, "%s%s", before, pin_names[i]);
    }
}

const char *topology_reason_name(enum topology_reason reason)
{
    static const char *const names[] = {
        [TOPOLOGY_REASON_NONE] = "none",
        [TOPOLOGY_REASON_SERVER] = "server",
        [TOPOLOGY_REASON_CAPABILITY] = "capability",
        [TOPOLOGY_REASON_ALONE] = "alone",
        [TOPOLOGY_REASON_PAIR] = "pair",
        [TOPOLOGY_REASON_UNPROVEN] = "unproven",
        [TOPOLOGY_REASON_PIN] = "pin",
        [TOPOLOGY_REASON_NO_MIXER] = "no-mixer",
        [TOPOLOGY_REASON_MIXERS_BUSY] = "mixers-busy",
        [TOPOLOGY_REASON_NEEDED] = "needed",
        [TOPOLOGY_REASON_COUNT] = "count",
        [TOPOLOGY_REASON_UPLINK] = "uplink",
        [TOPOLOGY_REASON_CPU] = "cpu",
        [TOPOLOGY_REASON_OWN] = "own",
        [TOPOLOGY_REASON_WEAK_LINK] = "weak-link",
        [TOPOLOGY_REASON_WEAK_DEVICE] = "weak-device",
    };
    return names[reason];
}

const char *topology_reason_text(enum topology_reason reason)
{
    static const char *const texts[] = {
        [TOPOLOGY_REASON_NONE] = "a mesh will do",
        [TOPOLOGY_REASON_SERVER] = "the server always routes",
        [TOPOLOGY_REASON_CAPABILITY] = "a participant cannot mesh",
        [TOPOLOGY_REASON_ALONE] = "nobody else is there",
        [TOPOLOGY_REASON_PAIR] = "a pair cannot connect directly",
        [TOPOLOGY_REASON_UNPROVEN] = "not every pair has proven a direct path",
        [TOPOLOGY_REASON_PIN] = "pinned",
        [TOPOLOGY_REASON_NO_MIXER] = "pinned to a mixer, and there is none yet",
        [TOPOLOGY_REASON_MIXERS_BUSY] = "pinned to a mixer, and too many run already",
        [TOPOLOGY_REASON_NEEDED] = "something in the room needs the router",
        [TOPOLOGY_REASON_COUNT] = "too many participants for a mesh",
        [TOPOLOGY_REASON_UPLINK] = "an up-link is too small for a mesh",
        [TOPOLOGY_REASON_CPU] = "a participant's CPU is too small for a mesh",
        [TOPOLOGY_REASON_OWN] = "this participant chose the mix for itself",
        [TOPOLOGY_REASON_WEAK_LINK] = "this participant's link carries no more than the mix",
        [TOPOLOGY_REASON_WEAK_DEVICE] = "this participant's device can decode no more than the mix",
    };
    return texts[reason];
}

bool topology_fits_mesh(const struct topology_config *config, unsigned count)
{
    return config->mesh_max > 0 && (count <= config->mesh_max || count <= TOPOLOGY_PINNED_MAX);
}

/* What makes a Mesh impossible. */
static enum topology_reason find_obstacle(const struct topology_config *config, const struct topology_input *input)
{
    if (config->mesh_max == 0)
        return TOPOLOGY_REASON_SERVER;
    for (unsigned i = 0; i < input->count; i++)
        if (!input->participants[i].can_mesh)
            return TOPOLOGY_REASON_CAPABILITY;
    if (input->count < 2)
        return TOPOLOGY_REASON_ALONE;
    return topology_fits_mesh(config, input->count) ? TOPOLOGY_REASON_NONE : TOPOLOGY_REASON_COUNT;
}

/* What would make a Mesh worse than the router. */
static enum topology_reason find_drawback(const struct topology_config *config, const struct topology_input *input)
{
    if (input->needs_router)
        return TOPOLOGY_REASON_NEEDED;
    if (input->count > config->mesh_max)
        return TOPOLOGY_REASON_COUNT;
    for (unsigned i = 0; i < input->count; i++) {
        const struct topology_participant *participant = &input->participants[i];
        if (participant->uplink_bps > 0 && participant->uplink_bps < (int64_t)(input->count - 1) * config->copy_bps)
            return TOPOLOGY_REASON_UPLINK;
        if (participant->overloaded_at > 0 && input->count >= participant->overloaded_at)
            return TOPOLOGY_REASON_CPU;
    }
    return TOPOLOGY_REASON_NONE;
}

/* Why the router is used; direct paths are looked at elsewhere. */
static enum topology_reason find_reason(const struct topology_config *config, const struct topology_input *input)
{
    if (input->pin == PIN_MCU && !input->has_mixer)
        return input->is_mixer_refused ? TOPOLOGY_REASON_MIXERS_BUSY : TOPOLOGY_REASON_NO_MIXER;
    if (input->pin == PIN_MCU)
        return TOPOLOGY_REASON_PIN;
    enum topology_reason obstacle = find_obstacle(config, input);
    if (obstacle != TOPOLOGY_REASON_NONE)
        return obstacle;
    if (input->pin != PIN_AUTO)
        return input->pin == PIN_SFU ? TOPOLOGY_REASON_PIN : TOPOLOGY_REASON_NONE;
    return find_drawback(config, input);
}

static enum topology_reason find_missing_path(const struct topology_input *input)
{
    if (input->failed_pairs > 0)
        return TOPOLOGY_REASON_PAIR;
    return input->proven_pairs < input->count * (input->count - 1) / 2 ? TOPOLOGY_REASON_UNPROVEN
                                                                       : TOPOLOGY_REASON_NONE;
}

void topology_init(struct topology_state *state)
{
    *state = (struct topology_state){.topology = TOPOLOGY_SFU,
                                     .reason = TOPOLOGY_REASON_ALONE,
                                     .mesh_possible_since = USEC_NEVER,
                                     .probe_at = USEC_NEVER};
}

static void stay_on_router(struct topology_state *state, bool is_mixed, enum topology_reason reason)
{
    state->topology = is_mixed ? TOPOLOGY_MCU : TOPOLOGY_SFU;
    state->reason = reason;
    state->mesh_possible_since = USEC_NEVER;
}

/* Whether probing goes on, or may start now. In what was a Mesh until now the paths are there already. */
static bool may_probe(struct topology_state *state, enum topology before, unsigned count, usec_t now)
{
    uint64_t tries = count - 1;
    if (state->is_probing || before == TOPOLOGY_MESH)
        return true;
    if (tries < TOPOLOGY_TRIES_LEAST)
        tries = TOPOLOGY_TRIES_LEAST;
    if (tries > TOPOLOGY_TRIES.burst)
        tries = TOPOLOGY_TRIES.burst;
    if (budget_take(&state->tries, &TOPOLOGY_TRIES, tries, now))
        return true;
    state->probe_at = budget_when(&state->tries, &TOPOLOGY_TRIES, tries, now);
    return false;
}

bool topology_update(struct topology_state *state, const struct topology_config *config,
                     const struct topology_input *input, usec_t now)
{
    enum topology before = state->topology;
    enum topology_reason reason = find_reason(config, input);
    bool may_be_direct = reason == TOPOLOGY_REASON_NONE;
    if (may_be_direct)
        reason = find_missing_path(input);
    if (reason != TOPOLOGY_REASON_NONE) {
        stay_on_router(state, input->pin == PIN_MCU && input->has_mixer, reason);
    } else if (state->topology != TOPOLOGY_MESH) {
        state->topology = TOPOLOGY_SFU;
        if (state->mesh_possible_since == USEC_NEVER)
            state->mesh_possible_since = now;
        if (input->pin == PIN_MESH || now >= state->mesh_possible_since + config->hold) {
            state->topology = TOPOLOGY_MESH;
            state->reason = TOPOLOGY_REASON_NONE;
            state->mesh_possible_since = USEC_NEVER;
        }
    }
    state->probe_at = USEC_NEVER;
    state->is_probing = may_be_direct && reason != TOPOLOGY_REASON_PAIR && state->topology == TOPOLOGY_SFU &&
                        may_probe(state, before, input->count, now);
    return state->topology != before;
}

usec_t topology_next(const struct topology_state *state, const struct topology_config *config)
{
    usec_t calm = state->mesh_possible_since == USEC_NEVER ? USEC_NEVER : state->mesh_possible_since + config->hold;
    return usec_min(calm, state->probe_at);
}
