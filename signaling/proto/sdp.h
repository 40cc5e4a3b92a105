/* SDP as WebRTC uses it (RFC 8866, RFC 8829, RFC 8839, RFC 8842, RFC 8843, RFC 8851, RFC 8853, RFC 4588, RFC 5576): own
 * parser and writer. Pure. A description is parsed into this structure. Parsing is strict about the form of lines and
 * about m-lines: an error there refuses the whole description, with the line number and what was expected. An invalid
 * value anywhere else only loses that attribute, or the m-line, which is then marked as rejected with a reason. ICE
 * credentials, fingerprint and DTLS role may be missing here: negotiate.h needs them on the transport's m-line only,
 * and reports them. */
#ifndef HEDDLE_SIGNALING_SDP_H
#define HEDDLE_SIGNALING_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/proto/refusal.h"
#include "transport/wire/media.h"

#define SDP_SIZE_MAX (256 * 1024)
#define SDP_MEDIA_MAX 256
#define SDP_SSRCS_MAX 16 /* kept for an m-line */

enum sdp_setup { SDP_SETUP_NONE, SDP_SETUP_ACTPASS, SDP_SETUP_ACTIVE, SDP_SETUP_PASSIVE };

struct sdp_codec { /* one payload type of an m-line as written; RTX is resolved through `apt` */
    uint8_t payload_type;
    char name[32];
    uint32_t clock_rate;
    uint8_t channels;
    char parameters[256]; /* a=fmtp, without sprop-... (of one stream) and without those over 63 bytes */
    bool nack, pli, fir, transport_cc, remb;
};

/* The direction of an extension, seen from the description's author (RFC 8285 section 6). */
enum sdp_extension_direction { SDP_EXTENSION_BOTH, SDP_EXTENSION_SEND, SDP_EXTENSION_RECEIVE, SDP_EXTENSION_INACTIVE };

/* A line with an invalid value; `expected` is NULL if there was none. */
struct sdp_fault {
    unsigned line;
    const char *expected;
};

struct sdp_media {
    char kind[16]; /* "audio", "video", "application" */
    uint16_t port; /* 0 with bundle_only is not rejected */
    bool bundle_only;
    char protocol[32];
    char format[32]; /* the first format, as written: a rejected m-line has no other */
    char mid[MEDIA_MID_MAX + 1];
    const char *mid_fault; /* why it cannot be used; `mid` is "" then. NULL: it can, or there is none */
    bool rejected;
    char reject_reason[96];
    bool send, receive; /* the direction, seen from the description's author */
    bool rtcp_mux, rtcp_reduced_size, extmap_allow_mixed;
    char ice_ufrag[257], ice_pwd[257];
    char fingerprint_algorithm[16], fingerprint[192];
    enum sdp_setup setup;
    struct sdp_fault fault;           /* of a line for one of the four above: an invalid value counts as none */
    char stream_id[65], track_id[65]; /* a=msid */
    size_t codec_count;
    struct sdp_codec *codecs; /* heap, owned; in the order of the m-line */
    struct extension_map extensions;
    enum sdp_extension_direction extension_directions[EXTENSION_COUNT];
    size_t rid_count;   /* simulcast rids, in a=simulcast order: those that the author sends, when read... */
    bool rids_received; /* ...and in an answer that we write, those that we are ready to receive */
    char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1];
    size_t ssrc_count; /* in order of appearance; paired with RTX by ssrc-group FID */
    struct sdp_ssrc {
        uint32_t ssrc, rtx_ssrc;
    } ssrcs[SDP_SSRCS_MAX];
    size_t sim_count; /* ssrc-group SIM: simulcast without rids, lowest encoding first */
    uint32_t sim[MEDIA_ENCODINGS_MAX];
    size_t candidate_count;
    char candidates[16][256];
    bool end_of_candidates;
    uint16_t sctp_port;        /* application: a=sctp-port or legacy sctpmap; 0: none */
    uint32_t max_message_size; /* likewise; 0: it was not said */
};

struct sdp {
    char session_id[64];
    uint64_t session_version; /* 0: it was read and is invalid */
    char tls_id[256];         /* a=tls-id: another one is another DTLS association (RFC 8842 section 4); "": none */
    bool ice_lite;
    bool trickle;
    char cname[65];      /* written on a=ssrc lines; not read */
    size_t bundle_count; /* mids of the one BUNDLE group */
    char bundle[SDP_MEDIA_MAX][MEDIA_MID_MAX + 1];
    size_t media_count;
    struct sdp_media *media; /* heap, owned */
};

/* `text` of `length` bytes need not end with NUL. 0 and *out is the caller's (sdp_free), or ERR_INVALID with `refusal`
 * set. */
int sdp_parse(struct sdp **out, const char *text, size_t length, struct refusal *refusal);
/* The same for a fragment (application/trickle-ice-sdpfrag, RFC 8840 section 9): it begins anywhere, and its m-lines
 * are not judged. One without any has what its session's part says as its only one. */
int sdp_parse_fragment(struct sdp **out, const char *text, size_t length, struct refusal *refusal);
/* Says what is wrong with a description, and in which line (from 1; 0: in the description as a whole). Returns
 * ERR_INVALID. */
int sdp_refuse(struct refusal *refusal, unsigned line, const char *text);
void sdp_free(struct sdp *sdp); /* NULL is fine */
void sdp_fini(struct sdp *sdp); /* frees what it owns, not itself */

bool sdp_is_rtp(const struct sdp_media *media);  /* audio or video */
bool sdp_is_data(const struct sdp_media *media); /* data channels */
/* The m-line `index` of the BUNDLE group, in the group's order, or NULL when no m-line has that mid. */
const struct sdp_media *sdp_bundled(const struct sdp *sdp, size_t index);
/* The m-line whose attributes hold for the transport of the BUNDLE: the first one of the group that is not rejected
 * (RFC 8843 section 7.2), whatever its kind; NULL: none. Without a group it is the first m-line that is not
 * rejected. */
const struct sdp_media *sdp_transport(const struct sdp *sdp);
/* Whether the m-line is in the group. */
bool sdp_is_bundled(const struct sdp *sdp, const struct sdp_media *media);

/* Writes a description. Returns its length, or ERR_NO_SPACE. */
int sdp_write(const struct sdp *sdp, char *out, size_t capacity);

#endif
