#include "signaling/whip/whip_offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/names.h"
#include "signaling/proto/negotiate.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

#define SHOWN_WIDTH 1920
#define SHOWN_HEIGHT 1080
#define ANSWER_SIZE ((size_t)256 * 1024)

/* Of audio and of video, in the order in which m-lines are taken: microphone and screen-audio, camera and screen. */
#define OF_EACH_KIND 2
static const int sources_of_kind[2][OF_EACH_KIND] = {{1, 3}, {0, 2}};

static bool is_video(const struct sdp_media *media)
{
    return strcmp(media->kind, "video") == 0;
}

static bool refuse(struct refusal *refusal, const char *text)
{
    return refusal_set(refusal, "not-acceptable", "%s", text);
}

bool whip_offer_sends(struct router_offer *offer, const struct sdp *sdp, struct refusal *refusal)
{
    size_t used[2] = {0};
    offer->sends = mem_array((size_t)2 * OF_EACH_KIND, sizeof *offer->sends);
    for (size_t i = 0; i < sdp->media_count; i++) {
        const struct sdp_media *media = &sdp->media[i];
        if (!sdp_is_rtp(media) || media->rejected || !media->send)
            continue;
        size_t *taken = &used[is_video(media)];
        if (*taken == OF_EACH_KIND)
            return refuse(refusal, "at most two m-lines that send audio, and two that send video");
        struct router_send *send = &offer->sends[offer->send_count++];
        snprintf(send->mid, sizeof send->mid, "%s", media->mid);
        snprintf(send->source, sizeof send->source, "%s",
                 message_source_name(sources_of_kind[is_video(media)][(*taken)++]));
    }
    return offer->send_count > 0 || refuse(refusal, "no m-line sends audio or video that can be taken");
}

static bool is_receiving(const struct sdp_media *media)
{
    return sdp_is_rtp(media) && !media->rejected && media->receive && !media->send;
}

bool whip_offer_receives(struct router_offer *offer, const struct sdp *sdp, const char *publication,
                         struct refusal *refusal)
{
    const char *slash = strchr(publication, '/');
    const char *kind = slash != NULL ? message_source_kind(message_source_index(slash + 1)) : NULL;
    offer->receives = mem_array(1, sizeof *offer->receives);
    for (size_t i = 0; i < sdp->media_count; i++) {
        const struct sdp_media *media = &sdp->media[i];
        if (!is_receiving(media) || (kind != NULL && strcmp(media->kind, kind) != 0))
            continue;
        if (kind == NULL)
            return true;
        struct router_receive *receive = &offer->receives[offer->receive_count++];
        snprintf(receive->mid, sizeof receive->mid, "%s", media->mid);
        snprintf(receive->publication, sizeof receive->publication, "%s", publication);
        return true;
    }
    return refuse(refusal, kind != NULL ? "no m-line only receives (a=recvonly) what is to be seen or heard here"
                                        : "no m-line only receives (a=recvonly) audio or video");
}

bool whip_offer_is_acceptable(const struct sdp *sdp, struct refusal *refusal)
{
    const struct negotiate_local nobody = {.ice_lite = true,
                                           .ice_ufrag = "nobody",
                                           .ice_pwd = "this-answer-is-never-sent",
                                           .fingerprint = "00",
                                           .session_id = "1",
                                           .session_version = 1,
                                           .cname = "nobody"};
    struct negotiate_line *lines = mem_array(sdp->media_count, sizeof *lines);
    for (size_t i = 0; i < sdp->media_count; i++) {
        snprintf(lines[i].mid, sizeof lines[i].mid, "%s", sdp->media[i].mid);
        lines[i].kind = is_video(&sdp->media[i]) ? MEDIA_VIDEO : MEDIA_AUDIO;
        lines[i].receive = sdp->media[i].send;
        lines[i].send = sdp->media[i].receive && !sdp->media[i].send;
    }
    struct negotiated negotiated = {0};
    struct rng rng;
    size_t length;
    char *answer = mem_alloc(ANSWER_SIZE);
    rng_init(&rng, 1);
    bool is_answered = negotiate_answer(sdp, &nobody, lines, sdp->media_count, NULL, &rng, &negotiated, answer,
                                        ANSWER_SIZE, &length, refusal) == 0;
    bool is_acceptable = is_answered && (negotiated.media_count > 0 || refuse(refusal, "no m-line can be accepted"));
    if (is_answered)
        negotiated_fini(&negotiated);
    free(answer);
    free(lines);
    return is_acceptable;
}

struct router_request *whip_offer_requests(const struct router_offer *offer, const struct sdp *sdp,
                                           const char *publication, size_t *count)
{
    struct router_request *requests = mem_array(sdp->media_count, sizeof *requests);
    *count = 0;
    for (size_t i = 0; i < sdp->media_count; i++) {
        const struct sdp_media *media = &sdp->media[i];
        bool is_named = offer->receive_count > 0 && strcmp(offer->receives[0].mid, media->mid) == 0;
        if (!is_receiving(media) || (offer->receive_count > 0 && !is_named))
            continue;
        struct router_request *request = &requests[(*count)++];
        *request = (struct router_request){.width = SHOWN_WIDTH, .height = SHOWN_HEIGHT, .keeps_show = is_named};
        snprintf(request->mid, sizeof request->mid, "%s", media->mid);
        if (!is_named)
            snprintf(request->show, sizeof request->show, "%s", publication[0] == '\0' ? SHOW_SPEAKER : publication);
    }
    return requests;
}
