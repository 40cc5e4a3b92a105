/* Cuts a page's modules into scripts that a browser fetches at the same time. A connection begins slowly: it carries
 * 10 packets, waits a round trip until they are acknowledged, then carries 20. The one that had the HTML carries the
 * first script; each other one comes by a connection of its own, whole at once, while the first is on its way. */
#ifndef HEDDLE_SIGNALING_PAGE_PARTS_H
#define HEDDLE_SIGNALING_PAGE_PARTS_H

#include <stddef.h>

#include "signaling/http/page_bundle.h"

#define PAGE_PARTS_MAX 4      /* a browser opens six connections, one of them for signaling */
#define PAGE_FIRST_PART 59000 /* packed bytes that two round trips carry after the HTML: 14 packets and 28 */
#define PAGE_OTHER_PART 13500 /* that a new connection carries at once */

/* Where each part ends in the bundle's text: at a module's end, the last one with all that is left. Returns how many
 * there are. */
size_t page_parts(const struct page_bundle *bundle, size_t ends[PAGE_PARTS_MAX]);

#endif
