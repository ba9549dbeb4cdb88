// SPDX-License-Identifier: MIT
/*
 * The host program's hand on the registry: .reg files.
 */
#include <wskhost/wskhost.h>

#include "loader/ldrp.h"
#include "nt/cmp.h"

#define API __attribute__((visibility("default")))
#define REGISTRY_FILE_BYTES_MAX (64u << 20)

int LdrpLoadRegistry(PCSTR Path)
{
    void *Text;
    size_t Size;
    int Err = host_file_read(Path, REGISTRY_FILE_BYTES_MAX, &Text, &Size);

    if (Err)
    {
        HcLog(HcLogError, "%s: %s", Path,
              Err == -HOST_ENOENT ? "there is no such file" : "it cannot be read as a registry file");
        return Err;
    }
    switch (CmpLoadText(Path, Text, Size))
    {
    case STATUS_SUCCESS:
        break;
    case STATUS_INVALID_PARAMETER:
        Err = -HOST_EINVAL;
        break;
    default:
        Err = -HOST_ENOMEM;
        break;
    }
    HcFree(Text);
    return Err;
}

API int wskhost_load_registry(const char *path)
{
    return LdrpIsStarted() ? LdrpLoadRegistry(path) : -HOST_EINVAL;
}
