/* A V4L2 camera that gives YUYV or I420 (every webcam has the former). */
#ifndef HEDDLE_CLIENT_CAMERA_H
#define HEDDLE_CLIENT_CAMERA_H

#include <stdbool.h>

#include "client/media/picture.h"

struct camera;

/* The first device that captures. The size asked for goes in, the size given comes out. ERR_NOT_FOUND: no camera. */
int camera_open(struct camera **out, unsigned *width, unsigned *height, unsigned frames_per_second,
                const char **reason);
void camera_close(struct camera *camera);
/* The newest picture since the last call, copied to a picture of the camera's size; false: none yet. Never blocks. */
bool camera_take(struct camera *camera, struct picture *picture);

#endif
