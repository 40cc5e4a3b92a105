/* RTP packets (RFC 3550 section 5.1, RFC 8285 for the extension block). Pure format: no state. */
#ifndef HEDDLE_WIRE_RTP_H
#define HEDDLE_WIRE_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEADER_SIZE 12
#define DATAGRAM_OVERHEAD 44 /* bytes that IPv4, UDP and SRTP add to an RTP packet: a link carries them, too */
#define RTP_PADDING_BIT 0x20 /* in the first byte */

struct rtp_header {
    bool marker;
    uint8_t payload_type;
    uint8_t csrc_count;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    uint16_t extension_profile; /* 0 when there is no extension block */
    uint16_t extension_offset;  /* of the first element, from the packet's start */
    uint16_t extension_length;  /* bytes, without the 4-byte block header */
    uint16_t payload_offset;
    uint16_t payload_length; /* without padding */
    uint8_t padding_length;
};

/* Parses `length` bytes (plaintext: after SRTP). 0, ERR_TRUNCATED or ERR_INVALID (version, padding). */
int rtp_parse(struct rtp_header *header, const uint8_t *data, size_t length);

/* Parses only what is not encrypted, on a still protected packet: everything but padding. */
int rtp_parse_protected(struct rtp_header *header, const uint8_t *data, size_t length);

/* The length of the RTP header at `data`, with CSRCs and extensions, or 0 when it does not fit: all that SRTP needs to
 * know. */
size_t rtp_header_length(const uint8_t *data, size_t length);

/* Demultiplexing by the first byte (RFC 7983). */
enum packet_class { PACKET_STUN, PACKET_DTLS, PACKET_RTP, PACKET_RTCP, PACKET_UNKNOWN };
enum packet_class packet_classify(const uint8_t *data, size_t length);

/* Writes the 12 fixed bytes (no CSRC, no padding); `has_extension` sets X. */
void rtp_write_fixed(uint8_t out[RTP_HEADER_SIZE], const struct rtp_header *header, bool has_extension);

#endif
