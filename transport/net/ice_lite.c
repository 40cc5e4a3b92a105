#include "transport/net/ice_lite.h"

#include <stdlib.h>

#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/lite_core.h"

struct ice_lite {
    struct ice ice; /* the first field, so that a pointer to it is one to the session */
    struct ice_port *port;
    struct lite_session *session;
    struct ice_listener listener;
};

/* Whether it is DTLS, the only thing that may be sent on a path which is not proven yet. */
static bool is_handshake(const struct ice_message *message)
{
    return message->segment_size == 0 && message->length > 0 && message->data[0] >= 20 && message->data[0] <= 63;
}

static size_t lite_send(struct ice *ice, const struct ice_message *messages, size_t count)
{
    struct ice_lite *lite = (struct ice_lite *)ice;
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ice_message *message = &messages[i];
        const struct path *path = lite_session_route(lite->session, message->length, is_handshake(message));
        if (path == NULL) {
            if (lite_session_path(lite->session) != NULL)
                ice_port_withhold(lite->port);
            continue;
        }
        ice_port_queue(lite->port, path, message);
        taken++;
    }
    return taken;
}

/* Credentials for our checks, which prove the paths. A lite agent ignores remote candidates: its paths are the
 * addresses that checks come from. */
static int lite_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    struct ice_lite *lite = (struct ice_lite *)ice;
    usec_t now = clock_now();
    int error = lite_session_set_remote(lite->session, remote, now);
    ice_port_carry_out(lite->port, now);
    return error;
}

static int lite_add_candidate(struct ice *ice, const char *candidate)
{
    (void)ice;
    (void)candidate;
    return 0;
}

static int lite_set_local(struct ice *ice, const struct ice_credentials *local)
{
    return lite_session_set_local(((struct ice_lite *)ice)->session, local, clock_now());
}

static enum ice_state lite_state(const struct ice *ice)
{
    return lite_session_state(((const struct ice_lite *)ice)->session);
}

static const char *lite_path_kind(const struct ice *ice)
{
    const struct path *path = lite_session_path(((const struct ice_lite *)ice)->session);
    if (path == NULL)
        return "";
    return path->stream == 0 ? "udp" : "tcp";
}

static bool lite_is_settled(const struct ice *ice)
{
    const struct lite_session *session = ((const struct ice_lite *)ice)->session;
    const struct path *path = lite_session_path(session);
    return path != NULL && path->stream == 0 && lite_session_is_confirmed(session);
}

static void lite_free(struct ice *ice)
{
    struct ice_lite *lite = (struct ice_lite *)ice;
    ice_port_close_session(lite->port, lite->session);
    free(lite);
}

int ice_lite_new(struct ice **out, struct ice_port *port, const struct ice_credentials *local,
                 const struct ice_listener *listener, usec_t now)
{
    static const struct ice_ops ops = {
        .send = lite_send,
        .set_remote = lite_set_remote,
        .set_local = lite_set_local,
        .add_candidate = lite_add_candidate,
        .state = lite_state,
        .path_kind = lite_path_kind,
        .is_settled = lite_is_settled,
        .free = lite_free,
    };
    struct ice_lite *lite = mem_alloc(sizeof *lite);
    lite->listener = *listener;
    int error = ice_port_open_session(port, &lite->session, local, &lite->listener, now);
    if (error != 0) {
        free(lite);
        return error;
    }
    lite->ice.ops = &ops;
    lite->port = port;
    *out = &lite->ice;
    return 0;
}
