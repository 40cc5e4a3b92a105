/* Any body of a Certificate message, and any datagrams of a handshake at the gate that looks at these: pieces with a
 * head of {length: 2 bytes}. */
#include "tests/support/pieces.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/peer/certificate_gate.h"
#include "transport/peer/certificates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate_gate gate = {.body = NULL};
    struct pieces pieces = {data, size};
    struct piece piece;
    (void)certificates_are_cheap((struct span){data, size});
    while (pieces_next(&pieces, 2, 1500, &piece)) {
        struct span passed;
        int error = certificate_gate_pass(&gate, (struct span){piece.data, piece.length}, &passed);
        CHECK(error == 0 || error == ERR_AUTH || error == ERR_INVALID);
        CHECK(error != 0 || passed.length <= piece.length + CERTIFICATES_MAX_BYTES + 12);
        for (size_t i = 0; error == 0 && i < passed.length; i++)
            (void)*(volatile const uint8_t *)(passed.data + i);
    }
    certificate_gate_close(&gate);
    return 0;
}
