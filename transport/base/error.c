#include "transport/base/error.h"

const char *error_text(int code)
{
    switch (code) {
    case 0:
        return "ok";
    case ERR_INVALID:
        return "invalid";
    case ERR_TRUNCATED:
        return "truncated";
    case ERR_UNSUPPORTED:
        return "unsupported";
    case ERR_NO_MEMORY:
        return "out of memory";
    case ERR_NO_SPACE:
        return "buffer too small";
    case ERR_AUTH:
        return "authentication failed";
    case ERR_WRONG_STATE:
        return "wrong state";
    case ERR_LIMIT:
        return "limit reached";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_DUPLICATE:
        return "duplicate";
    case ERR_AGAIN:
        return "would block";
    case ERR_IO:
        return "system error";
    case ERR_TIMEOUT:
        return "timed out";
    default:
        return "unknown error";
    }
}
