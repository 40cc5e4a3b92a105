#include "transport/wire/dependency.h"

#include <string.h>

#include "transport/base/bits.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define MANDATORY_SIZE 3

/* ns(n): a value below `n` in as few bits as that allows. */
static unsigned take_below(struct bits *bits, unsigned n)
{
    unsigned width = 0;
    while (n >> width != 0)
        width++;
    unsigned short_values = (1u << width) - n;
    unsigned value = width > 0 ? bits_take(bits, width - 1) : 0;
    if (value < short_values)
        return value;
    return (value << 1 | bits_take(bits, 1)) - short_values;
}

/* Templates are listed by rising layers. */
static int take_layers(struct bits *bits, struct dependency_structure *structure)
{
    unsigned spatial = 0, temporal = 0;
    enum { SAME, NEXT_TEMPORAL, NEXT_SPATIAL, END } next;
    do {
        if (structure->template_count == DEPENDENCY_TEMPLATES_MAX || bits->is_short)
            return ERR_INVALID;
        struct dependency_template *template = &structure->templates[structure->template_count++];
        template->spatial_id = (uint8_t)spatial;
        template->temporal_id = (uint8_t)temporal;
        next = bits_take(bits, 2);
        temporal = next == NEXT_TEMPORAL ? temporal + 1 : next == NEXT_SPATIAL ? 0 : temporal;
        spatial += next == NEXT_SPATIAL;
    } while (next != END);
    structure->spatial_count = (uint8_t)(spatial + 1);
    return 0;
}

/* A decode target's layer is the highest of the frames that are part of it. */
static void find_target_layers(struct dependency_structure *structure)
{
    for (unsigned target = 0; target < structure->target_count; target++) {
        for (unsigned i = 0; i < structure->template_count; i++) {
            const struct dependency_template *template = &structure->templates[i];
            if (template->indications[target] == INDICATION_ABSENT)
                continue;
            if (template->spatial_id > structure->target_spatial[target])
                structure->target_spatial[target] = template->spatial_id;
            if (template->temporal_id > structure->target_temporal[target])
                structure->target_temporal[target] = template->temporal_id;
        }
    }
}

/* Skips references between frames, and chains: only receivers need them. */
static void skip_references(struct bits *bits, struct dependency_structure *structure)
{
    for (unsigned i = 0; i < structure->template_count; i++)
        while (bits_take(bits, 1) == 1)
            bits_take(bits, 4);
    structure->chain_count = (uint8_t)take_below(bits, structure->target_count + 1u);
    if (structure->chain_count == 0)
        return;
    for (unsigned i = 0; i < structure->target_count; i++)
        take_below(bits, structure->chain_count);
    for (unsigned i = 0; i < (unsigned)structure->template_count * structure->chain_count; i++)
        bits_take(bits, 4);
}

static int take_structure(struct bits *bits, struct dependency_structure *structure)
{
    memset(structure, 0, sizeof *structure);
    structure->first_id = (uint8_t)bits_take(bits, 6);
    structure->target_count = (uint8_t)(bits_take(bits, 5) + 1);
    int error = take_layers(bits, structure);
    if (error != 0)
        return error;
    for (unsigned i = 0; i < structure->template_count; i++)
        for (unsigned target = 0; target < structure->target_count; target++)
            structure->templates[i].indications[target] = (uint8_t)bits_take(bits, 2);
    find_target_layers(structure);
    skip_references(bits, structure);
    if (bits_take(bits, 1) == 1) {
        for (unsigned i = 0; i < structure->spatial_count; i++) {
            structure->width = (uint16_t)(bits_take(bits, 16) + 1);
            structure->height = (uint16_t)(bits_take(bits, 16) + 1);
        }
    }
    return bits->is_short ? ERR_TRUNCATED : 0;
}

/* The highest temporal layer, in the frame's spatial layer, up to which a receiver may switch to every decode target
 * here. */
static uint8_t find_sync(const struct dependency_structure *structure, const struct dependency *frame,
                         const uint8_t *indications)
{
    unsigned sync = 0, blocked = UINT8_MAX;
    for (unsigned target = 0; target < structure->target_count; target++) {
        unsigned temporal = structure->target_temporal[target];
        if (structure->target_spatial[target] != frame->spatial_id || temporal < frame->temporal_id)
            continue;
        if (indications[target] == INDICATION_SWITCH)
            sync = temporal > sync ? temporal : sync;
        else
            blocked = temporal < blocked ? temporal : blocked;
    }
    return (uint8_t)(sync < blocked ? sync : 0);
}

static int take_frame(struct bits *bits, const struct dependency_structure *structure, unsigned template_id,
                      bool has_own_indications, struct dependency *out)
{
    uint8_t indications[DEPENDENCY_TARGETS_MAX];
    unsigned index = (template_id + 64u - structure->first_id) % 64u;
    if (index >= structure->template_count)
        return ERR_NOT_FOUND;
    const struct dependency_template *template = &structure->templates[index];
    memcpy(indications, template->indications, sizeof indications);
    for (unsigned target = 0; has_own_indications && target < structure->target_count; target++)
        indications[target] = (uint8_t)bits_take(bits, 2);
    out->spatial_id = template->spatial_id;
    out->temporal_id = template->temporal_id;
    out->sync_temporal = find_sync(structure, out, indications);
    return bits->is_short ? ERR_TRUNCATED : 0;
}

int dependency_parse(struct dependency *out, struct dependency_structure *structure, const uint8_t *value,
                     size_t length)
{
    struct dependency_structure found;
    const struct dependency_structure *used = structure;
    bool has_active = false, has_own_indications = false;
    *out = (struct dependency){0};
    if (length < MANDATORY_SIZE)
        return ERR_TRUNCATED;
    out->start = (value[0] & 0x80) != 0;
    out->end = (value[0] & 0x40) != 0;
    out->frame_number = get_u16(value + DEPENDENCY_FRAME_NUMBER_OFFSET);
    struct bits bits = {.data = value, .count = length * 8, .at = (size_t)MANDATORY_SIZE * 8};
    if (length > MANDATORY_SIZE) {
        out->has_structure = bits_take(&bits, 1) == 1;
        has_active = bits_take(&bits, 1) == 1;
        has_own_indications = bits_take(&bits, 1) == 1;
        bits_take(&bits, 2); /* own references and chains follow what is read here */
    }
    if (out->has_structure) {
        int error = take_structure(&bits, &found);
        if (error != 0)
            return error;
        used = &found;
    }
    if (has_active)
        bits_take(&bits, used->target_count);
    int error = take_frame(&bits, used, value[0] & 0x3f, has_own_indications, out);
    if (error == 0 && out->has_structure)
        *structure = found;
    return error;
}
