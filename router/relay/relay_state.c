#include "router/relay/relay_state.h"

#include "transport/base/message_head.h"
#include "transport/wire/media_form.h"

int relay_state_write(const struct relay_state *state, uint8_t *out, size_t capacity)
{
    struct byte_writer writer = {.out = out, .capacity = capacity};
    write_text(&writer, state->room);
    write_text(&writer, state->participant);
    write_u8(&writer, (uint8_t)state->publication_count);
    for (size_t i = 0; i < state->publication_count; i++) {
        const struct relay_publication *publication = &state->publications[i];
        write_text(&writer, publication->source);
        write_flag(&writer, publication->muted);
        media_form_write(&writer, &publication->media);
    }
    return write_end(&writer);
}

/* These check values; whether the bytes were there, byte_reader tells in the end. */

/* Whether its source and m-line are not used by another publication of the state. */
static bool is_another(const struct relay_state *state, const struct relay_publication *publication)
{
    for (const struct relay_publication *p = state->publications; p < publication; p++)
        if (strcmp(p->source, publication->source) == 0 || strcmp(p->media.mid, publication->media.mid) == 0)
            return false;
    return true;
}

static bool read_publication(struct byte_reader *reader, const struct relay_state *state,
                             struct relay_publication *publication)
{
    publication->media.receive = true;
    return read_text(reader, publication->source, sizeof publication->source) && publication->source[0] != '\0' &&
           read_flag(reader, &publication->muted) && media_form_read(reader, &publication->media) &&
           is_another(state, publication);
}

int relay_state_read(struct relay_state *state, const uint8_t *data, size_t length)
{
    struct byte_reader reader = {.data = data, .left = length};
    *state = (struct relay_state){0};
    bool is_valid = read_text(&reader, state->room, sizeof state->room) &&
                    read_text(&reader, state->participant, sizeof state->participant) &&
                    state->participant[0] != '\0' &&
                    read_count(&reader, RELAY_PUBLICATIONS_MAX, &state->publication_count);
    for (size_t i = 0; is_valid && !reader.has_failed && i < state->publication_count; i++)
        is_valid = read_publication(&reader, state, &state->publications[i]);
    return read_end(&reader, is_valid);
}
