#include "transport/hop/redundancy.h"

#define LOSSY 2 /* of 256: one packet lost of the 250 that browsers report on at once is no lossy link */
#define STAYS (30 * USEC_PER_SEC) /* losses come in bursts, and browsers report on audio each five seconds */

void redundancy_report(struct redundancy *redundancy, uint8_t fraction_lost, usec_t now)
{
    if (fraction_lost >= LOSSY)
        redundancy->needed_until = now + STAYS;
}

bool redundancy_is_needed(const struct redundancy *redundancy, usec_t now)
{
    return now < redundancy->needed_until;
}
