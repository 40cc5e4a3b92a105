/* Joins the page's modules into one text, which page_parts.h cuts into scripts: a few requests instead of one for each,
 * of which a browser has six at once. No JavaScript is parsed: the page's own sources begin each `import` and `export`
 * in the first column, on one line. Each module becomes a function that returns what it exports, those that it needs
 * before it:
 *
 *   import { text, setLabel as label } from '../i18n.js';   const { text, setLabel: label } = m[3];
 *   export class Tile {                                      class Tile {      ... return { Tile };
 *
 * Comments, on lines of their own or at the end of one, and indentation are left out. */
#ifndef HEDDLE_SIGNALING_PAGE_BUNDLE_H
#define HEDDLE_SIGNALING_PAGE_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE_MODULES_MAX 256
/* What each script that has some of the modules begins with: where all of them find each other. */
#define PAGE_BUNDLE_HEAD "const m = globalThis.pageModules ||= [];\n"

/* The text of a module, by its name below the page's folder ("ui/tile.js"), which the caller frees; NULL: there is
 * none. */
typedef char *page_module_text(void *user, const char *name);

struct page_bundle {
    char *text; /* which the caller frees */
    size_t count;
    size_t ends[PAGE_MODULES_MAX]; /* of the modules in the text, in order */
};

/* False: a module is missing, is written otherwise, or needs itself, and `problem` says which; there is no text. */
bool page_bundle(struct page_bundle *bundle, const char *entry, page_module_text *text, void *user, char problem[256]);

#endif
