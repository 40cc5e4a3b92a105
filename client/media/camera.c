#include "client/media/camera.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define DEVICES 16
#define BUFFERS 4

struct camera {
    int fd;
    bool is_yuyv;
    size_t stride;
    struct {
        uint8_t *data;
        size_t length;
    } buffers[BUFFERS];
    unsigned buffer_count;
};

static int control(int fd, unsigned long request, void *argument)
{
    int result;
    do
        result = ioctl(fd, request, argument);
    while (result < 0 && errno == EINTR);
    return result;
}

static int open_device(void)
{
    for (int i = 0; i < DEVICES; i++) {
        char path[32];
        snprintf(path, sizeof path, "/dev/video%d", i);
        int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        struct v4l2_capability capability = {0};
        if (control(fd, VIDIOC_QUERYCAP, &capability) == 0 && (capability.device_caps & V4L2_CAP_VIDEO_CAPTURE) != 0 &&
            (capability.device_caps & V4L2_CAP_STREAMING) != 0)
            return fd;
        close(fd);
    }
    return -1;
}

static bool set_format(struct camera *camera, unsigned *width, unsigned *height)
{
    static const uint32_t formats[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_YUV420};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        format.fmt.pix.width = *width;
        format.fmt.pix.height = *height;
        format.fmt.pix.pixelformat = formats[i];
        format.fmt.pix.field = V4L2_FIELD_NONE;
        if (control(camera->fd, VIDIOC_S_FMT, &format) != 0 || format.fmt.pix.pixelformat != formats[i])
            continue;
        *width = format.fmt.pix.width & ~1U;
        *height = format.fmt.pix.height & ~1U;
        camera->is_yuyv = formats[i] == V4L2_PIX_FMT_YUYV;
        camera->stride = format.fmt.pix.bytesperline;
        return true;
    }
    return false;
}

static bool start(struct camera *camera)
{
    struct v4l2_requestbuffers request = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (control(camera->fd, VIDIOC_REQBUFS, &request) != 0)
        return false;
    for (unsigned i = 0; i < request.count && i < BUFFERS; i++) {
        struct v4l2_buffer buffer = {.index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
        if (control(camera->fd, VIDIOC_QUERYBUF, &buffer) != 0)
            return false;
        void *data = mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, camera->fd, buffer.m.offset);
        if (data == MAP_FAILED)
            return false;
        camera->buffers[i].data = data;
        camera->buffers[i].length = buffer.length;
        camera->buffer_count++;
        if (control(camera->fd, VIDIOC_QBUF, &buffer) != 0)
            return false;
    }
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    return control(camera->fd, VIDIOC_STREAMON, &type) == 0;
}

int camera_open(struct camera **out, unsigned *width, unsigned *height, unsigned frames_per_second, const char **reason)
{
    int fd = open_device();
    if (fd < 0) {
        *reason = "there is no camera";
        return ERR_NOT_FOUND;
    }
    struct camera *camera = mem_alloc(sizeof *camera);
    camera->fd = fd;
    if (!set_format(camera, width, height)) {
        *reason = "the camera gives neither YUYV nor I420";
        camera_close(camera);
        return ERR_UNSUPPORTED;
    }
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    rate.parm.capture.timeperframe = (struct v4l2_fract){1, frames_per_second};
    control(fd, VIDIOC_S_PARM, &rate); /* a request; the camera may give another rate */
    if (!start(camera)) {
        *reason = "the camera does not start";
        camera_close(camera);
        return ERR_IO;
    }
    *out = camera;
    return 0;
}

void camera_close(struct camera *camera)
{
    if (camera == NULL)
        return;
    for (unsigned i = 0; i < camera->buffer_count; i++)
        munmap(camera->buffers[i].data, camera->buffers[i].length);
    close(camera->fd);
    free(camera);
}

/* Two pixels are Y0 U Y1 V; every second row's chroma is left out. */
static void from_yuyv(struct picture *picture, const uint8_t *data, size_t stride)
{
    for (unsigned y = 0; y < picture->height; y++) {
        const uint8_t *in = data + y * stride;
        uint8_t *luma = picture->planes[0] + y * picture->strides[0];
        uint8_t *u = picture->planes[1] + y / 2 * picture->strides[1];
        uint8_t *v = picture->planes[2] + y / 2 * picture->strides[2];
        for (unsigned x = 0; x + 1 < picture->width; x += 2, in += 4) {
            luma[x] = in[0];
            luma[x + 1] = in[2];
            u[x / 2] = in[1];
            v[x / 2] = in[3];
        }
    }
}

static void from_i420(struct picture *picture, const uint8_t *data, size_t stride)
{
    for (int plane = 0; plane < 3; plane++) {
        size_t line = plane == 0 ? stride : stride / 2;
        for (unsigned y = 0; y < picture_plane_height(picture, plane); y++, data += line)
            memcpy(picture->planes[plane] + y * picture->strides[plane], data, picture_plane_width(picture, plane));
    }
}

static bool is_whole(const struct camera *camera, const struct picture *picture, size_t length)
{
    size_t luma = camera->stride * picture->height;
    return length >= (camera->is_yuyv ? luma : luma + luma / 2);
}

bool camera_take(struct camera *camera, struct picture *picture)
{
    bool taken = false;
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    while (control(camera->fd, VIDIOC_DQBUF, &buffer) == 0) {
        const uint8_t *data = camera->buffers[buffer.index].data;
        if (is_whole(camera, picture, buffer.bytesused)) {
            if (camera->is_yuyv)
                from_yuyv(picture, data, camera->stride);
            else
                from_i420(picture, data, camera->stride);
            taken = true;
        }
        control(camera->fd, VIDIOC_QBUF, &buffer);
    }
    return taken;
}
