/* What reached a router of a test, in words. */
#ifndef HEDDLE_TESTS_ROUTER_NOTES_H
#define HEDDLE_TESTS_ROUTER_NOTES_H

void router_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* It was this, since the last call, and nothing else. */
void reached_router(const char *expected);
void router_notes_clear(void);

#endif
