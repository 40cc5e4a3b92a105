/* The size of H.264 pictures, from a sequence parameter set. */
#ifndef HEDDLE_WIRE_CODEC_H264_SIZE_H
#define HEDDLE_WIRE_CODEC_H264_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `data` is the NAL unit behind its header. False: it ends early, or describes no picture that fits 16 bits. */
bool h264_read_size(const uint8_t *data, size_t length, uint16_t *width, uint16_t *height);

#endif
