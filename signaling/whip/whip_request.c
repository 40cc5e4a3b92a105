#include "signaling/whip/whip_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "signaling/config/access.h"
#include "signaling/http/http_answer.h"
#include "signaling/proto/names.h"
#include "signaling/room/bans.h"
#include "signaling/session/pace.h"
#include "signaling/whip/whip_host.h"
#include "transport/net/clock.h"

#define HEADER_MAX 8192

static int status_of(const struct refusal *refusal)
{
    static const struct {
        const char *code;
        int status;
    } statuses[] = {
        {"token-missing", HTTP_UNAUTHORIZED},
        {"token-expired", HTTP_UNAUTHORIZED},
        {"token-early", HTTP_UNAUTHORIZED},
        {"bad-token", HTTP_UNAUTHORIZED},
        {"token-claim", HTTP_UNAUTHORIZED},
        {"token-elsewhere", HTTP_FORBIDDEN},
        {"not-allowed", HTTP_FORBIDDEN},
        {"removed", HTTP_FORBIDDEN},
        {"room-locked", HTTP_FORBIDDEN},
        {"encrypted", HTTP_FORBIDDEN},
        {"no-such-room", HTTP_NOT_FOUND},
        {"no-such-publication", HTTP_NOT_FOUND},
        {"no-such-session", HTTP_NOT_FOUND},
        {"not-acceptable", HTTP_NOT_ACCEPTABLE},
        {"wrong-generation", HTTP_CONFLICT},
        {"precondition-failed", HTTP_PRECONDITION_FAILED},
        {"unsupported-type", HTTP_UNSUPPORTED_MEDIA_TYPE},
        {"precondition-required", HTTP_PRECONDITION_REQUIRED},
        {"too-fast", HTTP_TOO_MANY_REQUESTS},
        {"not-implemented", HTTP_NOT_IMPLEMENTED},
        {"room-full", HTTP_UNAVAILABLE},
        {"address-full", HTTP_UNAVAILABLE},
        {"too-many-rooms", HTTP_UNAVAILABLE},
        {"too-many-sessions", HTTP_UNAVAILABLE},
        {"target-busy", HTTP_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (strcmp(statuses[i].code, refusal->code) == 0)
            return statuses[i].status;
    return HTTP_BAD_REQUEST;
}

enum http_step whip_request_refuse(const struct whip_request *request)
{
    struct http_request *http = request->http;
    int status = status_of(request->refusal);
    if (status == HTTP_UNAUTHORIZED)
        http_add_field(http, "www-authenticate:", "Bearer");
    if (status == HTTP_TOO_MANY_REQUESTS || status == HTTP_UNAVAILABLE)
        http_add_field(http, "retry-after:", "1");
    return http_refuse(http, (unsigned)status, request->refusal);
}

bool whip_request_has_type(const struct whip_request *request, const char *type)
{
    char header[128];
    size_t length = strlen(type);
    return (http_field(request->http, "content-type", header, sizeof header) &&
            strncasecmp(header, type, length) == 0 && strchr(" ;\t", header[length]) != NULL) ||
           refusal_set(request->refusal, "unsupported-type", "the body has to be of the type %s", type);
}

bool whip_request_accepts_sdp(const struct whip_request *request)
{
    char header[512];
    return !http_field(request->http, "accept", header, sizeof header) || strstr(header, WHIP_SDP_TYPE) != NULL ||
           strstr(header, "application/*") != NULL || strstr(header, "*/*") != NULL ||
           refusal_set(request->refusal, "not-acceptable", "the answer is of the type " WHIP_SDP_TYPE);
}

bool whip_request_access(const struct whip_request *request, struct token *token, uint64_t *key)
{
    const struct config *config = request->host->config;
    char header[HEADER_MAX];
    *token = (struct token){.may = permissions_default()};
    *key = 0;
    if (config->open)
        return true;
    const char *text = http_head_bearer(request->http->head, header, sizeof header);
    if (!access_check(token, text, request->path.room, config, clock_wall_us() / USEC_PER_SEC, request->refusal))
        return false;
    *key = bans_key(text);
    return token->may.service == SERVICE_NONE ||
           refusal_set(request->refusal, "not-allowed", "this access token is a service's");
}

bool whip_request_may_change(const struct whip_request *request)
{
    struct token token;
    uint64_t key;
    return whip_request_access(request, &token, &key) ||
           (strcmp(request->refusal->code, "token-expired") == 0 && strcmp(token.room, request->path.room) == 0);
}

bool whip_request_has_time(const struct whip_request *request)
{
    return !budget_table_is_spent(&request->host->addresses->time, request->http->address, request->now) ||
           refusal_set(request->refusal, "too-fast", "this address keeps the server too busy");
}

bool whip_request_may_join(const struct whip_request *request)
{
    return budget_table_take(&request->host->addresses->joins, request->http->address, 1, request->now) ||
           refusal_set(request->refusal, "too-fast", "this address joins too often");
}

bool whip_request_name(const struct whip_request *request, char out[WHIP_NAME_SIZE])
{
    const char *name = http_head_argument(request->http->head, "name", out, WHIP_NAME_SIZE);
    if (name == NULL) {
        snprintf(out, WHIP_NAME_SIZE, "%s", request->path.is_egress ? "Viewer" : "Stream");
        return true;
    }
    json_t *text = json_string(name); /* NULL: it is no UTF-8 */
    bool is_name = text != NULL && message_is_name(name);
    json_decref(text);
    if (is_name) {
        memmove(out, name, strlen(name) + 1);
        return true;
    }
    refusal_set_field(request->refusal, "name", "1 to 64 characters, no control characters");
    return refusal_set(request->refusal, "bad-message", "a wrong argument");
}

bool whip_request_matches(const struct whip_request *request, uint64_t number)
{
    char header[128], etag[32];
    if (!http_field(request->http, "if-match", header, sizeof header))
        return refusal_set(request->refusal, "precondition-required", "If-Match is missing");
    snprintf(etag, sizeof etag, "\"%" PRIu64 "\"", number);
    return strcmp(header, "*") == 0 || strcmp(header, "\"*\"") == 0 || strcmp(header, etag) == 0 ||
           refusal_set(request->refusal, "precondition-failed", "ICE was restarted: the session's ETag is %s", etag);
}
