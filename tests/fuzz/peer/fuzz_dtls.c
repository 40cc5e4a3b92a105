/* Any datagrams before DTLS is done, to a server and to a client: pieces with a head of {milliseconds: 1 byte, unused:
 * 1 byte, length: 2 bytes}. And any texts as the fingerprint of a=fingerprint. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/pieces.h"
#include "transport/base/check.h"
#include "transport/peer/fingerprint.h"
#include "transport/peer/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POLLS_MAX = 32 };

static void read_fingerprint(const uint8_t *data, size_t size)
{
    static const char *const algorithms[] = {"sha-256", "sha-384", "SHA-512", "sha-1"};
    struct fingerprint fingerprint;
    char *text = pieces_text(data, size);
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (fingerprint_parse(&fingerprint, algorithms[i], text))
            CHECK(strlen(text) == fingerprint.length * 3 - 1);
    (void)fingerprint_parse(&fingerprint, text, text);
    free(text);
}

static void drain(struct peer *peer)
{
    uint8_t out[1500];
    unsigned polls = 0;
    while (peer_poll(peer, out, sizeof out) > 0)
        CHECK(++polls <= POLLS_MAX);
}

static void talk(struct identity *identity, bool is_client, struct pieces pieces)
{
    struct peer_config config = {.identity = identity, .is_dtls_client = is_client};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    strcpy(config.remote_fingerprint_algorithm, "sha-256");
    strcpy(config.remote_fingerprint, identity_fingerprint(identity));
    struct peer *peer = peer_new(&config);
    CHECK(peer != NULL);
    peer_start(peer, now);
    drain(peer);
    while (pieces_next(&pieces, 4, 1500, &piece)) {
        now += usec_from_ms(piece.head[0]);
        if (peer_next(peer) <= now)
            peer_timeout(peer, now);
        (void)peer_input(peer, piece.data, piece.length, now);
        drain(peer);
        CHECK(peer_state(peer) != PEER_CONNECTED); /* nobody has the certificate's key */
    }
    peer_free(peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct identity *identity;
    if (identity == NULL)
        identity = identity_new(1764000000000000);
    CHECK(identity != NULL);
    read_fingerprint(data, size);
    talk(identity, false, (struct pieces){data, size});
    talk(identity, true, (struct pieces){data, size});
    return 0;
}
