#include "client/files/file_store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/files/file_message.h"
#include "transport/base/error.h"

#define NAMES_MAX 1000 /* of the same, with numbers */

/* "plan.pdf", "plan (2).pdf"... */
static int path_of(const struct file_store *store, unsigned number, const char *ending, char path[FILE_PATH_MAX])
{
    const char *dot = strrchr(store->name, '.'), *extension = dot != NULL && dot > store->name ? dot : "";
    int stem = (int)(strlen(store->name) - strlen(extension));
    char count[16] = "";
    if (number > 1)
        snprintf(count, sizeof count, " (%u)", number);
    int length =
        snprintf(path, FILE_PATH_MAX, "%s/%.*s%s%s%s", store->folder, stem, store->name, count, extension, ending);
    if (length < FILE_PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return ERR_IO;
}

/* Makes a file that was not there; its descriptor, or ERR_IO. */
static int make(const struct file_store *store, const char *ending, char path[FILE_PATH_MAX])
{
    for (unsigned number = 1; number <= NAMES_MAX; number++) {
        if (path_of(store, number, ending, path) != 0)
            return ERR_IO;
        int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor >= 0 ? descriptor : ERR_IO;
    }
    return ERR_IO;
}

int file_store_open(struct file_store *store, const char *folder, const char *name)
{
    *store = (struct file_store){.descriptor = -1, .folder = folder};
    snprintf(store->name, sizeof store->name, "%s", name);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return ERR_IO;
    store->descriptor = make(store, ".part", store->path);
    if (store->descriptor < 0)
        return ERR_IO;
    store->hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(store->hash, EVP_sha256(), NULL);
    return 0;
}

int file_store_write(struct file_store *store, struct span bytes)
{
    EVP_DigestUpdate(store->hash, bytes.data, bytes.length);
    while (bytes.length > 0) {
        ssize_t written = write(store->descriptor, bytes.data, bytes.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return ERR_IO;
        bytes.data += written;
        bytes.length -= (size_t)written;
    }
    return 0;
}

static int close_descriptor(struct file_store *store)
{
    int result = store->descriptor >= 0 ? close(store->descriptor) : 0;
    store->descriptor = -1;
    EVP_MD_CTX_free(store->hash);
    store->hash = NULL;
    return result == 0 ? 0 : ERR_IO;
}

/* The name is taken by an empty file first: a rename alone would write over what is there. */
static int rename_to_final(struct file_store *store)
{
    char path[FILE_PATH_MAX];
    int descriptor = make(store, "", path);
    if (descriptor < 0)
        return ERR_IO;
    close(descriptor);
    if (rename(store->path, path) != 0) {
        int reason = errno;
        unlink(path);
        errno = reason;
        return ERR_IO;
    }
    memcpy(store->path, path, sizeof path);
    return 0;
}

int file_store_finish(struct file_store *store, const uint8_t *hash)
{
    uint8_t own[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(store->hash, own, NULL);
    bool is_same = memcmp(own, hash, FILE_HASH_LENGTH) == 0;
    int result = close_descriptor(store); /* some file systems say only now that there was no place */
    if (result == 0)
        result = is_same ? rename_to_final(store) : ERR_AUTH;
    if (result != 0) {
        int reason = errno;
        unlink(store->path);
        errno = reason;
    }
    return result;
}

void file_store_close(struct file_store *store)
{
    if (store->descriptor < 0)
        return;
    (void)close_descriptor(store);
    unlink(store->path);
}
