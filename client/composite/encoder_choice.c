#include "client/composite/encoder_choice.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *codec;
} kinds[] = {
    [ENCODER_AUTO] = {"auto", "no encoder"},
    [ENCODER_SOFTWARE] = {"software", "libx264"},
    [ENCODER_VAAPI] = {"vaapi", "h264_vaapi"},
    [ENCODER_NVENC] = {"nvenc", "h264_nvenc"},
};

bool encoder_kind_from_name(enum encoder_kind *out, const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *out = (enum encoder_kind)i;
            return true;
        }
    }
    return false;
}

const char *encoder_kind_codec(enum encoder_kind kind)
{
    return kinds[kind].codec;
}

size_t encoder_candidates(enum encoder_kind wish, enum encoder_kind out[ENCODER_KINDS])
{
    static const enum encoder_kind order[] = {ENCODER_VAAPI, ENCODER_NVENC, ENCODER_SOFTWARE};
    size_t count = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (wish == ENCODER_AUTO || order[i] == wish || order[i] == ENCODER_SOFTWARE)
            out[count++] = order[i];
    }
    return count;
}

static void add_reason(struct encoder_choice *choice, enum encoder_kind kind, const char *reason)
{
    size_t length = strlen(choice->reasons);
    snprintf(choice->reasons + length, sizeof choice->reasons - length, "%s%s: %s", length > 0 ? "; " : "",
             kinds[kind].codec, reason);
}

void encoder_choose(struct encoder_choice *out, enum encoder_kind wish, const struct encoder_opener *opener)
{
    enum encoder_kind candidates[ENCODER_KINDS];
    size_t count = encoder_candidates(wish, candidates);
    *out = (struct encoder_choice){.wish = wish, .kind = ENCODER_AUTO};
    for (size_t i = 0; i < count && out->kind == ENCODER_AUTO; i++) {
        char reason[ENCODER_REASON_MAX - 20] = ""; /* room for the encoder's name beside it */
        if (opener->open(opener->user, candidates[i], reason, sizeof reason) == 0)
            out->kind = candidates[i];
        else
            add_reason(out, candidates[i], reason);
    }
}

bool encoder_choice_is_second(const struct encoder_choice *choice)
{
    return choice->wish != ENCODER_AUTO && choice->kind != choice->wish;
}

void encoder_choice_write(const struct encoder_choice *choice, char *out, size_t size)
{
    bool has_reasons = choice->reasons[0] != '\0';
    snprintf(out, size, "is encoded by %s%s%s%s%s", kinds[choice->kind].codec,
             encoder_choice_is_second(choice) ? ", not as asked for" : "", has_reasons ? " (" : "", choice->reasons,
             has_reasons ? ")" : "");
}
