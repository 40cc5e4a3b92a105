#include "tests/support/video_line.h"

#include <stdio.h>

struct media video_line(const char *mid)
{
    struct media line = {.kind = MEDIA_VIDEO, .codec_count = 1, .rtcp_reduced_size = true};
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    line.codecs[0] = (struct media_codec){.codec = CODEC_VP8,
                                          .payload_type = VP8,
                                          .rtx_payload_type = RTX,
                                          .clock_rate = 90000,
                                          .channels = 1,
                                          .nack = true,
                                          .pli = true};
    return line;
}
