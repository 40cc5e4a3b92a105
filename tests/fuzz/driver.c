/* Drives a fuzz target without libFuzzer: every file of the corpus, every truncation of it, single-byte
 * mutations, and ten thousand random inputs from a fixed seed. So each parser meets bad input in every build,
 * the sanitizer builds included. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact-size heap copy, so that a read past the end is seen by ASan. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void feed_file(const char *path, struct rng *rng)
{
    static uint8_t data[65536];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    feed(data, size);
    size_t step = size / 200 + 1;
    for (size_t length = 0; length < size; length += step) {
        feed(data, length);
        uint8_t saved = data[length];
        data[length] = (uint8_t)rng_next(rng);
        feed(data, size);
        data[length] = saved;
    }
}

int main(int argc, char **argv)
{
    struct rng rng;
    rng_init(&rng, 1);
    int files = 0;
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        feed_file(path, &rng);
        files++;
    }
    if (dir != NULL)
        closedir(dir);
    for (int i = 0; i < 10000; i++) {
        uint8_t data[1500];
        size_t size = rng_below(&rng, i % 4 == 0 ? sizeof data : 64);
        for (size_t k = 0; k < size; k++)
            data[k] = (uint8_t)rng_next(&rng);
        feed(data, size);
    }
    printf("%d corpus files and 10000 random inputs\n", files);
    return 0;
}
