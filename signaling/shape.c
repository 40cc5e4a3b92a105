#include "signaling/shape.h"

#include <string.h>

const char *shape_name(enum shape shape)
{
    return shape == SHAPE_MESH ? "mesh" : "sfu";
}

static const char *const pin_names[] = {[PIN_AUTO] = "auto", [PIN_MESH] = "mesh", [PIN_SFU] = "sfu"};

const char *shape_pin_name(enum shape_pin pin)
{
    return pin_names[pin];
}

bool shape_pin_parse(enum shape_pin *out, const char *text)
{
    for (int i = PIN_AUTO; i <= PIN_SFU; i++) {
        if (strcmp(pin_names[i], text) == 0) {
            *out = (enum shape_pin)i;
            return true;
        }
    }
    return false;
}

const char *shape_reason_text(enum shape_reason reason)
{
    static const char *const texts[] = {
        [SHAPE_REASON_NONE] = "a mesh will do",
        [SHAPE_REASON_SERVER] = "the server always routes",
        [SHAPE_REASON_CAPABILITY] = "a participant cannot mesh",
        [SHAPE_REASON_ALONE] = "nobody else is there",
        [SHAPE_REASON_PAIR] = "a pair cannot connect directly",
        [SHAPE_REASON_UNPROVEN] = "not every pair has proven a direct path",
        [SHAPE_REASON_PIN] = "pinned",
        [SHAPE_REASON_NEEDED] = "something in the room needs the router",
        [SHAPE_REASON_COUNT] = "too many participants for a mesh",
        [SHAPE_REASON_UPLINK] = "an up-link is too small for a mesh",
        [SHAPE_REASON_CPU] = "a participant's CPU is too small for a mesh",
    };
    return texts[reason];
}

bool shape_fits_mesh(const struct shape_config *config, unsigned count)
{
    return config->mesh_max > 0 && (count <= config->mesh_max || count <= SHAPE_PINNED_MAX);
}

/* Why a Mesh would not work at all. */
static enum shape_reason find_obstacle(const struct shape_config *config, const struct shape_input *input)
{
    if (config->mesh_max == 0)
        return SHAPE_REASON_SERVER;
    for (unsigned i = 0; i < input->count; i++)
        if (!input->participants[i].can_mesh)
            return SHAPE_REASON_CAPABILITY;
    if (input->count < 2)
        return SHAPE_REASON_ALONE;
    return shape_fits_mesh(config, input->count) ? SHAPE_REASON_NONE : SHAPE_REASON_COUNT;
}

/* Why a Mesh would be worse. */
static enum shape_reason find_drawback(const struct shape_config *config, const struct shape_input *input)
{
    if (input->needs_router)
        return SHAPE_REASON_NEEDED;
    if (input->count > config->mesh_max)
        return SHAPE_REASON_COUNT;
    for (unsigned i = 0; i < input->count; i++) {
        const struct shape_participant *participant = &input->participants[i];
        if (participant->uplink_bps > 0 && participant->uplink_bps < (int64_t)(input->count - 1) * config->copy_bps)
            return SHAPE_REASON_UPLINK;
        if (participant->overloaded_at > 0 && input->count >= participant->overloaded_at)
            return SHAPE_REASON_CPU;
    }
    return SHAPE_REASON_NONE;
}

/* Why the router is used, direct paths apart. */
static enum shape_reason find_reason(const struct shape_config *config, const struct shape_input *input)
{
    enum shape_reason obstacle = find_obstacle(config, input);
    if (obstacle != SHAPE_REASON_NONE)
        return obstacle;
    if (input->pin != PIN_AUTO)
        return input->pin == PIN_SFU ? SHAPE_REASON_PIN : SHAPE_REASON_NONE;
    return find_drawback(config, input);
}

static enum shape_reason find_missing_path(const struct shape_input *input)
{
    if (input->failed_pairs > 0)
        return SHAPE_REASON_PAIR;
    return input->proven_pairs < input->count * (input->count - 1) / 2 ? SHAPE_REASON_UNPROVEN : SHAPE_REASON_NONE;
}

void shape_init(struct shape_state *state)
{
    *state = (struct shape_state){.shape = SHAPE_SFU, .reason = SHAPE_REASON_ALONE, .calm_since = USEC_NEVER};
}

static void stay_on_router(struct shape_state *state, enum shape_reason reason)
{
    state->shape = SHAPE_SFU;
    state->reason = reason;
    state->calm_since = USEC_NEVER;
}

bool shape_update(struct shape_state *state, const struct shape_config *config, const struct shape_input *input,
                  usec_t now)
{
    enum shape before = state->shape;
    enum shape_reason reason = find_reason(config, input);
    bool wants_direct = reason == SHAPE_REASON_NONE;
    if (wants_direct)
        reason = find_missing_path(input);
    if (reason != SHAPE_REASON_NONE) {
        stay_on_router(state, reason);
    } else if (state->shape == SHAPE_SFU) {
        if (state->calm_since == USEC_NEVER)
            state->calm_since = now;
        if (input->pin == PIN_MESH || now >= state->calm_since + config->hold) {
            state->shape = SHAPE_MESH;
            state->reason = SHAPE_REASON_NONE;
            state->calm_since = USEC_NEVER;
        }
    }
    state->is_probing = wants_direct && reason != SHAPE_REASON_PAIR && state->shape == SHAPE_SFU;
    return state->shape != before;
}

usec_t shape_next(const struct shape_state *state, const struct shape_config *config)
{
    return state->calm_since == USEC_NEVER ? USEC_NEVER : state->calm_since + config->hold;
}
