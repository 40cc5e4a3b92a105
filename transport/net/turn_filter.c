#include "transport/net/turn_filter.h"

#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define STUN_HEADER 20
#define STUN_COOKIE 0x2112A442U
#define ALLOCATE_SUCCESS 0x0103
#define REFRESH_SUCCESS 0x0104
#define DATA_INDICATION 0x0017
#define CHANNEL_CLASS 1 /* the first two bits of ChannelData */
#define ANSWER_HEAD 8   /* bytes of a message by which it is known */
#define ATTRIBUTE_INTEGRITY 0x0008
#define ATTRIBUTE_LIFETIME 0x000D
#define ATTRIBUTE_DATA 0x0013
#define ATTRIBUTE_FINGERPRINT 0x8028
#define ATTRIBUTE_HEADER 4
#define LIFETIME_HEADER (ATTRIBUTE_LIFETIME << 16 | 4) /* type and length */
#define CHANNEL_HEADER 4
#define STREAM_MESSAGE_MAX 65536 /* libnice's buffer: longer ones it writes behind its end */
#define ATTRIBUTES_MAX 16        /* servers send six or seven; the kernel's filter has no loops */

static bool is_looked_at(unsigned type)
{
    return type == ALLOCATE_SUCCESS || type == REFRESH_SUCCESS;
}

static bool is_sound(unsigned type, uint32_t lifetime_s)
{
    return (lifetime_s >= TURN_LIFETIME_MIN_S && lifetime_s <= TURN_LIFETIME_MAX_S) ||
           (type == REFRESH_SUCCESS && lifetime_s == 0);
}

/* What a server says that it relays is taken for its own answer, too, when it looks like one. */
static bool is_answer(const uint8_t *payload)
{
    return is_looked_at(get_u16(payload)) && get_u32(payload + 4) == STUN_COOKIE;
}

/* The first LIFETIME, or DATA, as libnice finds it. */
bool turn_filter_accepts(const uint8_t *message, size_t length)
{
    if (length < STUN_HEADER)
        return true;
    unsigned kind = get_u16(message);
    if (kind >> 14 == CHANNEL_CLASS)
        return !is_answer(message + CHANNEL_HEADER);
    if (get_u32(message + 4) != STUN_COOKIE || (!is_looked_at(kind) && kind != DATA_INDICATION))
        return true;
    if (get_u16(message + 2) + (size_t)STUN_HEADER != length)
        return false;
    size_t at = STUN_HEADER;
    for (unsigned i = 0; i < ATTRIBUTES_MAX && at + ATTRIBUTE_HEADER <= length; i++) {
        unsigned type = get_u16(message + at);
        const uint8_t *value = message + at + ATTRIBUTE_HEADER;
        size_t left = length - at - ATTRIBUTE_HEADER;
        if (type == ATTRIBUTE_DATA)
            return kind == DATA_INDICATION && left >= ANSWER_HEAD && !is_answer(value);
        if (get_u32(message + at) == LIFETIME_HEADER)
            return kind != DATA_INDICATION && left >= 4 && is_sound(kind, get_u32(value));
        if (type == ATTRIBUTE_LIFETIME || type == ATTRIBUTE_INTEGRITY || type == ATTRIBUTE_FINGERPRINT)
            return false;
        at += (ATTRIBUTE_HEADER + (size_t)get_u16(message + at + 2) + 3) & ~(size_t)3;
    }
    return false;
}

/* turn_filter_accepts() for the kernel. Its data begins with the UDP header, and a load behind the end drops the
 * datagram. M[0] is the message's type, X where an attribute begins. */
int turn_filter_attach(int fd)
{
    enum { UDP_HEADER = 8, HEAD = 18, ATTRIBUTE = 12, ATTRIBUTES_END = HEAD + ATTRIBUTES_MAX * ATTRIBUTE };
    enum { CHANNEL = ATTRIBUTES_END + 1, DATA = CHANNEL + 2, CONTENT = DATA + 2, LIFETIME = CONTENT + 5 };
    enum { DROP = LIFETIME + 8, ACCEPT = DROP + 1, LENGTH = ACCEPT + 1 };
    _Static_assert(LENGTH <= UINT8_MAX, "a jump has eight bits");
#define TO(label, from) ((uint8_t)((label) - (from)-1)) /* counted from the next instruction */
#define LOAD(size, mode, k) BPF_STMT(BPF_LD | (size) | (mode), k)
#define JUMP(if_a, k, if_true, if_false) BPF_JUMP(BPF_JMP | (if_a) | BPF_K, k, if_true, if_false)
#define ALU(operation, source, k) BPF_STMT(BPF_ALU | (operation) | (source), k)
    const struct sock_filter head[HEAD] = {
        LOAD(BPF_W, BPF_LEN, 0),
        JUMP(BPF_JGE, UDP_HEADER + STUN_HEADER, 0, TO(ACCEPT, 1)),
        LOAD(BPF_H, BPF_ABS, UDP_HEADER),
        BPF_STMT(BPF_ST, 0),
        ALU(BPF_RSH, BPF_K, 14),
        JUMP(BPF_JEQ, CHANNEL_CLASS, TO(CHANNEL, 5), 0),
        LOAD(BPF_W, BPF_ABS, UDP_HEADER + 4),
        JUMP(BPF_JEQ, STUN_COOKIE, 0, TO(ACCEPT, 7)),
        LOAD(BPF_W, BPF_MEM, 0),
        JUMP(BPF_JEQ, ALLOCATE_SUCCESS, 2, 0),
        JUMP(BPF_JEQ, REFRESH_SUCCESS, 1, 0),
        JUMP(BPF_JEQ, DATA_INDICATION, 0, TO(ACCEPT, 11)),
        LOAD(BPF_H, BPF_ABS, UDP_HEADER + 2),
        ALU(BPF_ADD, BPF_K, UDP_HEADER + STUN_HEADER),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        LOAD(BPF_W, BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, TO(DROP, 16)),
        BPF_STMT(BPF_LDX | BPF_IMM, UDP_HEADER + STUN_HEADER),
    };
    const struct sock_filter tail[LENGTH - ATTRIBUTES_END] = {
        BPF_STMT(BPF_JMP | BPF_JA, TO(DROP, ATTRIBUTES_END)),
        BPF_STMT(BPF_LDX | BPF_IMM, UDP_HEADER), /* CHANNEL: its header is as long as that of an attribute */
        BPF_STMT(BPF_JMP | BPF_JA, TO(CONTENT, CHANNEL + 1)),
        LOAD(BPF_W, BPF_MEM, 0), /* DATA */
        JUMP(BPF_JEQ, DATA_INDICATION, 0, TO(DROP, DATA + 1)),
        LOAD(BPF_W, BPF_IND, ATTRIBUTE_HEADER + 4), /* CONTENT */
        JUMP(BPF_JEQ, STUN_COOKIE, 0, TO(ACCEPT, CONTENT + 1)),
        LOAD(BPF_H, BPF_IND, ATTRIBUTE_HEADER),
        JUMP(BPF_JEQ, ALLOCATE_SUCCESS, TO(DROP, CONTENT + 3), 0),
        JUMP(BPF_JEQ, REFRESH_SUCCESS, TO(DROP, CONTENT + 4), TO(ACCEPT, CONTENT + 4)),
        LOAD(BPF_W, BPF_MEM, 0), /* LIFETIME */
        JUMP(BPF_JEQ, DATA_INDICATION, TO(DROP, LIFETIME + 1), 0),
        LOAD(BPF_W, BPF_IND, ATTRIBUTE_HEADER),
        JUMP(BPF_JGT, TURN_LIFETIME_MAX_S, TO(DROP, LIFETIME + 3), 0),
        JUMP(BPF_JGE, TURN_LIFETIME_MIN_S, TO(ACCEPT, LIFETIME + 4), 0),
        JUMP(BPF_JEQ, 0, 0, TO(DROP, LIFETIME + 5)),
        LOAD(BPF_W, BPF_MEM, 0),
        JUMP(BPF_JEQ, REFRESH_SUCCESS, TO(ACCEPT, LIFETIME + 7), 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_filter code[LENGTH];
    memcpy(code, head, sizeof head);
    for (int at = HEAD; at < ATTRIBUTES_END; at += ATTRIBUTE) {
        const struct sock_filter attribute[ATTRIBUTE] = {
            LOAD(BPF_W, BPF_IND, 0),
            JUMP(BPF_JEQ, LIFETIME_HEADER, TO(LIFETIME, at + 1), 0),
            ALU(BPF_RSH, BPF_K, 16),
            JUMP(BPF_JEQ, ATTRIBUTE_DATA, TO(DATA, at + 3), 0),
            JUMP(BPF_JEQ, ATTRIBUTE_LIFETIME, TO(DROP, at + 4), 0),
            JUMP(BPF_JEQ, ATTRIBUTE_INTEGRITY, TO(DROP, at + 5), 0),
            JUMP(BPF_JEQ, ATTRIBUTE_FINGERPRINT, TO(DROP, at + 6), 0),
            LOAD(BPF_H, BPF_IND, 2),
            ALU(BPF_ADD, BPF_K, ATTRIBUTE_HEADER + 3),
            ALU(BPF_AND, BPF_K, ~3U),
            ALU(BPF_ADD, BPF_X, 0),
            BPF_STMT(BPF_MISC | BPF_TAX, 0),
        };
        memcpy(&code[at], attribute, sizeof attribute);
    }
    memcpy(&code[ATTRIBUTES_END], tail, sizeof tail);
    const struct sock_fprog program = {.len = LENGTH, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : ERR_IO;
}

/* Length of a message on the stream, from its first four bytes; 0: there is no such message. */
static size_t length_on_stream(const uint8_t *head)
{
    size_t length = get_u16(head + 2);
    switch (head[0] >> 6) {
    case 0: /* STUN; after another length libnice would look for the next message elsewhere */
        return length % 4 == 0 ? STUN_HEADER + length : 0;
    case 1: /* ChannelData */
        return (CHANNEL_HEADER + length + 3) & ~(size_t)3;
    default:
        return 0;
    }
}

/* Of ChannelData the type is the channel's number. */
static bool comes_from_servers(unsigned type)
{
    enum { CLASS = 0x0110, SUCCESS = 0x0100, ERROR = 0x0110 };
    enum { ALLOCATE = 3, REFRESH = 4, CREATE_PERMISSION = 8, CHANNEL_BIND = 9 };
    unsigned method = type & ~(unsigned)CLASS, class = type & CLASS;
    return type >= 0x4000 || type == DATA_INDICATION ||
           ((class == SUCCESS || class == ERROR) &&
            (method == ALLOCATE || method == REFRESH || method == CREATE_PERMISSION || method == CHANNEL_BIND));
}

/* How much of a message has to be there to judge it: all of what is looked into, the beginning of what is relayed. */
static size_t length_to_judge(unsigned type, size_t whole)
{
    if (is_looked_at(type) || (type == DATA_INDICATION && whole <= TURN_ANSWER_MAX))
        return whole;
    return type >> 14 == CHANNEL_CLASS && whole > STUN_HEADER ? STUN_HEADER : CHANNEL_HEADER;
}

/* What is held has become long enough to know, or is whole. Returns how many bytes of it pass, or ERR_INVALID. */
static ssize_t judge_held(struct turn_stream *stream, uint8_t *out)
{
    unsigned type = get_u16(stream->head);
    size_t held = stream->held, whole = length_on_stream(stream->head);
    if (whole == 0 || whole > STREAM_MESSAGE_MAX || (is_looked_at(type) && whole > sizeof stream->head))
        return ERR_INVALID;
    if (held < length_to_judge(type, whole))
        return 0;
    bool is_too_large = type == DATA_INDICATION && whole > sizeof stream->head; /* no packet of a call is */
    stream->held = 0;
    stream->left = whole - held;
    stream->is_dropping = is_too_large || !comes_from_servers(type) || !turn_filter_accepts(stream->head, held);
    if (stream->is_dropping)
        return 0;
    memcpy(out, stream->head, held);
    return (ssize_t)held;
}

ssize_t turn_stream_take(struct turn_stream *stream, const uint8_t *data, size_t length, uint8_t *out)
{
    size_t written = 0;
    for (size_t at = 0; at < length;) {
        if (stream->left > 0) {
            size_t taken = length - at < stream->left ? length - at : stream->left;
            if (!stream->is_dropping) {
                memcpy(out + written, data + at, taken);
                written += taken;
            }
            stream->left -= taken;
            at += taken;
            continue;
        }
        stream->head[stream->held++] = data[at++];
        if (stream->held < CHANNEL_HEADER)
            continue;
        ssize_t passed = judge_held(stream, out + written);
        if (passed < 0)
            return ERR_INVALID;
        written += (size_t)passed;
    }
    return (ssize_t)written;
}
