/* How a name is drawn. Participants choose their names freely, so that nothing of one is invisible, reorders it or
 * reaches over other pictures: two that differ look different. The page's rules (client/web/ui/name.js); both are
 * tested with tests/vectors/names/. Pure. */
#ifndef HEDDLE_CLIENT_MIX_SHOWN_NAME_H
#define HEDDLE_CLIENT_MIX_SHOWN_NAME_H

/* The caller frees it. "": nothing of it can be seen, or it is no UTF-8. */
char *shown_name(const char *name);

#endif
