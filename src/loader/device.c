// SPDX-License-Identifier: MIT
/*
 * A host program's calls on a driver's devices (include/wskhost/wskhost.h): text
 * and plain types in, requests of user mode to the I/O manager, and what came of
 * them as an error number beside the NTSTATUS.
 */
#include <wskhost/wskhost.h>

#include "loader/ldrp.h"
#include "nt/iop.h"

#define API __attribute__((visibility("default")))

#define NAME_BYTES_MAX 512
#define REQUEST_BYTES_MAX 0x7FFFFFFFu /* lengths in an IRP have 32 bits */

typedef struct _ERROR_OF_STATUS
{
    NTSTATUS Status;
    int Err;
} ERROR_OF_STATUS;

static const ERROR_OF_STATUS Errors[] = {
    {STATUS_BUFFER_OVERFLOW, -HOST_EMSGSIZE},
    {STATUS_BUFFER_TOO_SMALL, -HOST_ENOBUFS},
    {STATUS_INFO_LENGTH_MISMATCH, -HOST_ENOBUFS},
    {STATUS_INVALID_DEVICE_REQUEST, -HOST_ENOTTY},
    {STATUS_INVALID_PARAMETER, -HOST_EINVAL},
    {STATUS_OBJECT_NAME_INVALID, -HOST_EINVAL},
    {STATUS_OBJECT_PATH_SYNTAX_BAD, -HOST_EINVAL},
    {STATUS_OBJECT_NAME_NOT_FOUND, -HOST_ENOENT},
    {STATUS_OBJECT_PATH_NOT_FOUND, -HOST_ENOENT},
    {STATUS_OBJECT_TYPE_MISMATCH, -HOST_ENOENT},
    {STATUS_NO_SUCH_DEVICE, -HOST_ENODEV},
    {STATUS_ACCESS_DENIED, -HOST_EACCES},
    {STATUS_ACCESS_VIOLATION, -HOST_EFAULT},
    {STATUS_INSUFFICIENT_RESOURCES, -HOST_ENOMEM},
    {STATUS_CANCELLED, -HOST_ECANCELED},
    {STATUS_DEVICE_BUSY, -HOST_EBUSY},
    {STATUS_SHARING_VIOLATION, -HOST_EBUSY},
    {STATUS_NOT_SUPPORTED, -HOST_EOPNOTSUPP},
    {STATUS_NOT_IMPLEMENTED, -HOST_EOPNOTSUPP},
};

static int Answer(NTSTATUS Status, uint32_t *Out)
{
    if (Out)
    {
        *Out = (uint32_t)Status;
    }
    for (SIZE_T i = 0; i < RTL_NUMBER_OF(Errors); i++)
    {
        if (Errors[i].Status == Status)
        {
            return Errors[i].Err;
        }
    }
    return NT_SUCCESS(Status) ? 0 : -HOST_EIO;
}

/* ---- opening ------------------------------------------------------------------------------ */

/* \\.\Name and \\?\Name, as Windows programs write them, are \??\Name. */
static NTSTATUS KernelName(PCSTR Name, PUNICODE_STRING Out)
{
    CHAR Text[NAME_BYTES_MAX];
    STRING Utf8;
    BOOLEAN Dos = Name[0] == '\\' && Name[1] == '\\' && (Name[2] == '.' || Name[2] == '?') && Name[3] == '\\';
    SIZE_T Length = HcFormat(Text, sizeof(Text), "%s%s", Dos ? "\\??\\" : "", Dos ? Name + 4 : Name);

    if (Length + 1 >= sizeof(Text))
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    Utf8.Buffer = Text;
    Utf8.Length = (USHORT)Length;
    Utf8.MaximumLength = (USHORT)(Length + 1);
    return RtlUTF8StringToUnicodeString(Out, &Utf8, TRUE);
}

API int wskhost_device_open(const char *name, unsigned int access, struct wskhost_device **device, uint32_t *status)
{
    IOP_OPEN Open = {.Mode = UserMode,
                     .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
                     .Disposition = FILE_OPEN,
                     .Options = FILE_NON_DIRECTORY_FILE,
                     .FileAttributes = FILE_ATTRIBUTE_NORMAL};
    UNICODE_STRING Path;
    PFILE_OBJECT File;
    NTSTATUS Status;

    *device = NULL;
    if (!LdrpIsStarted() || (access & ~(unsigned int)(WSKHOST_DEVICE_READ | WSKHOST_DEVICE_WRITE)))
    {
        return Answer(STATUS_INVALID_PARAMETER, status);
    }
    Status = KernelName(name, &Path);
    if (!NT_SUCCESS(Status))
    {
        return Answer(Status, status);
    }
    Open.DesiredAccess = SYNCHRONIZE | FILE_READ_ATTRIBUTES | ((access & WSKHOST_DEVICE_READ) ? FILE_GENERIC_READ : 0) |
                         ((access & WSKHOST_DEVICE_WRITE) ? FILE_GENERIC_WRITE : 0);
    Status = IopOpenFile(&Path, &Open, &File);
    RtlFreeUnicodeString(&Path);
    if (NT_SUCCESS(Status))
    {
        *device = (struct wskhost_device *)File;
    }
    return Answer(Status, status);
}

API void wskhost_device_close(struct wskhost_device *device)
{
    PFILE_OBJECT File = (PFILE_OBJECT)device;

    if (File)
    {
        IopCleanupFile(File);
        ObfDereferenceObject(File);
    }
}

API void wskhost_device_cancel(struct wskhost_device *device)
{
    IopCancelFile((PFILE_OBJECT)device);
}

/* ---- requests ------------------------------------------------------------------------------- */

/* Two bits of a control code say what the file must have been opened for. */
static BOOLEAN MayControl(PFILE_OBJECT File, ULONG Code)
{
    ULONG Wanted = Code >> 14 & 3;

    return !((Wanted & FILE_READ_ACCESS) && !File->ReadAccess) && !((Wanted & FILE_WRITE_ACCESS) && !File->WriteAccess);
}

static int Send(struct wskhost_device *Device, const IOP_REQUEST *Request, size_t *Done, int TimeoutMs, uint32_t *Out)
{
    ULONGLONG Deadline = TimeoutMs >= 0 ? HcNow() + (ULONGLONG)TimeoutMs * 1000000 : HC_NO_DEADLINE;
    LARGE_INTEGER Timeout = {.QuadPart = -10000LL * TimeoutMs};
    IO_STATUS_BLOCK IoStatus = {.Information = 0};
    NTSTATUS Status = IopRequestAndWait((PFILE_OBJECT)Device, Request, TimeoutMs >= 0 ? &Timeout : NULL, &IoStatus);
    int Err = Answer(Status, Out);

    if (Done)
    {
        *Done = NT_ERROR(Status) ? 0 : IoStatus.Information;
    }
    return Err == -HOST_ECANCELED && HcNow() >= Deadline ? -HOST_ETIMEDOUT : Err;
}

API int wskhost_device_ioctl(struct wskhost_device *device, uint32_t code, const void *in, size_t in_size, void *out,
                             size_t out_size, size_t *returned, int timeout_ms, uint32_t *status)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_DEVICE_CONTROL,
                           .Mode = UserMode,
                           .ControlCode = code,
                           .Input = (PVOID)(ULONG_PTR)in,
                           .InputLength = (ULONG)in_size,
                           .Output = out,
                           .OutputLength = (ULONG)out_size};

    if (returned)
    {
        *returned = 0;
    }
    if (in_size > REQUEST_BYTES_MAX || out_size > REQUEST_BYTES_MAX)
    {
        return Answer(STATUS_INVALID_PARAMETER, status);
    }
    if (!MayControl((PFILE_OBJECT)device, code))
    {
        return Answer(STATUS_ACCESS_DENIED, status);
    }
    return Send(device, &Request, returned, timeout_ms, status);
}

API int wskhost_device_read(struct wskhost_device *device, void *buffer, size_t size, uint64_t offset, size_t *done,
                            int timeout_ms, uint32_t *status)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_READ,
                           .Mode = UserMode,
                           .Output = buffer,
                           .OutputLength = (ULONG)size,
                           .Offset = {.QuadPart = (LONGLONG)offset}};

    if (done)
    {
        *done = 0;
    }
    if (size > REQUEST_BYTES_MAX)
    {
        return Answer(STATUS_INVALID_PARAMETER, status);
    }
    if (!((PFILE_OBJECT)device)->ReadAccess)
    {
        return Answer(STATUS_ACCESS_DENIED, status);
    }
    return Send(device, &Request, done, timeout_ms, status);
}

API int wskhost_device_write(struct wskhost_device *device, const void *buffer, size_t size, uint64_t offset,
                             size_t *done, int timeout_ms, uint32_t *status)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_WRITE,
                           .Mode = UserMode,
                           .Input = (PVOID)(ULONG_PTR)buffer,
                           .InputLength = (ULONG)size,
                           .Offset = {.QuadPart = (LONGLONG)offset}};

    if (done)
    {
        *done = 0;
    }
    if (size > REQUEST_BYTES_MAX)
    {
        return Answer(STATUS_INVALID_PARAMETER, status);
    }
    if (!((PFILE_OBJECT)device)->WriteAccess)
    {
        return Answer(STATUS_ACCESS_DENIED, status);
    }
    return Send(device, &Request, done, timeout_ms, status);
}

API const char *wskhost_status_name(uint32_t status)
{
    return RtlpStatusName((NTSTATUS)status);
}
