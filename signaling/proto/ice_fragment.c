#include "signaling/proto/ice_fragment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

static int check_credentials(const struct ice_fragment *fragment, const struct sdp_media *media,
                             struct refusal *refusal)
{
    if (media->fault.expected != NULL)
        return sdp_refuse(refusal, media->fault.line, media->fault.expected);
    if ((fragment->ufrag[0] == '\0') != (fragment->pwd[0] == '\0'))
        return sdp_refuse(refusal, 0, "a=ice-ufrag and a=ice-pwd come together");
    if (fragment->ufrag[0] == '\0' && fragment->candidate_count == 0 && !fragment->end_of_candidates)
        return sdp_refuse(refusal, 0, "the fragment says nothing of ICE");
    return 0;
}

int ice_fragment_parse(struct ice_fragment *out, const char *text, size_t length, struct refusal *refusal)
{
    struct sdp *sdp;
    *out = (struct ice_fragment){.ufrag = ""};
    int result = sdp_parse_fragment(&sdp, text, length, refusal);
    if (result != 0)
        return result;
    const struct sdp_media *media = &sdp->media[0];
    snprintf(out->ufrag, sizeof out->ufrag, "%s", media->ice_ufrag);
    snprintf(out->pwd, sizeof out->pwd, "%s", media->ice_pwd);
    out->candidate_count = media->candidate_count;
    memcpy(out->candidates, media->candidates, sizeof out->candidates);
    out->end_of_candidates = media->end_of_candidates;
    result = check_credentials(out, media, refusal);
    sdp_free(sdp);
    return result;
}

static bool is_of_ice(const char *line)
{
    static const char *const names[] = {"a=ice-ufrag:", "a=ice-pwd:", "a=candidate:", "a=end-of-candidates"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

char *ice_fragment_restart(const char *offer, const struct ice_fragment *fragment)
{
    size_t size = strlen(offer) + sizeof fragment->ufrag + sizeof fragment->pwd + 64, used = 0;
    char *out = mem_alloc(size);
    bool is_written = false;
    for (const char *line = offer, *next; *line != '\0'; line = next) {
        size_t length = strcspn(line, "\n");
        next = line + length + (line[length] == '\n');
        if (!is_written && strncmp(line, "m=", 2) == 0) { /* in the session's part, for all m-lines */
            used += (size_t)snprintf(out + used, size - used, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", fragment->ufrag,
                                     fragment->pwd);
            is_written = true;
        }
        if (is_of_ice(line))
            continue;
        memcpy(out + used, line, (size_t)(next - line));
        used += (size_t)(next - line);
    }
    return out;
}

struct text_out {
    char *at;
    size_t capacity, length;
};

static void add(struct text_out *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text_out *text, const char *format, ...)
{
    size_t left = text->length < text->capacity ? text->capacity - text->length : 0;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(left > 0 ? text->at + text->length : NULL, left, format, arguments);
    va_end(arguments);
    text->length += length > 0 ? (size_t)length : 0;
}

int ice_fragment_write(const struct sdp *answer, char *out, size_t capacity)
{
    struct text_out text = {.at = out, .capacity = capacity};
    const struct sdp_media *media = sdp_transport(answer);
    if (media == NULL)
        return ERR_NO_SPACE;
    add(&text, "%sa=ice-options:trickle\r\na=group:BUNDLE", answer->ice_lite ? "a=ice-lite\r\n" : "");
    for (size_t i = 0; i < answer->bundle_count; i++)
        add(&text, " %s", answer->bundle[i]);
    add(&text, "\r\nm=%s 9 %s %s\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", media->kind, media->protocol,
        media->format, media->mid, media->ice_ufrag, media->ice_pwd);
    for (size_t i = 0; i < media->candidate_count; i++)
        add(&text, "a=%s\r\n", media->candidates[i]);
    if (media->end_of_candidates)
        add(&text, "a=end-of-candidates\r\n");
    return text.length < capacity ? (int)text.length : ERR_NO_SPACE;
}
