/* Any text as a STUN or TURN server's address, and as the list of them that a server sends. */
#include <stdlib.h>
#include <string.h>

#include "client/call/ice_urls.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_server(const struct ice_server *server)
{
    CHECK(server->host[0] != '\0' && server->port != 0);
    CHECK(server->is_turn || server->username[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ice_server servers[4];
    char *text = pieces_text(data, size);
    if (ice_url_parse(&servers[0], text) == 0)
        check_server(&servers[0]);
    json_t *array = json_loads(text, 0, NULL);
    size_t count = ice_servers_read(array, servers, 4);
    CHECK(count <= 4);
    for (size_t i = 0; i < count; i++)
        check_server(&servers[i]);
    json_decref(array);
    free(text);
    return 0;
}
