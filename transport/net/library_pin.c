#include "transport/net/library_pin.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

static int keep_if_named(struct dl_phdr_info *info, size_t size, void *part)
{
    (void)size;
    if (strstr(info->dlpi_name, part) == NULL)
        return 0;
    /* The handle is not kept: opening it with NODELETE is enough. */
    void *handle = dlopen(info->dlpi_name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    if (handle != NULL)
        dlclose(handle);
    return 1;
}

void library_pin(const char *part)
{
    dl_iterate_phdr(keep_if_named, (void *)(uintptr_t)part);
}
