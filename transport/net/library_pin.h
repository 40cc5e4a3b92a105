/* Shared libraries that must stay in memory. libwebsockets unloads its libuv plugin with its last context, while
 * handles of that plugin may still wait for their close callbacks: a call into unmapped memory. */
#ifndef HEDDLE_NET_LIBRARY_PIN_H
#define HEDDLE_NET_LIBRARY_PIN_H

/* Pins the loaded library whose path contains `part` for the life of the process; nothing happens when
 * there is none. */
void library_pin(const char *part);

#endif
