#include "transport/base/spacing.h"

void spacing_want(struct spacing *spacing)
{
    spacing->is_wanted = true;
}

usec_t spacing_due(const struct spacing *spacing)
{
    return spacing->is_wanted ? spacing->free_at : USEC_NEVER;
}

bool spacing_take(struct spacing *spacing, usec_t now)
{
    if (!spacing->is_wanted || now < spacing->free_at)
        return false;
    spacing->is_wanted = false;
    spacing->free_at = now + spacing->interval;
    return true;
}
