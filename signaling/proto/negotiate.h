/* Offer/answer (RFC 3264, RFC 8829) for both ends of both topologies: makes the answer and the agreed `struct media`
 * from a remote offer and what we support, or the agreed `struct media` from our own offer and the remote answer. Pure:
 * SSRCs are drawn from the caller's rng. */
#ifndef HEDDLE_SIGNALING_NEGOTIATE_H
#define HEDDLE_SIGNALING_NEGOTIATE_H

#include "signaling/proto/negotiate_types.h"
#include "transport/base/random.h"

void negotiated_fini(struct negotiated *negotiated);
/* NULL: the m-line was not accepted, or `negotiated` is NULL. */
const struct media *negotiated_find(const struct negotiated *negotiated, const char *mid);

/* The m-line whose ICE credentials, fingerprint, role and candidates count: the first of the BUNDLE group, in its
 * order, that has a transport and that we can accept, since a rejected m-line's transport is not used (RFC 8843 section
 * 7.3.1); once all share one transport, the first that has it. NULL: none is in use. */
const struct sdp_media *negotiate_transport(const struct sdp *sdp);

/* What an offer is to a connection. */
enum negotiate_relation { NEGOTIATE_SAME, NEGOTIATE_RESTART, NEGOTIATE_NEW };

/* Whether an offer is of the present connection. The session id of o= does not tell: some stacks write a new one into
 * every offer, others the same into all. What the connection consists of does:
 *   - another certificate (a=fingerprint), another a=tls-id (RFC 8842), or fewer m-lines than there were (they never
 *     go away: RFC 3264 section 8): another peer connection, NEGOTIATE_NEW;
 *   - else new ICE credentials: an ICE restart (RFC 8839 section 4.4.3);
 *   - else a renegotiation.
 * An offer that has no transport at all is NEGOTIATE_SAME; negotiate_answer() says what it lacks. */
enum negotiate_relation negotiate_relation(const struct negotiated *previous, const struct sdp *offer);

/* Answers `offer`. `previous` is the last negotiated state of this connection or NULL: it keeps DTLS role and our SSRCs
 * (by mid). `lines` tells what we send and receive by mid; an m-line without an entry is received, not sent. The
 * answer's length goes to *length. Errors: ERR_INVALID with `refusal` (no ufrag, no fingerprint, no BUNDLE, rtcp-mux
 * missing...), and the line where one of them is malformed. */
int negotiate_answer(const struct sdp *offer, const struct negotiate_local *local, struct negotiate_line *lines,
                     size_t line_count, const struct negotiated *previous, struct rng *rng, struct negotiated *out,
                     char *answer, size_t capacity, size_t *length, struct refusal *refusal);

/* Writes our own offer of `lines` in order (each with a mid). Payload types and extension ids are those of `previous`
 * for an m-line it has, and for a new one those of another m-line of its kind: within a BUNDLE they must not mean two
 * things (RFC 8843 section 9.1). Else they are ours and fixed, as far as `previous` leaves them free. A line that
 * `previous` rejected is offered as rejected. Returns the length or ERR_NO_SPACE. */
int negotiate_offer(const struct negotiate_local *local, struct negotiate_line *lines, size_t line_count,
                    const struct negotiated *previous, struct rng *rng, char *offer, size_t capacity);
/* Combines our offer (its text parsed again) with the remote answer: of codecs and extensions, what both have. */
int negotiate_complete(const struct sdp *offer, const struct sdp *answer, const struct negotiate_line *lines,
                       size_t line_count, const struct negotiated *previous, struct negotiated *out,
                       struct refusal *refusal);

#endif
