#include "transport/wire/frame.h"

#include "transport/base/error.h"
#include "transport/wire/dependency.h"

int frame_parse(struct frame_info *info, enum codec codec, const uint8_t *payload, size_t length)
{
    const struct codec_format *format = codec_format(codec);
    *info = (struct frame_info){0};
    if (length == 0)
        return 0;
    return format != NULL && format->parse != NULL ? format->parse(info, payload, length) : ERR_UNSUPPORTED;
}

void frame_add_dependency(struct frame_info *info, const struct dependency *dependency,
                          const struct dependency_structure *structure)
{
    info->start = dependency->start;
    info->end = dependency->end;
    info->keyframe = dependency->start && dependency->has_structure;
    info->has_layers = true;
    info->spatial_id = dependency->spatial_id;
    info->temporal_id = dependency->temporal_id;
    info->sync_temporal = dependency->sync_temporal;
    info->has_descriptor = true;
    info->picture_id_bits = 16;
    info->picture_id = dependency->frame_number;
    info->refers_by_distance = true;
    if (dependency->has_structure) {
        info->width = structure->width;
        info->height = structure->height;
    }
}
