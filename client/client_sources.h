/* Which sources a client offers: those of its publisher, and those that the application fills. */
#ifndef HEDDLE_CLIENT_CLIENT_SOURCES_H
#define HEDDLE_CLIENT_CLIENT_SOURCES_H

struct heddle_client;

/* After one was added. */
void client_set_sources(struct heddle_client *client);

#endif
