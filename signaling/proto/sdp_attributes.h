/* Reading one a= line into the description; private to the SDP parser. Each returns NULL, or what was expected (for ICE
 * credentials, fingerprint and DTLS role only). Other invalid values are left out. */
#ifndef HEDDLE_SIGNALING_SDP_ATTRIBUTES_H
#define HEDDLE_SIGNALING_SDP_ATTRIBUTES_H

#include "signaling/proto/sdp.h"

/* What m-lines inherit from the session level (RFC 8839 section 4.2, RFC 8122 section 5). */
struct sdp_session {
    char ice_ufrag[257], ice_pwd[257];
    char fingerprint_algorithm[16], fingerprint[192];
    enum sdp_setup setup;
    struct sdp_fault fault; /* as in struct sdp_media */
    bool extmap_allow_mixed;
    bool send, receive; /* the default direction */
    struct extension_map extensions;
    enum sdp_extension_direction extension_directions[EXTENSION_COUNT];
};

/* Decimal digits at *text, which then points behind them; false when there are none or they exceed `max`. */
bool sdp_read_number(const char **text, uint32_t max, uint32_t *number);
/* The characters up to the next space, as a token of RFC 8866 section 9; false when it is none or longer than fits. */
bool sdp_read_token(const char **text, char *out, size_t size);
bool sdp_is_in_group(const struct sdp *sdp, const char *mid);

const char *sdp_session_attribute(struct sdp *sdp, struct sdp_session *session, const char *text);
const char *sdp_media_attribute(struct sdp *sdp, struct sdp_media *media, const char *text);

void sdp_media_init(struct sdp_media *media, const struct sdp_session *session);
#endif
