/* End-to-end encryption of a call's media: what the client sends passes here before it reaches a connection, and what
 * came before it is decoded. */
#ifndef HEDDLE_CLIENT_CLIENT_ENCRYPTION_H
#define HEDDLE_CLIENT_CLIENT_ENCRYPTION_H

#include "client/client_state.h"

struct client_encryption; /* NULL in a call without encryption */

/* Takes some tenths of a second. */
struct client_encryption *client_encryption_new(const char *passphrase, const char *room);
void client_encryption_free(struct client_encryption *encryption);

/* We are in the room, maybe with another id. */
void client_encryption_joined(struct heddle_client *client);
void client_encryption_came(struct heddle_client *client);
void client_encryption_left(struct heddle_client *client);

void client_send_video(struct heddle_client *client, const char *source, enum codec codec, unsigned encoding,
                       const struct coded_frame *frame, usec_t now);
void client_send_audio(struct heddle_client *client, const char *source, const struct coded_audio *audio, usec_t now);

/* Decrypts `frame` in place, if the call is encrypted. False: there is nothing to decode; `needs_keyframe`: of this
 * m-line, so that there will be. */
bool client_encryption_decrypt(struct heddle_client *client, struct tile *tile, struct session_frame *frame,
                               bool *needs_keyframe, usec_t now);
/* "encrypted", "wrong key", or "" when nothing came from it yet or the call is not encrypted. */
const char *client_encryption_state(const struct heddle_client *client, const struct tile *tile);

#endif
