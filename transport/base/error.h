/* Errors are values: functions return 0 (or a count) or one of these negative codes. */
#ifndef HEDDLE_BASE_ERROR_H
#define HEDDLE_BASE_ERROR_H

enum error {
    ERR_INVALID = -1,     /* input breaks its format or a rule */
    ERR_TRUNCATED = -2,   /* input ends too early */
    ERR_UNSUPPORTED = -3, /* well-formed, but not supported */
    ERR_NO_MEMORY = -4,
    ERR_NO_SPACE = -5,    /* the caller's buffer is too small */
    ERR_AUTH = -6,        /* a key, fingerprint, tag or credential does not match */
    ERR_WRONG_STATE = -7, /* the object is not in a state that allows it */
    ERR_LIMIT = -8,       /* a configured bound is reached */
    ERR_NOT_FOUND = -9,
    ERR_DUPLICATE = -10,
    ERR_AGAIN = -11, /* would block; try when ready */
    ERR_IO = -12,    /* the system refused; errno has the reason */
    ERR_TIMEOUT = -13,
};

/* A short text for a code ("truncated"); "unknown error" for any other number. Static. */
const char *error_text(int code);

#endif
