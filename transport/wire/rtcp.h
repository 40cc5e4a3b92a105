/* RTCP (RFC 3550 section 6, RFC 4585, RFC 5104): reading compound packets one by one, and writing. */
#ifndef HEDDLE_WIRE_RTCP_H
#define HEDDLE_WIRE_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rtcp_type {
    RTCP_SR = 200,
    RTCP_RR = 201,
    RTCP_SDES = 202,
    RTCP_BYE = 203,
    RTCP_APP = 204,
    RTCP_RTPFB = 205, /* count field: 1 NACK, 11 CCFB (RFC 8888), 15 transport-wide feedback */
    RTCP_PSFB = 206,  /* count field: 1 PLI, 4 FIR, 15 application layer (REMB) */
    RTCP_XR = 207,
};
enum { RTPFB_NACK = 1, RTPFB_CCFB = 11, RTPFB_TWCC = 15 };
enum { PSFB_PLI = 1, PSFB_FIR = 4, PSFB_APPLICATION = 15 };

struct rtcp_packet {
    uint8_t type;
    uint8_t count;       /* the five-bit field: report count or feedback type */
    const uint8_t *data; /* the whole packet, header included */
    size_t length;
};

struct rtcp_reader {
    const uint8_t *data;
    size_t length;
};
void rtcp_reader_init(struct rtcp_reader *reader, const uint8_t *data, size_t length);
/* 1: `packet` is set; 0: the end; ERR_INVALID or ERR_TRUNCATED: the rest cannot be read. */
int rtcp_next(struct rtcp_reader *reader, struct rtcp_packet *packet);

struct rtcp_sender_info {
    uint32_t ssrc;
    uint64_t ntp; /* 32.32 seconds since 1900 */
    uint32_t rtp_timestamp;
    uint32_t packets, bytes;
};
struct rtcp_report_block {
    uint32_t ssrc;
    uint8_t fraction_lost;   /* of 256 */
    int32_t cumulative_lost; /* 24 bits, signed */
    uint32_t highest_sequence;
    uint32_t jitter; /* in timestamp units */
    uint32_t lsr, dlsr;
};
int rtcp_read_sr(const struct rtcp_packet *packet, struct rtcp_sender_info *info);
/* Report block `index` of an SR or RR; ERR_NOT_FOUND past the last. */
int rtcp_read_report(const struct rtcp_packet *packet, unsigned index, struct rtcp_report_block *block);
/* Sender and media SSRC of a feedback packet (RTPFB, PSFB). */
int rtcp_read_feedback(const struct rtcp_packet *packet, uint32_t *sender_ssrc, uint32_t *media_ssrc);
/* The lost sequence numbers of a NACK, at most `capacity`; returns how many, or an error. */
int rtcp_read_nack(const struct rtcp_packet *packet, uint16_t *lost, size_t capacity);
/* The SSRCs a FIR asks a keyframe for; returns how many, or an error. */
int rtcp_read_fir(const struct rtcp_packet *packet, uint32_t *ssrcs, size_t capacity);
/* REMB (draft-alvestrand-rmcat-remb): the bitrate, and of the SSRCs that it is about at most `capacity` (a packet has
 * up to REMB_SSRCS_MAX); returns how many, ERR_UNSUPPORTED when it is another application-layer message, ERR_TRUNCATED
 * when the list is longer than the packet. */
#define REMB_SSRCS_MAX 255
int rtcp_read_remb(const struct rtcp_packet *packet, uint64_t *bitrate_bps, uint32_t *ssrcs, size_t capacity);
/* The SSRCs of a BYE; returns how many. */
int rtcp_read_bye(const struct rtcp_packet *packet, uint32_t *ssrcs, size_t capacity);

/* Writers append to a compound packet; each returns 0 or ERR_NO_SPACE and then changes nothing. */
struct rtcp_writer {
    uint8_t *out;
    size_t capacity;
    size_t length;
};
void rtcp_writer_init(struct rtcp_writer *writer, uint8_t *out, size_t capacity);
int rtcp_write_sr(struct rtcp_writer *writer, const struct rtcp_sender_info *info,
                  const struct rtcp_report_block *blocks, unsigned count);
int rtcp_write_rr(struct rtcp_writer *writer, uint32_t sender_ssrc, const struct rtcp_report_block *blocks,
                  unsigned count);
int rtcp_write_sdes_cname(struct rtcp_writer *writer, uint32_t ssrc, const char *cname);
int rtcp_write_bye(struct rtcp_writer *writer, uint32_t ssrc);
/* `lost` ascending in serial order; packed into PID/BLP pairs. */
int rtcp_write_nack(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *lost,
                    size_t count);
int rtcp_write_pli(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc);
int rtcp_write_fir(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command_sequence);
int rtcp_write_remb(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps, const uint32_t *ssrcs,
                    unsigned count);

/* NTP 32.32 from microseconds since 1970; and the middle 32 bits, as LSR uses them. */
uint64_t ntp_from_wall_us(int64_t wall_us);
int64_t wall_us_from_ntp(uint64_t ntp);
uint32_t ntp_middle(uint64_t ntp);

#endif
