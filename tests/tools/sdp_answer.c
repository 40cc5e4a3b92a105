/* One end of a negotiation on standard input and output, for tests with browsers: a JSON object a line in, one out.
 *   {"type":"offer","sdp":...,"lines":[...]}    answers it: {"sdp":...,"media":[...],"rejected":[...]}
 *   {"type":"make-offer","lines":[...]}         our offer:  {"sdp":...}
 *   {"type":"answer","sdp":...}                 to it:      {"media":[...],"rejected":[...]}
 * A line is {"mid","kind","send","receive","stream","track","rids":[...]}. "ufrag" in the first two starts a restart;
 * "lite" makes us ICE-lite. What cannot be done: {"error":...}. The state lasts as long as the process. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate.h"
#include "transport/base/check.h"

#define LINES_MAX 64

static struct {
    char ufrag[32];
    uint64_t version;
    struct rng rng;
    struct negotiated agreed;
    bool has_agreed;
    struct sdp *offer; /* ours, not answered yet */
    struct negotiate_line lines[LINES_MAX];
    size_t line_count;
} end;

static char text[SDP_SIZE_MAX];

static struct negotiate_local local_of(const json_t *request)
{
    static const char *const candidates[] = {"candidate:1 1 udp 2130706431 127.0.0.1 9 typ host"};
    const char *ufrag = json_string_value(json_object_get(request, "ufrag"));
    if (ufrag != NULL)
        snprintf(end.ufrag, sizeof end.ufrag, "%s", ufrag);
    return (struct negotiate_local){
        .ice_lite = json_is_true(json_object_get(request, "lite")),
        .ice_ufrag = end.ufrag,
        .ice_pwd = "apasswordofatleast22characters",
        .fingerprint =
            "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
        .session_id = "4711",
        .session_version = ++end.version,
        .cname = "heddle",
        .candidates = candidates,
        .candidate_count = 1,
        .end_of_candidates = true,
    };
}

static void copy_text(char *out, size_t size, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", value != NULL ? value : "");
}

/* A line keeps its SSRCs under its mid. */
static void read_lines(const json_t *request)
{
    const json_t *list = json_object_get(request, "lines");
    struct negotiate_line before[LINES_MAX];
    size_t index, before_count = end.line_count;
    json_t *item;
    memcpy(before, end.lines, sizeof before);
    CHECK(json_array_size(list) <= LINES_MAX);
    end.line_count = 0;
    json_array_foreach((json_t *)list, index, item)
    {
        struct negotiate_line *line = &end.lines[end.line_count++];
        const json_t *rids = json_object_get(item, "rids");
        *line = (struct negotiate_line){.send = json_is_true(json_object_get(item, "send")),
                                        .receive = json_is_true(json_object_get(item, "receive"))};
        copy_text(line->mid, sizeof line->mid, item, "mid");
        copy_text(line->stream_id, sizeof line->stream_id, item, "stream");
        copy_text(line->track_id, sizeof line->track_id, item, "track");
        const char *kind = json_string_value(json_object_get(item, "kind"));
        line->kind = kind != NULL && strcmp(kind, "video") == 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
        for (size_t i = 0; i < json_array_size(rids) && i < MEDIA_ENCODINGS_MAX; i++)
            snprintf(line->send_rids[line->send_rid_count++], sizeof line->send_rids[0], "%s",
                     json_string_value(json_array_get(rids, i)));
        for (size_t i = 0; i < before_count; i++) {
            if (strcmp(before[i].mid, line->mid) == 0) {
                line->send_ssrc = before[i].send_ssrc;
                line->send_rtx_ssrc = before[i].send_rtx_ssrc;
            }
        }
    }
}

static json_t *describe_media(const struct media *media)
{
    json_t *rids = json_array(), *codecs = json_array();
    for (size_t i = 0; i < media->encoding_count; i++) {
        if (media->encodings[i].rid[0] != '\0')
            json_array_append_new(rids, json_string(media->encodings[i].rid));
    }
    for (size_t i = 0; i < media->codec_count; i++)
        json_array_append_new(codecs,
                              json_pack("{s:s,s:i,s:i}", "name", codec_name(media->codecs[i].codec), "type",
                                        media->codecs[i].payload_type, "rtx", media->codecs[i].rtx_payload_type));
    return json_pack("{s:s,s:s,s:b,s:b,s:o,s:o,s:I,s:I,s:i}", "mid", media->mid, "kind", media_kind_name(media->kind),
                     "send", media->send, "receive", media->receive, "rids", rids, "codecs", codecs, "ssrc",
                     (json_int_t)media->send_ssrc, "remote_ssrc", (json_int_t)media->encodings[0].ssrc, "mid_extension",
                     media->extensions.id[EXTENSION_MID]);
}

/* Replaces the agreed state and tells of it. */
static json_t *agree(const struct negotiated *negotiated)
{
    json_t *media = json_array(), *rejected = json_array();
    if (end.has_agreed)
        negotiated_fini(&end.agreed);
    end.agreed = *negotiated;
    end.has_agreed = true;
    for (size_t i = 0; i < negotiated->media_count; i++)
        json_array_append_new(media, describe_media(&negotiated->media[i]));
    for (size_t i = 0; i < negotiated->rejected_count; i++)
        json_array_append_new(rejected, json_pack("{s:s,s:s}", "mid", negotiated->rejected[i].mid, "reason",
                                                  negotiated->rejected[i].reason));
    return json_pack("{s:o,s:o,s:s,s:b,s:i}", "media", media, "rejected", rejected, "remote_ufrag",
                     negotiated->remote_ufrag, "client", negotiated->is_dtls_client, "candidates",
                     (int)negotiated->candidate_count);
}

static json_t *failure(const struct refusal *refusal)
{
    return json_pack("{s:s}", "error", refusal->text);
}

static json_t *answer_offer(const json_t *request)
{
    const char *remote = json_string_value(json_object_get(request, "sdp"));
    struct negotiate_local local = local_of(request);
    struct negotiated negotiated;
    struct refusal refusal;
    struct sdp *offer;
    size_t length;
    if (sdp_parse(&offer, remote, strlen(remote), &refusal) != 0)
        return failure(&refusal);
    read_lines(request);
    int result = negotiate_answer(offer, &local, end.lines, end.line_count, end.has_agreed ? &end.agreed : NULL,
                                  &end.rng, &negotiated, text, sizeof text, &length, &refusal);
    sdp_free(offer);
    if (result != 0)
        return failure(&refusal);
    json_t *reply = agree(&negotiated);
    json_object_set_new(reply, "sdp", json_stringn(text, length));
    return reply;
}

static json_t *make_offer(const json_t *request)
{
    struct negotiate_local local = local_of(request);
    struct refusal refusal;
    read_lines(request);
    int length = negotiate_offer(&local, end.lines, end.line_count, end.has_agreed ? &end.agreed : NULL, &end.rng, text,
                                 sizeof text);
    sdp_free(end.offer);
    end.offer = NULL;
    if (length < 0 || sdp_parse(&end.offer, text, (size_t)length, &refusal) != 0)
        return failure(&refusal);
    return json_pack("{s:s%}", "sdp", text, (size_t)length);
}

static json_t *take_answer(const json_t *request)
{
    const char *remote = json_string_value(json_object_get(request, "sdp"));
    struct negotiated negotiated;
    struct refusal refusal;
    struct sdp *answer;
    CHECK(end.offer != NULL);
    if (sdp_parse(&answer, remote, strlen(remote), &refusal) != 0)
        return failure(&refusal);
    int result = negotiate_complete(end.offer, answer, end.lines, end.line_count, end.has_agreed ? &end.agreed : NULL,
                                    &negotiated, &refusal);
    sdp_free(answer);
    return result != 0 ? failure(&refusal) : agree(&negotiated);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    rng_init(&end.rng, 1);
    snprintf(end.ufrag, sizeof end.ufrag, "first");
    while (getline(&line, &capacity, stdin) > 0) {
        json_error_t error;
        json_t *request = json_loads(line, 0, &error);
        CHECK(request != NULL);
        const char *type = json_string_value(json_object_get(request, "type"));
        CHECK(type != NULL);
        json_t *reply = strcmp(type, "offer") == 0        ? answer_offer(request)
                        : strcmp(type, "make-offer") == 0 ? make_offer(request)
                                                          : take_answer(request);
        json_dumpf(reply, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(reply);
        json_decref(request);
    }
    free(line);
    sdp_free(end.offer);
    if (end.has_agreed)
        negotiated_fini(&end.agreed);
    return 0;
}
