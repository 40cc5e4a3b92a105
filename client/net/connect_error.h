/* Why no WebSocket to the server came up, in words for a person: what was wrong and what to do. Pure. */
#ifndef HEDDLE_CLIENT_CONNECT_ERROR_H
#define HEDDLE_CLIENT_CONNECT_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define CONNECT_ERROR_MAX 300

/* How far an attempt came. */
struct connect_attempt {
    const char *host;   /* in the address that was asked for */
    bool is_secure;     /* by TLS */
    bool is_connected;  /* something accepted the connection */
    long verify_result; /* X509_V_* of OpenSSL; X509_V_OK, too, when no certificate came */
    bool has_tls_bytes; /* it sent something for a secure connection that did not come up */
    bool has_tls_hello; /* what it sent for that was TLS */
    bool has_asked;     /* the request to upgrade went out */
    unsigned status;    /* of the HTTP answer to it; 0: none came */
};

void connect_error_text(const struct connect_attempt *attempt, char out[CONNECT_ERROR_MAX]);

#endif
