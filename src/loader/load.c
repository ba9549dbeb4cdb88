// SPDX-License-Identifier: MIT
/*
 * A driver's way in and out, top to bottom: look at the image, map it, run
 * DriverEntry; later run DriverUnload, count what is left, unmap. An image is
 * unmapped only when nothing is left that could call it.
 */
#include "loader/exports.h"
#include "loader/ldrp.h"

/* Loaded drivers. Written under ListLock; read without it by the fault path,
 * which sees either the old or the new state of one slot. */
#define DRIVERS_MAX 64
static HC_LOCK ListLock;
static PLDRP_DRIVER volatile Loaded[DRIVERS_MAX];

VOID LdrpNameFromPath(PCSTR Path, PSTR Name, SIZE_T NameSize)
{
    PCSTR Start = Path, End = NULL;
    SIZE_T Length = 0;

    for (PCSTR At = Path; *At; At++)
    {
        if (*At == '/')
        {
            Start = At + 1;
        }
    }
    for (PCSTR At = Start; *At; At++)
    {
        if (*At == '.' && At != Start)
        {
            End = At;
        }
    }
    for (PCSTR At = Start; *At && At != End && Length + 1 < NameSize; At++)
    {
        Name[Length++] = *At;
    }
    Name[Length] = '\0';
}

static BOOLEAN SameName(PCSTR A, PCSTR B)
{
    while (*A && *A == *B)
    {
        A++;
        B++;
    }
    return *A == *B;
}

/* FALSE: no slot is free. */
static BOOLEAN Remember(PLDRP_DRIVER Driver)
{
    BOOLEAN Done = FALSE;

    HcAcquireLock(&ListLock);
    for (ULONG i = 0; i < DRIVERS_MAX && !Done; i++)
    {
        if (!Loaded[i])
        {
            __atomic_store_n(&Loaded[i], Driver, __ATOMIC_RELEASE);
            Done = TRUE;
        }
    }
    HcReleaseLock(&ListLock);
    return Done;
}

static VOID Forget(PLDRP_DRIVER Driver)
{
    HcAcquireLock(&ListLock);
    for (ULONG i = 0; i < DRIVERS_MAX; i++)
    {
        if (Loaded[i] == Driver)
        {
            __atomic_store_n(&Loaded[i], NULL, __ATOMIC_RELEASE);
        }
    }
    HcReleaseLock(&ListLock);
}

BOOLEAN LdrpAnyLoaded(VOID)
{
    BOOLEAN Any = FALSE;

    HcAcquireLock(&ListLock);
    for (ULONG i = 0; i < DRIVERS_MAX; i++)
    {
        Any = Any || Loaded[i];
    }
    HcReleaseLock(&ListLock);
    return Any;
}

PLDRP_DRIVER LdrpFindByAddress(const VOID *Address)
{
    for (ULONG i = 0; i < DRIVERS_MAX; i++)
    {
        PLDRP_DRIVER Driver = __atomic_load_n(&Loaded[i], __ATOMIC_ACQUIRE);

        if (Driver && (ULONG_PTR)Address - (ULONG_PTR)Driver->ImageBase < Driver->ImageSize)
        {
            return Driver;
        }
    }
    return NULL;
}

static int CheckNotLoaded(PCSTR Path, PCSTR Name)
{
    int Err = 0;

    HcAcquireLock(&ListLock);
    for (ULONG i = 0; i < DRIVERS_MAX && !Err; i++)
    {
        if (Loaded[i] && (SameName(Loaded[i]->Name, Name) || host_module_same_file(Loaded[i]->Module, Path)))
        {
            Err = -HOST_EEXIST;
        }
    }
    HcReleaseLock(&ListLock);
    if (Err)
    {
        HcLog(HcLogError, "%s: a driver of this name or file is loaded already", Name);
    }
    return Err;
}

/* A program that links the kernel statically may have forgotten to export it. */
static int CheckKernelIsVisible(PCSTR Name)
{
    if (LdrpExportCount && host_process_symbol(LdrpExports[0].Name) == LdrpExports[0].Address)
    {
        return 0;
    }
    HcLog(HcLogError,
          "%s: this program hides the kernel's names from its drivers; link it with libwskhost.so, or with "
          "-Wl,--dynamic-list=exports.list",
          Name);
    return -HOST_ENOSYS;
}

static int MapImage(PCSTR Path, PLDRP_DRIVER Driver)
{
    CHAR Why[512];
    int Err = host_module_open(Path, &Driver->Module, Why, sizeof(Why));

    if (Err)
    {
        HcLog(HcLogError, "%s: the system cannot load %s: %s", Driver->Name, Path, Why[0] ? Why : "error");
        return Err;
    }
    host_module_range(Driver->Module, &Driver->ImageBase, &Driver->ImageSize);
    return 0;
}

int LdrpLoadDriver(PCSTR Path, PLDRP_DRIVER *Out)
{
    PLDRP_DRIVER Driver = HcAllocateZero(sizeof(*Driver));
    PDRIVER_INITIALIZE Entry;
    NTSTATUS Status;
    int Err;

    if (!Driver)
    {
        return -HOST_ENOMEM;
    }
    LdrpNameFromPath(Path, Driver->Name, sizeof(Driver->Name));
    Err = CheckNotLoaded(Path, Driver->Name);
    Err = Err ? Err : LdrpCheckImage(Path, Driver->Name);
    Err = Err ? Err : CheckKernelIsVisible(Driver->Name);
    Err = Err ? Err : MapImage(Path, Driver);
    if (Err)
    {
        goto cleanupDriver;
    }
    if (!Remember(Driver))
    {
        HcLog(HcLogError, "%s: %d drivers are loaded already", Driver->Name, DRIVERS_MAX);
        Err = -HOST_EBUSY;
        goto cleanupModule;
    }
    Entry = (PDRIVER_INITIALIZE)host_module_find(Driver->Module, "DriverEntry");
    Status = IopCreateDriver(Driver->Name, Driver->ImageBase, Driver->ImageSize, Entry, &Driver->Driver);
    if (!NT_SUCCESS(Status))
    {
        HcLog(HcLogError, "%s: DriverEntry failed with %s", Driver->Name, RtlpStatusName(Status));
        Err = -HOST_EIO;
        goto cleanupList;
    }
    *Out = Driver;
    return 0;

cleanupList:
    Forget(Driver);
cleanupModule:
    host_module_close(Driver->Module);
cleanupDriver:
    HcFree(Driver);
    return Err;
}

static VOID LogUnloaded(PCSTR Name, const LDRP_UNLOAD_REPORT *Report)
{
    if (Report->Leaks)
    {
        HcLog(HcLogError, "%s: unloaded; %zu socket%s closed, %zu thing%s leaked (listed above)", Name,
              (size_t)Report->SocketsClosed, Report->SocketsClosed == 1 ? "" : "s", (size_t)Report->Leaks,
              Report->Leaks == 1 ? "" : "s");
    }
    else
    {
        HcLog(HcLogInfo, "%s: unloaded; %zu socket%s closed, nothing leaked", Name, (size_t)Report->SocketsClosed,
              Report->SocketsClosed == 1 ? "" : "s");
    }
}

int LdrpUnloadDriver(PLDRP_DRIVER Driver, LDRP_UNLOAD_REPORT *Report)
{
    LDRP_WATCHDOG Watchdog;
    NTSTATUS Status;

    LdrpStartWatchdog(&Watchdog, Driver->Name);
    Status = IopUnloadDriver(Driver->Driver);
    LdrpStopWatchdog(&Watchdog);
    if (!NT_SUCCESS(Status))
    {
        HcLog(HcLogError,
              "%s: cannot be unloaded: it sets no DriverUnload in its DRIVER_OBJECT, so it stays until the process ends",
              Driver->Name);
        return -HOST_EOPNOTSUPP;
    }
    Report->SocketsClosed = (SIZE_T)ReadNoFence(&Driver->Driver->SocketsClosed);
    Report->SocketsOpen = (SIZE_T)ReadNoFence(&Driver->Driver->SocketsOpen);
    if (Report->SocketsOpen)
    {
        HcLog(HcLogError, "%s: left %zu socket%s open", Driver->Name, (size_t)Report->SocketsOpen,
              Report->SocketsOpen == 1 ? "" : "s");
    }
    Report->Leaks = Report->SocketsOpen + IopReportDriverLeaks(Driver->Driver);
    LogUnloaded(Driver->Name, Report);
    Forget(Driver);
    IopDeleteDriver(Driver->Driver);
    if (Report->Leaks)
    {
        /* A thread, a timer or a socket of it may yet call into the image. */
        host_module_abandon(Driver->Module);
    }
    else
    {
        host_module_close(Driver->Module);
    }
    HcFree(Driver);
    return 0;
}
