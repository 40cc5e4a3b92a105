#include "router/relay/relay_state.h"

#include "transport/base/byte_cursor.h"
#include "transport/base/error.h"
#include "transport/wire/media_form.h"

#define FLAG_MUTED 1u

int relay_state_write(const struct relay_state *state, uint8_t *out, size_t capacity)
{
    struct byte_writer writer = {.out = out, .capacity = capacity};
    write_text(&writer, state->room);
    write_text(&writer, state->participant);
    write_u8(&writer, (uint8_t)state->publication_count);
    for (size_t i = 0; i < state->publication_count; i++) {
        const struct relay_publication *publication = &state->publications[i];
        write_text(&writer, publication->source);
        write_u8(&writer, publication->muted ? FLAG_MUTED : 0);
        media_form_write(&writer, &publication->media);
    }
    return writer.has_failed ? ERR_NO_SPACE : (int)writer.length;
}

/* The functions that read say whether the value can be; that it was there is the reader's to say. */

/* One source, one m-line, one publication. */
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
    bool is_valid =
        read_text(reader, publication->source, sizeof publication->source) && publication->source[0] != '\0';
    uint8_t flags = read_u8(reader);
    publication->muted = (flags & FLAG_MUTED) != 0;
    publication->media.receive = true;
    return is_valid && (flags & ~FLAG_MUTED) == 0 && media_form_read(reader, &publication->media) &&
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
    if (reader.has_failed)
        return ERR_TRUNCATED;
    return is_valid && reader.left == 0 ? 0 : ERR_INVALID;
}
