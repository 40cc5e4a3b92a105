#include "client/net/connect_error.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>

#define IF_OWN "if the server is your own, accept any certificate (--insecure)"

static void certificate_text(const struct connect_attempt *attempt, char out[CONNECT_ERROR_MAX])
{
    switch (attempt->verify_result) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        snprintf(out, CONNECT_ERROR_MAX, "the server's certificate is signed by nobody but itself; " IF_OWN);
        return;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        snprintf(out, CONNECT_ERROR_MAX,
                 "the server's certificate is of an authority that this machine does not know, or comes without its "
                 "chain; " IF_OWN);
        return;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(out, CONNECT_ERROR_MAX,
                 "the server's certificate is not for %.150s: use the name that it is for; " IF_OWN, attempt->host);
        return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        snprintf(out, CONNECT_ERROR_MAX,
                 "the server's certificate has expired: it must be renewed, unless this machine's clock is wrong");
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        snprintf(out, CONNECT_ERROR_MAX,
                 "the server's certificate is not valid yet: see whether this machine's clock is right");
        return;
    default:
        snprintf(out, CONNECT_ERROR_MAX, "the server's certificate cannot be accepted (%s); " IF_OWN,
                 X509_verify_cert_error_string(attempt->verify_result));
        return;
    }
}

#define IF_HTTP "; if it serves HTTP on this port, and not HTTPS, the address begins with http://"

static const char *tls_text(const struct connect_attempt *attempt)
{
    if (attempt->has_tls_hello)
        return "the server has TLS, but not 1.2 or later, or it wants a certificate of its clients";
    return attempt->has_tls_bytes ? "the server refuses it" IF_HTTP : "the server is silent, or closes it" IF_HTTP;
}

static void status_text(unsigned status, char out[CONNECT_ERROR_MAX])
{
    const char *what = "this is not the address of a call page";
    if (status >= 300 && status < 400)
        what = "the page has moved: use the address that a browser shows in the end";
    else if (status == 400)
        what = "the request is refused; if the server serves HTTPS on this port, the address begins with https://";
    else if (status == 401 || status == 403 || status == 407)
        what = "the server, or a proxy before it, lets nobody in without a permission of its own";
    else if (status == 429 || status == 503)
        what = "the server is full or busy: try again later";
    else if (status >= 500)
        what = "the server, or a proxy before it, is out of order";
    snprintf(out, CONNECT_ERROR_MAX, "%s (HTTP status %u)", what, status);
}

void connect_error_text(const struct connect_attempt *attempt, char out[CONNECT_ERROR_MAX])
{
    if (attempt->has_asked && attempt->status != 0)
        status_text(attempt->status, out);
    else if (attempt->is_secure && attempt->verify_result != X509_V_OK)
        certificate_text(attempt, out);
    else if (!attempt->is_connected)
        snprintf(out, CONNECT_ERROR_MAX, "nothing answers there");
    else if (attempt->is_secure && !attempt->has_asked)
        snprintf(out, CONNECT_ERROR_MAX, "no secure connection comes up: %s", tls_text(attempt));
    else if (attempt->is_secure)
        snprintf(out, CONNECT_ERROR_MAX, "the server does not answer");
    else
        snprintf(out, CONNECT_ERROR_MAX,
                 "the server gives no answer: if it serves HTTPS on this port, the address begins "
                 "with https://");
}
