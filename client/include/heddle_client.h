/* The client library of Heddle: join a room, send video and audio, receive those of others, by a router or directly.
 *
 * Everything runs in the thread of the given libuv loop, and every callback comes from that loop. From inside a
 * callback everything may be called but heddle_client_free(), which would abort.
 *
 * A call ends once, with HEDDLE_CLIENT_ENDED: after heddle_client_leave(), or when the server does not let us in or
 * cannot be reached. It is the last callback. By then every connection is closed and nothing of the client keeps the
 * loop running, so that uv_run() returns when the program has nothing else in it. (A look-up of the host's name cannot
 * be called off: when no name server answers, uv_run() and the end of the program wait for the resolver to give up.)
 * What was measured can still be read; calls that would change something do nothing, and heddle_client_publish() says
 * so. Connections that are given up do not end a call: see HEDDLE_CLIENT_STATUS.
 *
 * A program that sends a test picture until another participant leaves (cc ann.c $(pkg-config --cflags --libs
 * heddle-client); where the prefix's lib folder is none of the system's, LD_LIBRARY_PATH names it when it runs):
 *
 *     #include <heddle_client.h>
 *     #include <stdio.h>
 *     #include <string.h>
 *
 *     static struct heddle_client *client;
 *     static int status;
 *
 *     static void on_event(void *user, const struct heddle_client_event *event)
 *     {
 *         (void)user;
 *         printf("%s %s\n", event->participant, event->text);
 *         if (event->type == HEDDLE_CLIENT_PARTICIPANT_LEFT)
 *             heddle_client_leave(client);
 *         if (event->type == HEDDLE_CLIENT_ENDED && strcmp(event->participant, "left") != 0)
 *             status = 1;
 *     }
 *
 *     int main(void)
 *     {
 *         struct heddle_client_config config = {.url = "http://127.0.0.1:8080", .room = "daily", .name = "Ann"};
 *         struct heddle_client_media media = {.video = "test", .audio = "test"};
 *         struct heddle_client_listener listener = {.event = on_event};
 *         const char *reason;
 *         if (heddle_client_new(&client, uv_default_loop(), &config, &listener, &reason) != 0)
 *             return puts(reason), 1;
 *         if (heddle_client_publish(client, &media, &reason) != 0)
 *             return puts(reason), 1;
 *         heddle_client_join(client);
 *         uv_run(uv_default_loop(), UV_RUN_DEFAULT);
 *         heddle_client_free(client);
 *         uv_run(uv_default_loop(), UV_RUN_DEFAULT);
 *         return status;
 *     }
 */
#ifndef HEDDLE_CLIENT_H
#define HEDDLE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* seen in a shared object that has the library in it; nothing else of it is */

/* Versions are semantic. Before 1.0 a minor version (the second number) may change what is here, and the shared library
 * has another name for each; within one, programs that were compiled go on, and what is added is at the end. */
#define HEDDLE_CLIENT_VERSION "0.1.0"

struct heddle_client;

/* That of the library, which may be a later one than HEDDLE_CLIENT_VERSION was when the program was compiled. */
const char *heddle_client_version(void);

struct heddle_client_config {
    const char *url;      /* the page's address: http or https; it may name the room, a token and a key */
    const char *room;     /* NULL: the one that the address names */
    const char *name;     /* as others see it */
    const char *token;    /* access token; NULL: the one that the address has, if any */
    const char *key;      /* passphrase of an end-to-end encrypted room; NULL: the one that the address names in its
                             fragment, if any. heddle_client_new() then takes some tenths of a second */
    const char *service;  /* "mixer" or "recorder": the call ends with "not-allowed" when the access token is not one of
                             such a program, before anybody sees us; NULL: we are no service */
    const char *topology; /* for a new room: "auto", "mesh", "sfu", "mcu"; NULL: none */
    bool accept_any_certificate;
    bool relay_only; /* by TURN only */
    bool receive;    /* everything others publish; false: nothing */
    bool data;       /* with data channels: heddle_client_send_data() */
    bool all_codecs; /* H.264 and AV1, too, which the library neither encodes nor decodes */
    bool no_screens; /* of that, microphones and first cameras only */
    unsigned compared_width,
        compared_height; /* of others' test pictures as they are made; zeros: `ssim` is not known */
    bool no_mesh, no_sfu;
    /* Write what comes in to files there: <participant>-<name>.ivf and .ogg. It is made if need be, and no file in it
     * is ever written over. NULL: don't. */
    const char *record_folder;
    struct heddle_client_reconnection {
        unsigned connect_timeout_ms;   /* for a new connection, and for a rebuilt one: 15000 */
        unsigned auto_wait_ms;         /* how long a disconnected path may heal by itself: 30000 */
        unsigned speculative_delay_ms; /* into that wait a restart is tried that does not disturb the old path: 3000 */
        unsigned max_restarts;         /* 3 */
        unsigned retry_delay_ms;       /* before each restart: 2000 */
        unsigned restart_timeout_ms;   /* for the effect of one restart: 10000 */
    } reconnection;                    /* zeros: the defaults */
};

/* What to send. Names: "test" (a moving picture with frame counter and time in it; a tone), "camera", or a file: .ivf,
 * .y4m for video, .wav, .ogg (Opus) for audio, played over and over. NULL: none. Zeros: the defaults. */
struct heddle_client_media {
    const char *video, *audio;
    unsigned width, height, frames_per_second; /* 640x360 at 30 */
    unsigned bitrate_bps;                      /* of video: 600000 */
    unsigned encodings;                        /* simulcast, 1 to 3: 1 */
    unsigned temporal_layers;                  /* 1 to 3: 1 */
    const char *codec; /* of heddle_client_add_source(): that the application encodes with, heddle_client_push_frame();
                          NULL: the library encodes */
    bool is_fixed;     /* send exactly this, whatever the network carries; else these are upper limits */
};

enum heddle_client_event_type {
    HEDDLE_CLIENT_JOINED,             /* participant: own id; text: the room */
    HEDDLE_CLIENT_TOPOLOGY,           /* text: "mesh", "sfu" or "mcu" */
    HEDDLE_CLIENT_PIN,                /* text: the topology that was chosen for the room, or "auto"; participant: the
                                         name (no id) of who did, "" if nobody here. After joining unless "auto" */
    HEDDLE_CLIENT_PARTICIPANT_JOINED, /* participant, text: the name */
    HEDDLE_CLIENT_PARTICIPANT_LEFT,   /* participant */
    HEDDLE_CLIENT_PUBLICATIONS,       /* participant: what it publishes has changed */
    HEDDLE_CLIENT_SPEAKERS,           /* participant: the loudest; "" when nobody speaks */
    HEDDLE_CLIENT_CHAT,               /* participant, text; after joining also what was written before */
    HEDDLE_CLIENT_CHAT_PRIVATE,       /* the same, to us alone; or our own to one other */
    HEDDLE_CLIENT_HAND,               /* participant (oneself, too); text: "raised" or "lowered" */
    HEDDLE_CLIENT_REACTION,           /* participant; text: as for heddle_client_react() */
    HEDDLE_CLIENT_ROLE,               /* participant (oneself, too); text: "host", or "": it is none any more */
    HEDDLE_CLIENT_MUTED,              /* participant: the host that muted us; text: the source. It is muted from now on,
                                         until heddle_client_mute() unmutes it */
    HEDDLE_CLIENT_WAITING, /* text: the room, whose host has to let us in: HEDDLE_CLIENT_JOINED follows, or the end */
    HEDDLE_CLIENT_WAITS,   /* to hosts: participant waits to be let in; text: the name. With each change all are told */
    HEDDLE_CLIENT_UNMUTE_REQUEST,    /* participant: a host, which asks us to unmute; text: the source */
    HEDDLE_CLIENT_PARTICIPANT_STATE, /* participant; text: "active" or "reconnecting": its place is kept */
    HEDDLE_CLIENT_CONNECTION,        /* participant: the remote peer, or "router"; text: "connecting", "connected",
                                         "waiting", "restarting 2", "rebuilding", "given-up" */
    HEDDLE_CLIENT_SIGNALING,         /* text: "connected", or why it is not */
    HEDDLE_CLIENT_STATUS,            /* text: the call as a whole: "connecting", "connected", "disconnected",
                                         "reconnecting 2/3", "failed" (heddle_client_rejoin() starts again) */
    HEDDLE_CLIENT_RECOVERY,         /* participant: the remote peer, "router" or "server"; text: by what it came back */
    HEDDLE_CLIENT_SWITCH,           /* text: the publication that came over to the other kind of connection */
    HEDDLE_CLIENT_DATA_READY,       /* a message that heddle_client_send_data() did not take can be sent now */
    HEDDLE_CLIENT_WARNING,          /* participant: a code; text: what the server did not like. "data-lost": `text` and
                                       we have lost messages, as one of us did not take them for long.
                                       "unsupported": what somebody sends is in none of our codecs, or its
                                       pictures are too large (beyond 4096 x 2304), or they or its audio too
                                       costly to decode: some of it is left out. "no-turn": only TURN may be
                                       used, and there is none.
                                       "no-such-target": who was to get something has left, most likely */
    HEDDLE_CLIENT_ENCRYPTION,       /* participant; text: "encrypted", its media is decrypted; or "wrong key": it
                                       cannot be, most likely as its passphrase is another one */
    HEDDLE_CLIENT_RECORDING_FAILED, /* text: the file and why; once, the call goes on */
    HEDDLE_CLIENT_RECORDING,        /* text: whether the room is recorded: "off", "starting", "on" or "failed";
                                       participant: why, as the server says it, or "" */
    HEDDLE_CLIENT_KEYFRAME_REQUEST, /* text: the source that the application encodes, whose next frame is to be a
                                       keyframe */
    HEDDLE_CLIENT_MIX_LANES,        /* the server follows the last heddle_client_mix_lanes() */
    HEDDLE_CLIENT_ENDED,            /* participant: a code, "left" after leaving; text: why. Free the client now */
    HEDDLE_CLIENT_LAYOUT,           /* text: how the room's mixer arranges its picture, "grid" or "speaker". After
                                       joining unless "grid" */
};

struct heddle_client_event {
    enum heddle_client_event_type type;
    const char *participant, *text; /* never NULL; valid during the callback */
};

struct heddle_client_picture { /* I420; one that is pushed may be in NV12, too: planes[2] is NULL, and planes[1] has U
                                  and V in turns */
    unsigned width, height;
    const uint8_t *planes[3];
    size_t strides[3];
};

/* What becomes of a message when the network loses it: it comes once and in its order (of those to all, and of those to
 * one), it comes once, or not at all. The first two hold across restarts of connections and changes of topology. */
enum heddle_client_policy { HEDDLE_CLIENT_ORDERED, HEDDLE_CLIENT_UNORDERED, HEDDLE_CLIENT_LOSSY };

struct heddle_client_data {  /* a message of data channels */
    const char *participant; /* from whom; of one to be sent: to whom, NULL for everybody else */
    const char *topic;       /* the application's, up to 64 bytes; to be sent: NULL for none */
    enum heddle_client_policy policy;
    bool is_private; /* of one that came: nobody else got it */
    const uint8_t *payload;
    size_t length; /* up to 16,000 bytes */
};

/* A picture, or a packet of audio, as it was sent: H.264 as a byte stream (annex B), AV1 as OBUs that tell their sizes,
 * without temporal delimiters. */
struct heddle_client_frame {
    const char *participant, *name, *source; /* valid during the callback, as `data` is */
    const char *codec; /* "opus", "red" (what is in it is Opus, too), "VP8", "VP9"; with `all_codecs` also
                                                "H264", "AV1" */
    const uint8_t *data;
    size_t length;
    bool is_keyframe;
    bool is_mix;                    /* of the room's mixer: video or audio of all */
    uint32_t stream;                /* another one: its timestamps begin anew */
    uint32_t timestamp, clock_rate; /* clock_rate: timestamps a second */
    int64_t arrival_us;             /* by a clock that is never set, like uv_hrtime() */
    /* The last sender report of the stream: the time of day, by the clock of who wrote it, at a timestamp. */
    bool has_report;
    int64_t report_us, report_arrival_us;
    uint32_t report_timestamp;
};

struct heddle_client_listener { /* each may be NULL */
    void (*event)(void *user, const struct heddle_client_event *event);
    /* Its time counts as that of decoding: where both take more than the thread has, frames are left out. */
    void (*picture)(void *user, const char *participant, const char *source,
                    const struct heddle_client_picture *picture);
    /* Stereo, 48 kHz; `count` samples per channel. */
    void (*audio)(void *user, const char *participant, const char *source, const int16_t *samples, size_t count);
    void (*data)(void *user, const struct heddle_client_data *data); /* valid during the callback */
    /* With this nothing is decoded: neither of the first two is called. Of video the first frame need not be a
     * keyframe; false asks for one. */
    bool (*frame)(void *user, const struct heddle_client_frame *frame);
    void *user;
};

/* 0, or a negative number and the reason in words, which holds until the next call. Nothing is connected yet. The texts
 * of `config` are copied. */
int heddle_client_new(struct heddle_client **out, uv_loop_t *loop, const struct heddle_client_config *config,
                      const struct heddle_client_listener *listener, const char **reason);
/* Once. */
void heddle_client_join(struct heddle_client *client);
/* Ends with HEDDLE_CLIENT_ENDED, within two seconds whatever the server does, and never from inside this call. */
void heddle_client_leave(struct heddle_client *client);
/* Completes recordings (a negative number: they could not be written) and closes everything at once; the last memory is
 * freed while the loop runs on, until it has nothing left to do. */
int heddle_client_free(struct heddle_client *client);

/* 0; HEDDLE_CLIENT_LATER: too much waits to be acknowledged, HEDDLE_CLIENT_DATA_READY follows; or a negative number:
 * nobody has that id, it is too long, there are no data channels, or (lossy) none is open. It goes to those who are in
 * the room now. */
#define HEDDLE_CLIENT_LATER 1
int heddle_client_send_data(struct heddle_client *client, const struct heddle_client_data *data);

/* Sources: "camera", "microphone", "screen" and "screen-audio", and second ones: "camera-2", "screen-2" and
 * "screen-2-audio". Each is sent once at most, and any of them may come and
 * go before and during a call, whoever makes it: when it comes, others get a publication of that name; that ends when
 * the source does, which may come again as something else. The videos share what the network carries. */

/* A source that the library makes of `media`: of its `video` or its `audio`, as the source is. 0, or a negative number
 * and the reason in words, beginning with the name in `media` if that is to blame; it holds until the next call. */
int heddle_client_publish_source(struct heddle_client *client, const char *source,
                                 const struct heddle_client_media *media, const char **reason);
/* "camera" and "microphone", those that `media` has. When one fails, neither is sent. */
int heddle_client_publish(struct heddle_client *client, const struct heddle_client_media *media, const char **reason);
/* Of either kind, and also one that the application fills; of one that is not sent nothing happens. */
void heddle_client_unpublish(struct heddle_client *client, const char *source);
/* It is still published, without media. */
void heddle_client_mute_source(struct heddle_client *client, const char *source, bool muted);
void heddle_client_mute(struct heddle_client *client, bool audio, bool video); /* "microphone" and "camera" */
/* A source that the application fills itself: what it pushes is encoded once for everybody. Of video `media` says size,
 * rate, bitrate and temporal layers, of audio the bitrate at most (0: 64000); or the `codec` in which the application
 * encodes it. 0, or a negative number and the reason in words. */
int heddle_client_add_source(struct heddle_client *client, const char *source, const struct heddle_client_media *media,
                             const char **reason);
void heddle_client_push_picture(struct heddle_client *client, const char *source,
                                const struct heddle_client_picture *picture);
/* 20 ms: 960 stereo samples at 48 kHz. */
void heddle_client_push_audio(struct heddle_client *client, const char *source, const int16_t *samples);
/* What the application has encoded, into a source that was added with a `codec`: `data`, `length` and, of video,
 * `is_keyframe` count. VP8 and VP9 of one layer; H.264 as a byte stream (annex B) with SPS and PPS before each
 * keyframe; AV1 as a temporal unit whose OBUs tell their sizes; Opus, up to 120 ms and 1192 bytes. Its time is that of
 * the push. HEDDLE_CLIENT_KEYFRAME_REQUEST says when a keyframe is wanted; before one nobody sees anything. */
void heddle_client_push_frame(struct heddle_client *client, const char *source,
                              const struct heddle_client_frame *frame);
/* How large a video of a participant ("camera", "screen-2") is shown, in pixels: the router sends the smallest encoding
 * that will do, and nothing of 0 x 0. Holds until the participant leaves, or we join anew. It may be called for each
 * change: the router is told of all together, ten times a second at most. */
void heddle_client_show_at(struct heddle_client *client, const char *participant, const char *source, unsigned width,
                           unsigned height);
/* Of a mixer: whose voice is not in its sources "mix-1", "mix-2"...; NULL: nobody's. They are sent these instead of
 * "mix". Answered by HEDDLE_CLIENT_MIX_LANES. */
void heddle_client_mix_lanes(struct heddle_client *client, const char *const *participants, size_t count);
void heddle_client_chat(struct heddle_client *client, const char *text);
/* To one other alone. */
void heddle_client_chat_to(struct heddle_client *client, const char *participant, const char *text);
void heddle_client_raise_hand(struct heddle_client *client, bool raised);
/* "thumbs-up", "clap", "heart", "laugh", "surprise" or "party". */
void heddle_client_react(struct heddle_client *client, const char *reaction);
/* What a host of the room may do (HEDDLE_CLIENT_ROLE); to others the server answers with HEDDLE_CLIENT_WARNING.
 * `source`: as of heddle_client_publish_source(). */
/* Nobody gets the source until its owner unmutes it. `participant` NULL: everybody's but one's own. */
void heddle_client_mute_participant(struct heddle_client *client, const char *participant, const char *source);
void heddle_client_ask_unmute(struct heddle_client *client, const char *participant, const char *source);
/* It cannot come back for ten minutes by its access token. `reason` (to 200 characters) is told to it; NULL: none. */
void heddle_client_remove(struct heddle_client *client, const char *participant, const char *reason);
/* The other one is host from now on instead of oneself. */
void heddle_client_transfer_host(struct heddle_client *client, const char *participant);
/* How the room is connected: "auto", "mesh", "sfu" or "mcu"; who has the right of an access token may choose that, too.
 * All are told by HEDDLE_CLIENT_PIN. */
void heddle_client_pin(struct heddle_client *client, const char *topology);
/* How the room's mixer arranges its picture: "grid", with shared screens beside it, or "speaker", with who speaks, or
 * the newest screen, large. Who may pin may choose; all are told by HEDDLE_CLIENT_LAYOUT. Of a mixer, before
 * heddle_client_join(): where nobody in the room has chosen. */
void heddle_client_set_layout(struct heddle_client *client, const char *layout);
/* What we are sent, whoever is host: "on": one picture and one sound of all, made by the server's mixer, while the
 * others see each other; "off": everybody's own, unless the room is mixed for all; "auto": that until we say that we
 * are too weak for it (PROTOCOL.md, "The mix for one alone"). Also before heddle_client_join(). */
void heddle_client_wish_mix(struct heddle_client *client, const char *wish);
/* Locked: nobody new comes in but hosts. */
void heddle_client_lock_room(struct heddle_client *client, bool locked);
/* From now on newcomers wait until a host lets them in, or no more. */
void heddle_client_set_waiting_room(struct heddle_client *client, bool enabled);
/* Lets in one that waits (HEDDLE_CLIENT_WAITS); NULL: all. */
void heddle_client_admit(struct heddle_client *client, const char *participant);
void heddle_client_deny(struct heddle_client *client, const char *participant);
/* Starts or ends a recording of the room, by the server; all are told by HEDDLE_CLIENT_RECORDING. */
void heddle_client_record(struct heddle_client *client, bool enabled);
/* Of a recorder: that it records, or why it cannot ("disk-full", "cannot-write"); NULL: it does. */
void heddle_client_report_recording(struct heddle_client *client, const char *failure);
/* Of a recorder that records: whether what it sends live to another server arrives there. */
void heddle_client_report_push(struct heddle_client *client, bool arrives);
/* Ends the call for everybody: HEDDLE_CLIENT_ENDED with the code "room-ended" follows. */
void heddle_client_end_room(struct heddle_client *client);
/* A hint: the network changed, or may have. Connections then act at once instead of waiting for their timers. (Changes
 * of addresses are noticed anyway.) */
void heddle_client_network_changed(struct heddle_client *client);
/* Starts the connections again that were given up. */
void heddle_client_rejoin(struct heddle_client *client);

/* On the way from heddle_client_join() to the first picture. */
enum heddle_client_step {
    HEDDLE_CLIENT_STEP_SOCKET, /* signaling is connected, and `join` is sent */
    HEDDLE_CLIENT_STEP_JOINED,
    HEDDLE_CLIENT_STEP_OFFER,  /* the first was sent */
    HEDDLE_CLIENT_STEP_ANSWER, /* the first came */
    HEDDLE_CLIENT_STEP_ICE,    /* a path was found */
    HEDDLE_CLIENT_STEP_DTLS,   /* and keys were agreed on */
    HEDDLE_CLIENT_STEP_PACKET, /* of media came */
    HEDDLE_CLIENT_STEP_FRAME,  /* of video was complete */
    HEDDLE_CLIENT_STEPS,
};

struct heddle_client_stats {
    const char *participant, *room, *topology; /* own id; "" before joining */
    const char *topology_reason;               /* why it is that: "none" in a Mesh, "pin", "count", "pair"...: in
                                                  PROTOCOL.md, "Which topology" */
    const char *pin, *pin_by;                  /* as HEDDLE_CLIENT_PIN has them */
    const char *status;                        /* as HEDDLE_CLIENT_STATUS has it, without the count */
    double duration_s;                         /* since it joined */
    bool was_connected;                        /* at least one connection came up */
    const char *obstacle; /* known from the server, why connections may not come up: a sentence without its stop; "" */
    struct {
        uint64_t video_frames, video_bytes, keyframes, audio_packets, audio_bytes;
        uint64_t retransmissions, keyframe_requests;
        int64_t packets_lost;                                   /* as the receivers report */
        double rtt_ms;                                          /* -1: not known */
        uint64_t late_frames;                                   /* left out as this machine was too slow */
        uint64_t estimate_bps;                                  /* what the weakest connection carries; 0: not known */
        unsigned width, height, frames_per_second, bitrate_bps; /* of the best encoding that is made now; 0: none */
    } sent;
    struct { /* of everybody who is or was in the room; `packets_lost` did not come in by RTX either */
        uint64_t video_packets, audio_packets, recovered;
        int64_t video_packets_lost, audio_packets_lost;
    } received;
    uint64_t signaling_bytes;
    size_t
        remotes; /* participants that are in the room, their screens and second cameras, and the last 256 that were */
    size_t forgotten;   /* those that left before: they are in the sums only */
    size_t connections; /* now */
    size_t left_out;    /* publications that are not received: the router sends us 64 of each kind at most */
    size_t recoveries, switches;
    bool is_encrypted;                    /* end to end */
    double steps_ms[HEDDLE_CLIENT_STEPS]; /* after heddle_client_join(); -1: not reached */
};
void heddle_client_get_stats(const struct heddle_client *client, struct heddle_client_stats *stats);

struct heddle_client_remote {
    const char *participant, *name;
    bool is_screen;         /* this is a screen of the participant, with its audio; else a camera, or that and voice */
    const char *source;     /* which of them: "camera" (also of a mixer), "screen", "camera-2" or "screen-2" */
    bool is_here;           /* false: it has left */
    const char *encryption; /* as HEDDLE_CLIENT_ENCRYPTION has it; "": nothing came yet, or the call is not encrypted */
    struct {
        bool is_muted;
        uint64_t frames_received, frames_decoded, decode_errors, bytes, packets, recovered;
        uint64_t frames_left_out;                                /* not decoded: that would have cost too much time */
        uint64_t counter_read, counter_missed, counter_repeated; /* the frame counter in a test picture */
        int64_t packets_lost;
        unsigned freezes;
        double longest_freeze_ms, longest_gap_ms;
        int delay_p50_ms, delay_p95_ms; /* from the time in a test picture; -1: not known */
        double ssim; /* of a test picture, with `compared_width`: 1 is the picture as it was made; -1: not known */
        unsigned width, height;
        double first_frame_ms; /* after joining, or after it joined; -1: none yet */
        uint64_t keyframe_requests;
        const char *unsupported; /* the codec that it is sent in, when that is none of ours; "too large" or "too costly"
                                    if pictures were not decoded for that; else "" */
    } video;
    struct {
        uint64_t packets, bytes, concealed, packets_left_out; /* as `frames_left_out` */
        int64_t packets_lost;
        int level_dbov; /* -127: silence */
        double longest_gap_ms;
        const char *unsupported; /* as of video */
    } audio;
};
/* `index` below heddle_client_stats.remotes. */
void heddle_client_get_remote(const struct heddle_client *client, size_t index, struct heddle_client_remote *remote);

/* A loss that is over. `index` below heddle_client_stats.recoveries. */
struct heddle_client_recovery {
    const char *target; /* the remote peer, "router", or "server": signaling */
    const char *cause;  /* "disconnected", "failed", "network-changed", "signaling-down"... */
    const char *path;   /* "healed", "speculative restart", "restart 1", "rebuilt", "resumed", "joined anew" */
    double at_s;        /* when it was over, after joining */
    double ms;          /* from noticing it until media came in again */
    double gap_ms;      /* between the last frame before and the first after; -1: not known */
};
void heddle_client_get_recovery(const struct heddle_client *client, size_t index,
                                struct heddle_client_recovery *recovery);

/* A publication that came over from a direct connection to the router, or back, as the room changed its topology.
 * `index` below heddle_client_stats.switches. */
struct heddle_client_switch {
    int64_t epoch;                      /* the server's count of changes */
    const char *publication, *topology; /* topology: that it came over to */
    double at_s, gap_ms; /* between the last frame by the old way and the first by the new; -1: not known */
};
void heddle_client_get_switch(const struct heddle_client *client, size_t index, struct heddle_client_switch *out);

struct heddle_client_connection {
    const char *participant, *state, *path, *srtp_profile; /* path: "udp", "tcp", "turn/udp"... */
    bool is_retired;                                       /* of the room's former topology */
    bool is_probe;                                         /* carries no media: a direct path that is tried or kept */
};
void heddle_client_get_connection(const struct heddle_client *client, size_t index,
                                  struct heddle_client_connection *connection);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
