// SPDX-License-Identifier: MIT
/*
 * A driver's way in and out, top to bottom: look at the image, map it, run
 * DriverEntry; later run DriverUnload, count what is left, unmap. An image is
 * unmapped only when nothing is left that could call it.
 */
#include "loader/exports.h"
#include "loader/ldrp.h"

static HC_LOCK ListLock;
static LIST_ENTRY Loaded = {&Loaded, &Loaded}; /* ListLock */

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

BOOLEAN LdrpAnyLoaded(VOID)
{
    BOOLEAN Any;

    HcAcquireLock(&ListLock);
    Any = !IsListEmpty(&Loaded);
    HcReleaseLock(&ListLock);
    return Any;
}

static int CheckNotLoaded(PCSTR Name)
{
    int Err = 0;

    HcAcquireLock(&ListLock);
    for (PLIST_ENTRY Entry = Loaded.Flink; Entry != &Loaded; Entry = Entry->Flink)
    {
        if (SameName(CONTAINING_RECORD(Entry, LDRP_DRIVER, Link)->Name, Name))
        {
            Err = -HOST_EEXIST;
        }
    }
    HcReleaseLock(&ListLock);
    if (Err)
    {
        HcLog(HcLogError, "%s: a driver of this name is loaded already", Name);
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

    if (Err == -HOST_EEXIST)
    {
        HcLog(HcLogError, "%s: %s is in memory already, under another name or because it leaked", Driver->Name, Path);
    }
    else if (Err == -HOST_EBUSY)
    {
        HcLog(HcLogError, "%s: too many drivers are loaded", Driver->Name);
    }
    else if (Err)
    {
        HcLog(HcLogError, "%s: the system cannot load %s: %s", Driver->Name, Path, Why[0] ? Why : "error");
    }
    return Err;
}

static int StartDriver(PLDRP_DRIVER Driver, PDRIVER_INITIALIZE Entry, PVOID Base, SIZE_T Size)
{
    NTSTATUS Status = IopCreateDriver(Driver->Name, Base, Size, Entry, &Driver->Driver);

    if (NT_SUCCESS(Status))
    {
        HcAcquireLock(&ListLock);
        InsertTailList(&Loaded, &Driver->Link);
        HcReleaseLock(&ListLock);
        return 0;
    }
    HcLog(HcLogError, "%s: DriverEntry failed with %s", Driver->Name, RtlpStatusName(Status));
    return -HOST_EIO;
}

static int StartImage(PLDRP_DRIVER Driver)
{
    PVOID Base;
    SIZE_T Size;

    host_module_range(Driver->Module, &Base, (size_t *)&Size);
    return StartDriver(Driver, (PDRIVER_INITIALIZE)host_module_find(Driver->Module, "DriverEntry"), Base, Size);
}

int LdrpLoadDriver(PCSTR Path, PLDRP_DRIVER *Out)
{
    PLDRP_DRIVER Driver = HcAllocateZero(sizeof(*Driver));
    int Err;

    if (!Driver)
    {
        return -HOST_ENOMEM;
    }
    LdrpNameFromPath(Path, Driver->Name, sizeof(Driver->Name));
    Err = CheckNotLoaded(Driver->Name);
    Err = Err ? Err : LdrpCheckImage(Path, Driver->Name);
    Err = Err ? Err : CheckKernelIsVisible(Driver->Name);
    Err = Err ? Err : MapImage(Path, Driver);
    if (Err)
    {
        goto cleanupDriver;
    }
    Err = StartImage(Driver);
    if (Err)
    {
        goto cleanupModule;
    }
    *Out = Driver;
    return 0;

cleanupModule:
    host_module_close(Driver->Module);
cleanupDriver:
    HcFree(Driver);
    return Err;
}

/* ---- drivers that are part of the program ------------------------------------------ */

static int CheckStatic(const struct wskhost_static_driver *Image, PCSTR Name)
{
    if (Image->version == WSKHOST_STATIC_VERSION)
    {
        return 0;
    }
    HcLog(HcLogError, "%s: was made by another version of wskhost cc --static; make it anew", Name);
    return -HOST_ENOEXEC;
}

int LdrpLoadStatic(const struct wskhost_static_driver *Image, PLDRP_DRIVER *Out)
{
    SIZE_T Size = (SIZE_T)(Image->text_end - Image->text);
    PLDRP_DRIVER Driver = HcAllocateZero(sizeof(*Driver));
    int Err;

    if (!Driver)
    {
        return -HOST_ENOMEM;
    }
    HcFormat(Driver->Name, sizeof(Driver->Name), "%s", Image->name);
    Err = CheckStatic(Image, Driver->Name);
    Err = Err ? Err : CheckNotLoaded(Driver->Name);
    Err = Err ? Err : host_module_adopt(Driver->Name, Image->text, Size, &Driver->Module);
    if (Err)
    {
        goto cleanupDriver;
    }
    Err = LdrpPrepareStatic(Image, &Driver->Static);
    if (Err)
    {
        goto cleanupModule;
    }
    Err = StartDriver(Driver, (PDRIVER_INITIALIZE)(PVOID)Image->entry, Image->text, Size);
    if (Err)
    {
        goto cleanupStatic;
    }
    *Out = Driver;
    return 0;

cleanupStatic:
    LdrpFinishStatic(Driver->Static);
cleanupModule:
    host_module_close(Driver->Module);
cleanupDriver:
    HcFree(Driver);
    return Err;
}

/* ---- the way out --------------------------------------------------------------------- */

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

static VOID LeaveMemory(PLDRP_DRIVER Driver, BOOLEAN InUse)
{
    if (InUse)
    {
        /* A thread, a timer or a socket of it may yet call into the image. */
        host_module_abandon(Driver->Module);
        if (Driver->Static)
        {
            LdrpAbandonStatic(Driver->Static);
        }
        return;
    }
    if (Driver->Static)
    {
        LdrpFinishStatic(Driver->Static);
    }
    host_module_close(Driver->Module);
}

int LdrpUnloadDriver(PLDRP_DRIVER Driver, LDRP_UNLOAD_REPORT *Report)
{
    LDRP_WATCHDOG Watchdog;
    NTSTATUS Status;

    LdrpStartWatchdog(&Watchdog, Driver->Name);
    Status = IopUnloadDriver(Driver->Driver);
    LdrpStopWatchdog(&Watchdog);
    if (Status == STATUS_DEVICE_BUSY)
    {
        HcLog(HcLogError, "%s: cannot be unloaded: a device of it is open, in this program or by a driver",
              Driver->Name);
        return -HOST_EBUSY;
    }
    if (!NT_SUCCESS(Status))
    {
        HcLog(HcLogError,
              "%s: cannot be unloaded: it sets no DriverUnload in its DRIVER_OBJECT, so it stays until the process ends",
              Driver->Name);
        return -HOST_EOPNOTSUPP;
    }
    /* A routine that told DriverUnload to go on may itself not have returned yet.
     * It runs at DISPATCH_LEVEL, so it has once each processor was ours. */
    KeFlushQueuedDpcs();
    Report->SocketsClosed = (SIZE_T)ReadNoFence(&Driver->Driver->SocketsClosed);
    Report->SocketsOpen = (SIZE_T)ReadNoFence(&Driver->Driver->SocketsOpen);
    if (Report->SocketsOpen)
    {
        HcLog(HcLogError, "%s: left %zu socket%s open", Driver->Name, (size_t)Report->SocketsOpen,
              Report->SocketsOpen == 1 ? "" : "s");
    }
    Report->Leaks = Report->SocketsOpen + IopReportDriverLeaks(Driver->Driver);
    LogUnloaded(Driver->Name, Report);
    HcAcquireLock(&ListLock);
    RemoveEntryList(&Driver->Link);
    HcReleaseLock(&ListLock);
    IopDeleteDriver(Driver->Driver);
    LeaveMemory(Driver, Report->Leaks != 0);
    HcFree(Driver);
    return 0;
}
