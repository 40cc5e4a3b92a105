/* A file that comes in, on disk: under a name of its own until all of it is there and is what was sent; then under the
 * offered one, or that with a number. Nothing that is there is ever written over. */
#ifndef HEDDLE_CLIENT_FILE_STORE_H
#define HEDDLE_CLIENT_FILE_STORE_H

#include <openssl/types.h>
#include <stdbool.h>

#include "client/files/file_name.h"
#include "transport/base/bytes.h"

#define FILE_PATH_MAX 4096

struct file_store {
    int descriptor; /* -1: none is open */
    EVP_MD_CTX *hash;
    const char *folder; /* borrowed */
    char name[FILE_SAFE_NAME_MAX + 1];
    char path[FILE_PATH_MAX]; /* while it comes, and when it is finished */
};

/* Each returns 0, or ERR_IO: errno has the reason. */
int file_store_open(struct file_store *store, const char *folder, const char *name);
int file_store_write(struct file_store *store, struct span bytes);
/* ERR_AUTH: the hash is another one. The store is closed, whatever is returned. */
int file_store_finish(struct file_store *store, const uint8_t *hash);
/* Removes what came; nothing after finish. */
void file_store_close(struct file_store *store);

#endif
