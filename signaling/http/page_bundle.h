/* Joins the page's modules into one script: one request instead of one for each, of which a browser has six at once.
 * No JavaScript is parsed: the page's own sources begin each `import` and `export` in the first column, on one line.
 * Each module becomes a function that returns what it exports, those that it needs before it:
 *
 *   import { text, setLabel as label } from '../i18n.js';   const { text, setLabel: label } = m3;
 *   export class Tile {                                      class Tile {      ... return { Tile };
 *
 * Lines that are comments, and indentation, are left out. */
#ifndef HEDDLE_SIGNALING_PAGE_BUNDLE_H
#define HEDDLE_SIGNALING_PAGE_BUNDLE_H

#include <stddef.h>

#define PAGE_MODULES_MAX 256

/* The text of a module, by its name below the page's folder ("ui/tile.js"), which the caller frees; NULL: there is
 * none. */
typedef char *page_module_text(void *user, const char *name);

/* The script, which the caller frees; NULL: a module is missing, is written otherwise, or needs itself, and `problem`
 * says which. */
char *page_bundle(const char *entry, page_module_text *text, void *user, size_t *length, char problem[256]);

#endif
