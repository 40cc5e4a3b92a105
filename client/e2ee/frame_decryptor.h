/* Decrypts the frames of one other participant, and says when that does not work. Embedded in who receives. Pure. */
#ifndef HEDDLE_CLIENT_FRAME_DECRYPTOR_H
#define HEDDLE_CLIENT_FRAME_DECRYPTOR_H

#include <stdbool.h>

#include "client/e2ee/room_key.h"
#include "transport/base/budget.h"
#include "transport/base/names.h"
#include "transport/wire/codec.h"

#define DECRYPTOR_KEYS 4 /* a sender's last ones: frames of a former key are still on their way */

enum decryptor_state {
    DECRYPTOR_UNKNOWN, /* nothing came yet */
    DECRYPTOR_WORKS,
    DECRYPTOR_WRONG_KEY, /* many frames in a row could not be decrypted */
};

/* Where a sender's chain of keys is, so that a later step need not be reached from its start. */
struct key_chain {
    bool is_known;
    uint64_t generation;
    unsigned step;
    uint8_t base_key[ROOM_KEY_SIZE];
};

/* Zeros, as long as nothing came. */
struct frame_decryptor {
    char participant[PARTICIPANT_ID_MAX + 1];
    uint16_t tag;
    enum decryptor_state state;
    unsigned failures;      /* in a row */
    struct key_chain chain; /* of the last key that decrypted a frame */
    struct budget derivations;
    struct sframe_key keys[DECRYPTOR_KEYS];
    unsigned key_count, next_key;
};

/* Whose a frame is, as it says itself: a tag (room_key_sender_tag()). Negative: that cannot be read. */
int frame_decryptor_read_tag(enum codec codec, struct span frame);
/* The tag of `participant`, whom this decryptor is of from now on. */
uint16_t frame_decryptor_tag(struct frame_decryptor *decryptor, const uint8_t room_key[ROOM_KEY_SIZE],
                             const char *participant);
/* Decrypts a frame of `participant` to `out`, which is as long as the frame. Returns the length, or ERR_TRUNCATED,
 * ERR_UNSUPPORTED, ERR_AUTH (it is another's, or its key is another one, or it was changed), ERR_LIMIT (its sender has
 * caused too many derivations of keys): then there is nothing to decode. */
int frame_decryptor_decrypt(struct frame_decryptor *decryptor, const uint8_t room_key[ROOM_KEY_SIZE],
                            const char *participant, enum codec codec, struct span frame, uint8_t *out, usec_t now);
/* Notes what became of a frame that was this participant's. True: the state is another one now. */
bool frame_decryptor_note(struct frame_decryptor *decryptor, bool is_decrypted);

#endif
