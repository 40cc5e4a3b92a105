/* The page as browsers get it: few answers, compressed once. The HTML has its style and its first script inside, which
 * its Content-Security-Policy names by their hashes; everything else is two or three scripts (page_bundle.h,
 * page_parts.h) whose names say their content, so that they may be kept for ever. Effects (client/effects) that the
 * folder does not have are left out; where it has one, the policy allows WebAssembly. Made from the folder's plain
 * files, and made again when one of them has changed. */
#ifndef HEDDLE_SIGNALING_PAGE_H
#define HEDDLE_SIGNALING_PAGE_H

#include <stddef.h>

/* What a page of ours may do: load and connect to its own server, and not be shown in a frame of another page, where
 * its buttons could be clicked unseen. `ws:` and `wss:` are for browsers whose 'self' leaves them out. */
#define PAGE_POLICY                                                                                                    \
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; "        \
    "frame-ancestors 'none'"

struct page;

struct page_file {
    const char *type, *cache, *policy;
    char etag[24];
    char *data, *packed; /* packed: by gzip */
    size_t length, packed_length;
};

/* `folder` stays valid. */
struct page *page_new(const char *folder);
void page_free(struct page *page); /* NULL is fine */
/* "/", or the script that it names; it stays valid until the next call. NULL: the path is none of these, or the page in
 * the folder is written so that it can only be served as it is. */
const struct page_file *page_find(struct page *page, const char *path);

#endif
