/* Up to four participants whose connections break, and the frames between them on their way. */
#ifndef HEDDLE_TESTS_ROOM_DATA_PEERS_H
#define HEDDLE_TESTS_ROOM_DATA_PEERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/call/room_data.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC
enum { PEERS = 4, HEARD_MAX = 4096 };

struct sent_frame {
    struct sent_frame *next;
    usec_t at;
    unsigned from, connections[2]; /* of both ends when it was sent */
    size_t length;
    uint8_t bytes[];
};

struct peer {
    struct room_data *data;
    char id[16];
    unsigned connection;
    bool is_open;
    struct sent_frame *first, **last;
    size_t heard, lost, ready, refused;
    struct {
        unsigned from, step;
        bool is_private, is_ordered;
    } all[HEARD_MAX];
};

/* Somebody whose link takes a message in each interval, and for whom so many wait at the router, as it does it: more
 * is dropped, and its sender is told when there is room. */
extern struct narrow {
    unsigned who;
    usec_t interval, last_at;
    size_t most, dropped;
    bool holds[4];
    uint32_t first[4][ENVELOPE_SERIES]; /* that was dropped, by sender */
} narrow;

extern struct peer peers[PEERS];
extern usec_t now;

/* All are connected to each other. */
void begin_room(unsigned count);
void end_room(void);
void pass(usec_t duration);
void set_others(unsigned who, unsigned count);
void break_connection(unsigned who);
void open_connection(unsigned who);
/* It knows nothing of what was said before. */
void join_anew(unsigned who, unsigned count);
/* The router says that so much may be sent to who has the narrow link. */
void tell_room(unsigned sender, uint32_t bytes);
int send_number(unsigned from, const char *to, enum envelope_policy policy, unsigned number);
/* Peer 2 speaks the protocol, but does not mean it: it takes what comes and answers as it likes. */
void answer(unsigned who, enum envelope_kind kind, const uint32_t *numbers);

#endif
