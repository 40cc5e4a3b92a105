#include "tests/sim/cubic.h"

#include <math.h>

#define WINDOW_FIRST 10 /* RFC 6928 */
#define SCALE 0.4       /* C of RFC 9438 */
#define REDUCTION 0.7   /* beta */
#define RETRANSMISSION_TIMEOUT (2 * USEC_PER_SEC)

void cubic_init(struct cubic *cubic, usec_t way_back, usec_t now)
{
    *cubic = (struct cubic){.way_back = way_back, .window = WINDOW_FIRST, .threshold = INFINITY, .last_progress = now};
}

void cubic_arrived(struct cubic *cubic, uint64_t segment, usec_t at)
{
    uint64_t place = cubic->acknowledgments_end++ % CUBIC_IN_FLIGHT;
    cubic->acknowledgments[place].at = at + cubic->way_back;
    cubic->acknowledgments[place].segment = segment;
}

static void reduce(struct cubic *cubic)
{
    bool is_less = cubic->window < cubic->window_max; /* somebody new needs room: fast convergence */
    cubic->window_max = is_less ? cubic->window * (1 + REDUCTION) / 2 : cubic->window;
    cubic->window = fmax(cubic->window * REDUCTION, 2);
    cubic->threshold = cubic->window;
    cubic->epoch = 0;
    cubic->recovered_at = cubic->next;
}

static void grow(struct cubic *cubic, usec_t now)
{
    if (cubic->window < cubic->threshold) {
        cubic->window++;
        return;
    }
    if (cubic->epoch == 0) {
        cubic->epoch = now;
        cubic->reno_window = cubic->window;
        cubic->plateau = cbrt(fmax(cubic->window_max - cubic->window, 0) / SCALE);
    }
    double since = (double)(now - cubic->epoch) / USEC_PER_SEC - cubic->plateau;
    double target = cubic->window_max + SCALE * since * since * since;
    double share = cubic->reno_window < cubic->window_max ? 3 * (1 - REDUCTION) / (1 + REDUCTION) : 1;
    cubic->reno_window += share / cubic->window;
    target = fmin(fmax(target, cubic->window), 1.5 * cubic->window);
    cubic->window = fmax(cubic->window + (target - cubic->window) / cubic->window, cubic->reno_window);
}

static void acknowledge(struct cubic *cubic, uint64_t segment, usec_t now)
{
    if (segment < cubic->expected)
        return; /* given up already */
    if (segment > cubic->expected && cubic->expected >= cubic->recovered_at)
        reduce(cubic);
    else if (cubic->expected >= cubic->recovered_at)
        grow(cubic, now);
    cubic->expected = segment + 1;
    cubic->last_progress = now;
}

void cubic_timeout(struct cubic *cubic, usec_t now)
{
    while (cubic->acknowledgments_first < cubic->acknowledgments_end) {
        uint64_t place = cubic->acknowledgments_first % CUBIC_IN_FLIGHT;
        if (cubic->acknowledgments[place].at > now)
            break;
        acknowledge(cubic, cubic->acknowledgments[place].segment, now);
        cubic->acknowledgments_first++;
    }
    if (now - cubic->last_progress < RETRANSMISSION_TIMEOUT)
        return;
    reduce(cubic);
    cubic->window = 1;
    cubic->expected = cubic->next;
    cubic->last_progress = now;
}

bool cubic_take(struct cubic *cubic, uint64_t *segment, usec_t now)
{
    if ((double)(cubic->next - cubic->expected) >= floor(cubic->window))
        return false;
    if (cubic->next == cubic->expected)
        cubic->last_progress = now; /* the timer starts with the first that is under way */
    *segment = cubic->next++;
    return true;
}
