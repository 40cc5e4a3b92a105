/* The calls that a test's stand-in for the router got, as one text. */
#ifndef HEDDLE_TESTS_ROUTER_CALLS_H
#define HEDDLE_TESTS_ROUTER_CALLS_H

void router_call_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Since the last call of this function it got these, and no others. */
void expect_router_calls(const char *expected);
void router_calls_clear(void);

#endif
