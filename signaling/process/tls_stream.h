/* TLS for a socket whose owner speaks plain text: what is encrypted on one side is plain in a pair of sockets on the
 * other. So nothing behind it knows of TLS. It holds at most one record for each direction, and reads no more before
 * that has gone. It lives as long as the owner's end of the pair is open, and a moment longer for what is still to be
 * sent. On the thread of its loop. */
#ifndef HEDDLE_SIGNALING_TLS_STREAM_H
#define HEDDLE_SIGNALING_TLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>
#include <uv.h>

#include "transport/base/time.h"

#define TLS_STREAM_DESCRIPTORS 3 /* of each: the socket, and both ends of the pair */

#define TLS_STREAMS_LEFT_MAX 128 /* whose owner writes no more */

struct tls_stream;
struct tls_streams {
    struct tls_stream *first;
    size_t left; /* of them, whose owner writes no more: something is still to be sent */
};

/* For both sides of the HTTP port: HTTP/1.1, TLS 1.2 and later, nothing renegotiated. NULL: no memory. */
SSL_CTX *tls_server_new(void);

/* Takes `fd`, a socket that was just accepted and does not block. Returns the owner's end of the pair, which does not
 * block either; -1: no descriptor or memory was left. */
int tls_stream_open(struct tls_streams *streams, uv_loop_t *loop, SSL_CTX *tls, int fd);

/* Whether one has something of its owner's that was not sent yet: idle ones have not. */
bool tls_streams_are_sending(const struct tls_streams *streams);
/* Ends streams whose remote peer does not take what is left. To be called several times a second. */
void tls_streams_check(struct tls_streams *streams, usec_t now);
void tls_streams_close_all(struct tls_streams *streams);

#endif
