#include "router/worker/egress_runs.h"

static bool may_pad(const struct packet_image *image, size_t to)
{
    size_t padding = to - image->length;
    return padding == 0 || (image->padding == 0 && padding <= UINT8_MAX && padding <= to / 16);
}

/* The end of the run that begins at `first`: all of the largest size, the last may be smaller. */
static size_t find_run(const struct packet_image *images, size_t first, size_t count, size_t *largest)
{
    size_t end = first + 1;
    *largest = images[first].length;
    for (; end < count && end - first < EGRESS_SEGMENTS_MAX; end++) {
        size_t length = images[end].length;
        for (size_t i = first; i < end && length > *largest; i++)
            if (!may_pad(&images[i], length))
                return end;
        if (length > *largest)
            *largest = length;
        else if (!may_pad(&images[end], *largest))
            return end + 1;
    }
    return end;
}

void egress_even_out(struct packet_image *images, size_t count)
{
    size_t largest;
    for (size_t first = 0, end; first < count; first = end) {
        end = find_run(images, first, count, &largest);
        for (size_t i = first; i + 1 < end; i++)
            packet_image_pad(&images[i], (uint8_t)(largest - images[i].length));
    }
}

bool egress_join(struct ice_message *last, const uint8_t *data, size_t length)
{
    size_t segment = last->segment_size > 0 ? last->segment_size : last->length;
    if (last->data + last->length != data || last->length % segment != 0 || length > segment ||
        last->length / segment >= EGRESS_SEGMENTS_MAX || last->length + length > EGRESS_SEGMENTED_BYTES_MAX)
        return false;
    last->segment_size = segment;
    last->length += length;
    return true;
}
