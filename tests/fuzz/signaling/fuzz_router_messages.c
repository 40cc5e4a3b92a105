/* Messages to the router that hold to the protocol, as structures. */
#include <stdlib.h>

#include "signaling/proto/message.h"
#include "signaling/router/router_messages.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_offer(const json_t *message)
{
    struct router_offer offer;
    router_offer_read(&offer, message);
    CHECK(offer.sdp != NULL);
    for (size_t i = 0; i < offer.send_count; i++)
        CHECK(message_source_index(offer.sends[i].source) >= 0 && offer.sends[i].mid[0] != '\0');
    for (size_t i = 0; i < offer.receive_count; i++)
        CHECK(message_is_publication(offer.receives[i].publication) && offer.receives[i].mid[0] != '\0');
    router_offer_fini(&offer);
}

static void read_requests(const json_t *message)
{
    size_t count;
    struct router_request *requests = router_requests_read(json_object_get(message, "slots"), &count);
    for (size_t i = 0; i < count; i++)
        CHECK(requests[i].show[0] == '\0' || message_is_publication(requests[i].show));
    free(requests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *message;
    enum message_type type;
    struct refusal refusal;
    if (message_parse(&message, &type, MESSAGE_TO_SERVER, (const char *)data, size, &refusal) != 0)
        return 0;
    if (type == MESSAGE_OFFER)
        read_offer(message);
    else if (type == MESSAGE_RECEIVE)
        read_requests(message);
    json_decref(message);
    return 0;
}
