/* Input and results of a negotiation. */
#ifndef HEDDLE_SIGNALING_NEGOTIATE_TYPES_H
#define HEDDLE_SIGNALING_NEGOTIATE_TYPES_H

#include "signaling/proto/sdp.h"

#define NEGOTIATE_PAYLOAD_TYPES 128

/* What we support, and our credentials; for offers and answers. */
struct negotiate_local {
    bool ice_lite;
    const char *ice_ufrag, *ice_pwd;
    const char *fingerprint; /* SHA-256, "AB:CD:..." */
    const char *session_id;  /* decimal digits, stable for the connection; the version is counted by the caller */
    uint64_t session_version;
    const char *tls_id; /* a=tls-id: for peers that use one certificate for several connections; NULL: none */
    const char *cname;
    const char *const *candidates; /* "candidate:..." lines to put in, may be none */
    size_t candidate_count;
    bool end_of_candidates;
    uint16_t sctp_port;        /* of data channels; 0: those are rejected */
    uint32_t max_message_size; /* of theirs that we take */
    bool begins_dtls;          /* of answers: we are the DTLS client where the offer leaves the choice */
    bool awaits_dtls; /* of offers: the remote peer is to be the DTLS client, which may begin with our first check */
    /* Codecs in order of preference, CODEC_NONE-terminated; NULL: all of codec.h, VP8 first. */
    const enum codec *codecs;
};

/* What we do on one m-line beyond what SDP says: chosen by the caller (by mid for answers, by index for own offers). */
struct negotiate_line {
    char mid[MEDIA_MID_MAX + 1];
    enum media_kind kind;
    bool is_data;                      /* own offers: data channels, and nothing of what follows */
    bool send, receive;                /* what we would like */
    char stream_id[65], track_id[65];  /* a=msid of what we send; the participant and the publication id */
    uint32_t send_ssrc, send_rtx_ssrc; /* 0: drawn and filled in */
    /* Answers: the m-lines of those who will be sent what we receive here. The codec that most of them can play comes
     * first. If the former first codec is as good, it stays first, so that codecs do not change back and forth. */
    const struct media *const *viewers;
    size_t viewer_count;
    size_t send_rid_count; /* own offers: simulcast we send */
    char send_rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1];
};

struct negotiated {
    char remote_ufrag[257], remote_pwd[257];
    char fingerprint_algorithm[16], fingerprint[192];
    char tls_id[256];
    bool is_dtls_client; /* our role */
    bool remote_ice_lite;
    size_t media_count;
    struct media *media; /* heap; accepted audio and video m-lines only */
    /* a=fmtp of their codecs, by payload type, for our later offers: a payload type means one thing in all m-lines (RFC
     * 8843 section 9.1). Heap; NULL: none. */
    char *parameters[NEGOTIATE_PAYLOAD_TYPES];
    /* The m-line of data channels, if one was accepted. */
    struct negotiated_data {
        char mid[MEDIA_MID_MAX + 1];
        uint16_t remote_port; /* of SCTP; 0: there is none */
    } data;
    /* Rejected m-lines: for the log, and to reject them again in our later offers. Heap, like the candidates of the
     * remote description. */
    size_t rejected_count;
    struct negotiate_rejected {
        char mid[MEDIA_MID_MAX + 1], kind[16], protocol[32], format[32];
        char reason[96]; /* for people */
    } * rejected;
    size_t candidate_count;
    char (*candidates)[256];
};

/* The router's answer to a participant's offer. */
struct router_answer {
    uint64_t generation;
    const char *sdp; /* not terminated */
    size_t length;
    const struct negotiated *negotiated; /* with the m-lines that it rejects */
};

#endif
