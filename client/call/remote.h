/* A video of one other participant and the audio with it (camera and microphone, a screen and its audio, or a second
 * camera): decoding,
 * and what is measured there. The same publication may come in by two connections while a room changes its topology;
 * what is shown swaps to the connection of the new topology with the first frame that is decoded from it. No I/O but
 * the recorder's files; time is an argument. */
#ifndef HEDDLE_CLIENT_REMOTE_H
#define HEDDLE_CLIENT_REMOTE_H

#include "client/media/picture_quality.h"
#include "client/media/recorder.h"
#include "client/rtp/decode_budget.h"
#include "client/rtp/rtp_session.h"
#include "signaling/proto/names.h"

struct remote;

/* `budget` is of the thread that decodes; borrowed. */
struct remote *remote_new(struct decode_budget *budget, const char *participant, const char *name);
void remote_free(struct remote *remote);
const char *remote_participant(const struct remote *remote);
const char *remote_name(const struct remote *remote);
void remote_record(struct remote *remote, struct recordings *recordings, enum message_tile which); /* borrowed */

/* Under another id: the server was restarted, and it joined anew. */
void remote_set_participant(struct remote *remote, const char *participant);

/* Its picture is a grid of so many tiles, as the mixer makes it; 0: it is no mix. Delay is then read off the first. */
void remote_set_tiles(struct remote *remote, size_t count);

/* Its test picture is compared with one of this size (picture_quality.h). */
void remote_compare(struct remote *remote, unsigned width, unsigned height);

/* A connection that a publication comes in by. */
struct remote_connection {
    unsigned via;    /* a number of its own; not 0 */
    bool is_current; /* of the room's topology: takes over with its first decoded frame; others are shown until then */
};
struct remote_picture {
    const struct picture *picture; /* NULL: nothing to show */
    bool needs_keyframe;           /* its decoder is stuck */
    const char *refused;           /* why pictures of it are not decoded, the first time; NULL: no news */
    usec_t gap;                    /* since the picture shown before; -1: not known */
};
void remote_video(struct remote *remote, struct remote_connection connection, const struct session_frame *frame,
                  usec_t now, int64_t wall_us, struct remote_picture *result);
/* What decoding took of the thread's time, and of video showing it, too (decode_budget.h). After frames were left out,
 * video goes on at a keyframe. */
void remote_charge(struct remote *remote, enum media_kind kind, usec_t spent, usec_t now);
struct remote_pcm {
    const int16_t *samples; /* stereo, 48 kHz; NULL: none */
    size_t count;           /* per channel */
    const char *refused;    /* why audio of it is not decoded, the first time; NULL: no news */
    usec_t gap;             /* since the packet heard before; -1: not known */
};
void remote_audio(struct remote *remote, struct remote_connection connection, const struct session_frame *frame,
                  usec_t now, struct remote_pcm *result);
/* It has left: its decoders are freed, its recording is completed, its statistics stay. */
void remote_left(struct remote *remote);
/* Adds the statistics of a track that has ended. */
void remote_count(struct remote *remote, enum media_kind kind, const struct receive_track_stats *stats);
/* A connection is gone; its counters are added up. */
void remote_closed(struct remote *remote, unsigned via, const struct receive_track_stats *video,
                   const struct receive_track_stats *audio);
/* Muted, or no longer: the time without frames is no freeze. */
void remote_pause(struct remote *remote, enum media_kind kind);
/* True when what is shown and heard comes by this connection, or nothing comes at all. */
bool remote_is_via(const struct remote *remote, enum media_kind kind, unsigned via);

struct remote_stats {
    struct {
        uint64_t frames_received, frames_decoded, decode_errors, bytes;
        uint64_t frames_left_out;                                  /* "too costly": until a keyframe after that */
        uint64_t pattern_frames, pattern_missed, pattern_repeated; /* by the counter in the picture */
        unsigned freezes;
        usec_t longest_freeze, longest_gap, frozen_now;
        int delay_p50_ms, delay_p95_ms; /* -1: not known */
        double ssim;                    /* -1: not known */
        unsigned width, height;
        usec_t first_frame;  /* when; 0: none */
        const char *refused; /* why pictures were refused: "too large" or "too costly"; "": none was */
    } video;
    struct {
        uint64_t packets, bytes, concealed, packets_left_out;
        const char *refused; /* "too costly"; "": nothing was */
        int level_dbov;      /* of the last second; -127: silence */
        usec_t longest_gap;
    } audio;
    /* of connections that are closed */
    struct receive_track_stats past_video, past_audio;
};
void remote_get_stats(const struct remote *remote, struct remote_stats *stats, usec_t now);

#endif
