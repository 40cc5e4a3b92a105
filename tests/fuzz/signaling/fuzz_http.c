/* What is read of a request beside its head (fuzz_http_head.c). The input's lines are a path, `Origin`, `Host` and
 * `X-Forwarded-Host`; the first is also one of the words for a topology, the state of a path, a wish. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signaling/config/page_origin.h"
#include "signaling/http/http.h"
#include "signaling/http/http_answer.h"
#include "signaling/room/mix_layout.h"
#include "signaling/room/paths.h"
#include "signaling/room/room_mix.h"
#include "signaling/room/topology.h"
#include "signaling/whip/whip_path.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct page_origins none = {0}, list = {0};
    enum topology_pin pin;
    enum mix_layout layout;
    enum path_state state;
    enum mix_wish wish;
    struct whip_path whip;
    char *text = pieces_text(data, size), *rest = text, *lines[4];
    for (size_t i = 0; i < 4; i++)
        lines[i] = rest != NULL ? strsep(&rest, "\n") : "";
    const char *path = lines[0], *origin = lines[1], *host = lines[2], *forwarded = lines[3];
    if (http_path_is_safe(path)) {
        CHECK(path[0] == '/' && strstr(path, "/.") == NULL && strpbrk(path, "\\%~ ") == NULL);
        CHECK(http_type(path) != NULL);
    }
    if (page_origin_is_welcome(&none, origin, host, forwarded) && origin[0] != '\0') {
        const char *authority = strstr(origin, "://"); /* it ends with the host, or with that and a port */
        CHECK(authority != NULL);
        CHECK(strncasecmp(authority + 3, host, strcspn(host, ":")) == 0 ||
              strncasecmp(authority + 3, forwarded, strcspn(forwarded, ":, ")) == 0); /* the first proxy's */
    }
    if (topology_pin_parse(&pin, path))
        CHECK(strcmp(topology_pin_name(pin), path) == 0);
    if (mix_layout_parse(&layout, path))
        CHECK(strcmp(mix_layout_name(layout), path) == 0);
    (void)path_state_parse(&state, path);
    (void)mix_wish_parse(&wish, path);
    if (whip_path_read(&whip, path))
        CHECK(strncmp(path + 6, whip.room, strlen(whip.room)) == 0 &&
              (whip.session[0] == '\0' || whip.publication[0] == '\0'));
    if (page_origin_add(&list, origin) == 0)
        CHECK(page_origin_is_welcome(&list, origin, host, forwarded));
    free(text);
    return 0;
}
