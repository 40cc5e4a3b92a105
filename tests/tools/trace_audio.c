/* Decodes the audio that a packet trace (--packet-trace) has, as far as it has it: whoever has the trace could do the
 * same. Prints how many packets of Opus there are, and how many of them are silence:
 *
 *   trace_audio FILE   {"packets":120,"silent":120} */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/audio_level.h"
#include "client/media/opus_codec.h"
#include "transport/wire/rtp.h"

#define LINE_SIZE 4096
#define SILENT_DBOV (-80)

/* The payload type of Opus in a line "media PARTICIPANT MID audio ... 111=opus"; -1: it has none. */
static int opus_type(const char *line)
{
    const char *codec = strstr(line, "=opus");
    if (strncmp(line, "media ", 6) != 0 || codec == NULL)
        return -1;
    while (codec[-1] >= '0' && codec[-1] <= '9')
        codec--;
    return atoi(codec);
}

static size_t read_hex(const char *text, uint8_t *out)
{
    size_t length = 0;
    for (unsigned byte; sscanf(text + 2 * length, "%2x", &byte) == 1;)
        out[length++] = (uint8_t)byte;
    return length;
}

static bool is_silent(struct opus_receiver *opus, const uint8_t *data, size_t length)
{
    static int16_t pcm[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX];
    int samples = opus_receiver_decode(opus, data, length, pcm);
    return samples > 0 && audio_level_dbov(pcm, (size_t)samples * OPUS_CHANNELS_MAX) <= SILENT_DBOV;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) {
        fputs("usage: trace_audio FILE\n", stderr);
        return 2;
    }
    struct opus_receiver *opus = opus_receiver_new();
    static char line[LINE_SIZE];
    int type = -1;
    unsigned packets = 0, silent = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uint8_t data[LINE_SIZE];
        struct rtp_header header;
        const char *hex = strrchr(line, ' ');
        if (opus_type(line) >= 0)
            type = opus_type(line);
        if (strncmp(line, "rtp ", 4) != 0 || hex == NULL)
            continue;
        size_t length = read_hex(hex + 1, data);
        if (rtp_parse(&header, data, length) != 0 || header.payload_type != type)
            continue;
        packets++;
        silent += is_silent(opus, data + header.payload_offset, length - header.payload_offset);
    }
    printf("{\"packets\":%u,\"silent\":%u}\n", packets, silent);
    opus_receiver_free(opus);
    fclose(file);
    return 0;
}
