/* The rows of the table in codec.h: one for each file of this folder. Private to codec.c. */
#ifndef HEDDLE_WIRE_CODEC_FORMATS_H
#define HEDDLE_WIRE_CODEC_FORMATS_H

#include "transport/wire/codec.h"

extern const struct codec_format codec_opus, codec_red, codec_vp8, codec_vp9, codec_av1, codec_h264;

#endif
