// SPDX-License-Identifier: MIT
/*
 * Windows x64 layouts of the kernel structures that drivers read, write or embed.
 * Written by tests/abi/layout.sh --pin from tests/abi/layout.list, where each
 * row is compared with the headers of mingw-w64; not edited by hand.
 */
#include <ntifs.h>
#include <ntddk.h>

_Static_assert(sizeof(LIST_ENTRY) == 0x10, "");
_Static_assert(offsetof(LIST_ENTRY, Flink) == 0x0, "");
_Static_assert(offsetof(LIST_ENTRY, Blink) == 0x8, "");

_Static_assert(sizeof(SINGLE_LIST_ENTRY) == 0x8, "");
_Static_assert(offsetof(SINGLE_LIST_ENTRY, Next) == 0x0, "");

_Static_assert(sizeof(SLIST_ENTRY) == 0x10, "");
_Static_assert(offsetof(SLIST_ENTRY, Next) == 0x0, "");

_Static_assert(sizeof(SLIST_HEADER) == 0x10, "");
_Static_assert(offsetof(SLIST_HEADER, Alignment) == 0x0, "");
_Static_assert(offsetof(SLIST_HEADER, Region) == 0x8, "");

_Static_assert(sizeof(UNICODE_STRING) == 0x10, "");
_Static_assert(offsetof(UNICODE_STRING, Length) == 0x0, "");
_Static_assert(offsetof(UNICODE_STRING, MaximumLength) == 0x2, "");
_Static_assert(offsetof(UNICODE_STRING, Buffer) == 0x8, "");

_Static_assert(sizeof(ANSI_STRING) == 0x10, "");
_Static_assert(offsetof(ANSI_STRING, Length) == 0x0, "");
_Static_assert(offsetof(ANSI_STRING, MaximumLength) == 0x2, "");
_Static_assert(offsetof(ANSI_STRING, Buffer) == 0x8, "");

_Static_assert(sizeof(LARGE_INTEGER) == 0x8, "");
_Static_assert(offsetof(LARGE_INTEGER, LowPart) == 0x0, "");
_Static_assert(offsetof(LARGE_INTEGER, HighPart) == 0x4, "");
_Static_assert(offsetof(LARGE_INTEGER, QuadPart) == 0x0, "");
_Static_assert(offsetof(LARGE_INTEGER, u.LowPart) == 0x0, "");

_Static_assert(sizeof(LUID) == 0x8, "");
_Static_assert(offsetof(LUID, LowPart) == 0x0, "");
_Static_assert(offsetof(LUID, HighPart) == 0x4, "");

_Static_assert(sizeof(GUID) == 0x10, "");
_Static_assert(offsetof(GUID, Data1) == 0x0, "");
_Static_assert(offsetof(GUID, Data2) == 0x4, "");
_Static_assert(offsetof(GUID, Data3) == 0x6, "");
_Static_assert(offsetof(GUID, Data4) == 0x8, "");

_Static_assert(sizeof(CLIENT_ID) == 0x10, "");
_Static_assert(offsetof(CLIENT_ID, UniqueProcess) == 0x0, "");
_Static_assert(offsetof(CLIENT_ID, UniqueThread) == 0x8, "");

_Static_assert(sizeof(TIME_FIELDS) == 0x10, "");
_Static_assert(offsetof(TIME_FIELDS, Year) == 0x0, "");
_Static_assert(offsetof(TIME_FIELDS, Month) == 0x2, "");
_Static_assert(offsetof(TIME_FIELDS, Day) == 0x4, "");
_Static_assert(offsetof(TIME_FIELDS, Hour) == 0x6, "");
_Static_assert(offsetof(TIME_FIELDS, Minute) == 0x8, "");
_Static_assert(offsetof(TIME_FIELDS, Second) == 0xA, "");
_Static_assert(offsetof(TIME_FIELDS, Milliseconds) == 0xC, "");
_Static_assert(offsetof(TIME_FIELDS, Weekday) == 0xE, "");

_Static_assert(sizeof(OBJECT_ATTRIBUTES) == 0x30, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, Length) == 0x0, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, RootDirectory) == 0x8, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, ObjectName) == 0x10, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, Attributes) == 0x18, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, SecurityDescriptor) == 0x20, "");
_Static_assert(offsetof(OBJECT_ATTRIBUTES, SecurityQualityOfService) == 0x28, "");

_Static_assert(sizeof(OBJECT_HANDLE_INFORMATION) == 0x8, "");
_Static_assert(offsetof(OBJECT_HANDLE_INFORMATION, HandleAttributes) == 0x0, "");
_Static_assert(offsetof(OBJECT_HANDLE_INFORMATION, GrantedAccess) == 0x4, "");

_Static_assert(sizeof(RTL_BITMAP) == 0x10, "");
_Static_assert(offsetof(RTL_BITMAP, SizeOfBitMap) == 0x0, "");
_Static_assert(offsetof(RTL_BITMAP, Buffer) == 0x8, "");

_Static_assert(sizeof(RTL_OSVERSIONINFOW) == 0x114, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, dwOSVersionInfoSize) == 0x0, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, dwMajorVersion) == 0x4, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, dwMinorVersion) == 0x8, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, dwBuildNumber) == 0xC, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, dwPlatformId) == 0x10, "");
_Static_assert(offsetof(RTL_OSVERSIONINFOW, szCSDVersion) == 0x14, "");

_Static_assert(sizeof(PROCESSOR_NUMBER) == 0x4, "");
_Static_assert(offsetof(PROCESSOR_NUMBER, Group) == 0x0, "");
_Static_assert(offsetof(PROCESSOR_NUMBER, Number) == 0x2, "");
_Static_assert(offsetof(PROCESSOR_NUMBER, Reserved) == 0x3, "");

_Static_assert(sizeof(GROUP_AFFINITY) == 0x10, "");
_Static_assert(offsetof(GROUP_AFFINITY, Mask) == 0x0, "");
_Static_assert(offsetof(GROUP_AFFINITY, Group) == 0x8, "");
_Static_assert(offsetof(GROUP_AFFINITY, Reserved) == 0xA, "");

_Static_assert(sizeof(EXCEPTION_RECORD) == 0x98, "");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionCode) == 0x0, "");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionFlags) == 0x4, "");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionRecord) == 0x8, "");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionAddress) == 0x10, "");
_Static_assert(offsetof(EXCEPTION_RECORD, NumberParameters) == 0x18, "");
_Static_assert(offsetof(EXCEPTION_RECORD, ExceptionInformation) == 0x20, "");

_Static_assert(sizeof(EXCEPTION_POINTERS) == 0x10, "");
_Static_assert(offsetof(EXCEPTION_POINTERS, ExceptionRecord) == 0x0, "");
_Static_assert(offsetof(EXCEPTION_POINTERS, ContextRecord) == 0x8, "");

/* dispatcher objects */
_Static_assert(sizeof(DISPATCHER_HEADER) == 0x18, "");
_Static_assert(offsetof(DISPATCHER_HEADER, Type) == 0x0, "");
_Static_assert(offsetof(DISPATCHER_HEADER, Size) == 0x2, "");
_Static_assert(offsetof(DISPATCHER_HEADER, Lock) == 0x0, "");
_Static_assert(offsetof(DISPATCHER_HEADER, SignalState) == 0x4, "");
_Static_assert(offsetof(DISPATCHER_HEADER, WaitListHead) == 0x8, "");

_Static_assert(sizeof(KEVENT) == 0x18, "");
_Static_assert(offsetof(KEVENT, Header) == 0x0, "");
_Static_assert(offsetof(KEVENT, Header.SignalState) == 0x4, "");
_Static_assert(offsetof(KEVENT, Header.WaitListHead) == 0x8, "");

_Static_assert(sizeof(KSEMAPHORE) == 0x20, "");
_Static_assert(offsetof(KSEMAPHORE, Header) == 0x0, "");
_Static_assert(offsetof(KSEMAPHORE, Limit) == 0x18, "");

_Static_assert(sizeof(KMUTANT) == 0x38, "");
_Static_assert(offsetof(KMUTANT, Header) == 0x0, "");
_Static_assert(offsetof(KMUTANT, MutantListEntry) == 0x18, "");
_Static_assert(offsetof(KMUTANT, OwnerThread) == 0x28, "");
_Static_assert(offsetof(KMUTANT, Abandoned) == 0x30, "");
_Static_assert(offsetof(KMUTANT, ApcDisable) == 0x31, "");

_Static_assert(sizeof(KMUTEX) == 0x38, "");
_Static_assert(offsetof(KMUTEX, Header) == 0x0, "");
_Static_assert(offsetof(KMUTEX, OwnerThread) == 0x28, "");

_Static_assert(sizeof(KTIMER) == 0x40, "");
_Static_assert(offsetof(KTIMER, Header) == 0x0, "");
_Static_assert(offsetof(KTIMER, DueTime) == 0x18, "");
_Static_assert(offsetof(KTIMER, TimerListEntry) == 0x20, "");
_Static_assert(offsetof(KTIMER, Dpc) == 0x30, "");
_Static_assert(offsetof(KTIMER, Period) == 0x3C, "");

_Static_assert(sizeof(KDPC) == 0x40, "");
_Static_assert(offsetof(KDPC, Type) == 0x0, "");
_Static_assert(offsetof(KDPC, Importance) == 0x1, "");
_Static_assert(offsetof(KDPC, Number) == 0x2, "");
_Static_assert(offsetof(KDPC, DpcListEntry) == 0x8, "");
_Static_assert(offsetof(KDPC, DeferredRoutine) == 0x18, "");
_Static_assert(offsetof(KDPC, DeferredContext) == 0x20, "");
_Static_assert(offsetof(KDPC, SystemArgument1) == 0x28, "");
_Static_assert(offsetof(KDPC, SystemArgument2) == 0x30, "");
_Static_assert(offsetof(KDPC, DpcData) == 0x38, "");

_Static_assert(sizeof(KWAIT_BLOCK) == 0x30, "");
_Static_assert(offsetof(KWAIT_BLOCK, WaitListEntry) == 0x0, "");
_Static_assert(offsetof(KWAIT_BLOCK, Thread) == 0x18, "");
_Static_assert(offsetof(KWAIT_BLOCK, Object) == 0x20, "");
_Static_assert(offsetof(KWAIT_BLOCK, WaitKey) == 0x12, "");
_Static_assert(offsetof(KWAIT_BLOCK, WaitType) == 0x10, "");

_Static_assert(sizeof(KAPC) == 0x58, "");
_Static_assert(offsetof(KAPC, Type) == 0x0, "");
_Static_assert(offsetof(KAPC, Size) == 0x2, "");
_Static_assert(offsetof(KAPC, Thread) == 0x8, "");
_Static_assert(offsetof(KAPC, ApcListEntry) == 0x10, "");
_Static_assert(offsetof(KAPC, NormalContext) == 0x38, "");
_Static_assert(offsetof(KAPC, SystemArgument1) == 0x40, "");
_Static_assert(offsetof(KAPC, SystemArgument2) == 0x48, "");
_Static_assert(offsetof(KAPC, ApcStateIndex) == 0x50, "");
_Static_assert(offsetof(KAPC, ApcMode) == 0x51, "");
_Static_assert(offsetof(KAPC, Inserted) == 0x52, "");

_Static_assert(sizeof(KDEVICE_QUEUE) == 0x28, "");
_Static_assert(offsetof(KDEVICE_QUEUE, Type) == 0x0, "");
_Static_assert(offsetof(KDEVICE_QUEUE, Size) == 0x2, "");
_Static_assert(offsetof(KDEVICE_QUEUE, DeviceListHead) == 0x8, "");
_Static_assert(offsetof(KDEVICE_QUEUE, Lock) == 0x18, "");

_Static_assert(sizeof(KDEVICE_QUEUE_ENTRY) == 0x18, "");
_Static_assert(offsetof(KDEVICE_QUEUE_ENTRY, DeviceListEntry) == 0x0, "");
_Static_assert(offsetof(KDEVICE_QUEUE_ENTRY, SortKey) == 0x10, "");
_Static_assert(offsetof(KDEVICE_QUEUE_ENTRY, Inserted) == 0x14, "");

_Static_assert(sizeof(KSPIN_LOCK_QUEUE) == 0x10, "");
_Static_assert(offsetof(KSPIN_LOCK_QUEUE, Next) == 0x0, "");
_Static_assert(offsetof(KSPIN_LOCK_QUEUE, Lock) == 0x8, "");

_Static_assert(sizeof(KLOCK_QUEUE_HANDLE) == 0x18, "");
_Static_assert(offsetof(KLOCK_QUEUE_HANDLE, LockQueue) == 0x0, "");
_Static_assert(offsetof(KLOCK_QUEUE_HANDLE, OldIrql) == 0x10, "");

_Static_assert(sizeof(KGUARDED_MUTEX) == 0x38, "");
_Static_assert(offsetof(KGUARDED_MUTEX, Count) == 0x0, "");
_Static_assert(offsetof(KGUARDED_MUTEX, Owner) == 0x8, "");
_Static_assert(offsetof(KGUARDED_MUTEX, Contention) == 0x10, "");

_Static_assert(sizeof(FAST_MUTEX) == 0x38, "");
_Static_assert(offsetof(FAST_MUTEX, Count) == 0x0, "");
_Static_assert(offsetof(FAST_MUTEX, Owner) == 0x8, "");
_Static_assert(offsetof(FAST_MUTEX, Contention) == 0x10, "");
_Static_assert(offsetof(FAST_MUTEX, Event) == 0x18, "");
_Static_assert(offsetof(FAST_MUTEX, OldIrql) == 0x30, "");

_Static_assert(sizeof(ERESOURCE) == 0x68, "");
_Static_assert(offsetof(ERESOURCE, SystemResourcesList) == 0x0, "");
_Static_assert(offsetof(ERESOURCE, OwnerTable) == 0x10, "");
_Static_assert(offsetof(ERESOURCE, ActiveCount) == 0x18, "");
_Static_assert(offsetof(ERESOURCE, Flag) == 0x1A, "");
_Static_assert(offsetof(ERESOURCE, SharedWaiters) == 0x20, "");
_Static_assert(offsetof(ERESOURCE, ExclusiveWaiters) == 0x28, "");
_Static_assert(offsetof(ERESOURCE, OwnerEntry) == 0x30, "");
_Static_assert(offsetof(ERESOURCE, ActiveEntries) == 0x40, "");
_Static_assert(offsetof(ERESOURCE, ContentionCount) == 0x44, "");
_Static_assert(offsetof(ERESOURCE, NumberOfSharedWaiters) == 0x48, "");
_Static_assert(offsetof(ERESOURCE, NumberOfExclusiveWaiters) == 0x4C, "");
_Static_assert(offsetof(ERESOURCE, SpinLock) == 0x60, "");

_Static_assert(sizeof(EX_RUNDOWN_REF) == 0x8, "");
_Static_assert(offsetof(EX_RUNDOWN_REF, Count) == 0x0, "");
_Static_assert(offsetof(EX_RUNDOWN_REF, Ptr) == 0x0, "");

_Static_assert(sizeof(WORK_QUEUE_ITEM) == 0x20, "");
_Static_assert(offsetof(WORK_QUEUE_ITEM, List) == 0x0, "");
_Static_assert(offsetof(WORK_QUEUE_ITEM, WorkerRoutine) == 0x10, "");
_Static_assert(offsetof(WORK_QUEUE_ITEM, Parameter) == 0x18, "");

_Static_assert(sizeof(KSPIN_LOCK) == 0x8, "");

_Static_assert(sizeof(EX_SPIN_LOCK) == 0x4, "");

_Static_assert(sizeof(EX_PUSH_LOCK) == 0x8, "");

/* memory */
_Static_assert(sizeof(MDL) == 0x30, "");
_Static_assert(offsetof(MDL, Next) == 0x0, "");
_Static_assert(offsetof(MDL, Size) == 0x8, "");
_Static_assert(offsetof(MDL, MdlFlags) == 0xA, "");
_Static_assert(offsetof(MDL, Process) == 0x10, "");
_Static_assert(offsetof(MDL, MappedSystemVa) == 0x18, "");
_Static_assert(offsetof(MDL, StartVa) == 0x20, "");
_Static_assert(offsetof(MDL, ByteCount) == 0x28, "");
_Static_assert(offsetof(MDL, ByteOffset) == 0x2C, "");

_Static_assert(sizeof(GENERAL_LOOKASIDE) == 0x80, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, ListHead) == 0x0, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Depth) == 0x10, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, MaximumDepth) == 0x12, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, TotalAllocates) == 0x14, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, AllocateMisses) == 0x18, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, TotalFrees) == 0x1C, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, FreeMisses) == 0x20, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Type) == 0x24, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Tag) == 0x28, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Size) == 0x2C, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Allocate) == 0x30, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Free) == 0x38, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, ListEntry) == 0x40, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, LastTotalAllocates) == 0x50, "");
_Static_assert(offsetof(GENERAL_LOOKASIDE, Future) == 0x58, "");

_Static_assert(sizeof(NPAGED_LOOKASIDE_LIST) == 0x80, "");
_Static_assert(offsetof(NPAGED_LOOKASIDE_LIST, L) == 0x0, "");
_Static_assert(offsetof(NPAGED_LOOKASIDE_LIST, L.Size) == 0x2C, "");
_Static_assert(offsetof(NPAGED_LOOKASIDE_LIST, L.Tag) == 0x28, "");

_Static_assert(sizeof(PAGED_LOOKASIDE_LIST) == 0x80, "");
_Static_assert(offsetof(PAGED_LOOKASIDE_LIST, L) == 0x0, "");

_Static_assert(sizeof(LOOKASIDE_LIST_EX) == 0x60, "");
_Static_assert(offsetof(LOOKASIDE_LIST_EX, L) == 0x0, "");

/* I/O */
_Static_assert(sizeof(IO_STATUS_BLOCK) == 0x10, "");
_Static_assert(offsetof(IO_STATUS_BLOCK, Status) == 0x0, "");
_Static_assert(offsetof(IO_STATUS_BLOCK, Pointer) == 0x0, "");
_Static_assert(offsetof(IO_STATUS_BLOCK, Information) == 0x8, "");

_Static_assert(sizeof(IRP) == 0xD0, "");
_Static_assert(offsetof(IRP, Type) == 0x0, "");
_Static_assert(offsetof(IRP, Size) == 0x2, "");
_Static_assert(offsetof(IRP, MdlAddress) == 0x8, "");
_Static_assert(offsetof(IRP, Flags) == 0x10, "");
_Static_assert(offsetof(IRP, AssociatedIrp.MasterIrp) == 0x18, "");
_Static_assert(offsetof(IRP, AssociatedIrp.IrpCount) == 0x18, "");
_Static_assert(offsetof(IRP, AssociatedIrp.SystemBuffer) == 0x18, "");
_Static_assert(offsetof(IRP, ThreadListEntry) == 0x20, "");
_Static_assert(offsetof(IRP, IoStatus) == 0x30, "");
_Static_assert(offsetof(IRP, IoStatus.Status) == 0x30, "");
_Static_assert(offsetof(IRP, IoStatus.Information) == 0x38, "");
_Static_assert(offsetof(IRP, RequestorMode) == 0x40, "");
_Static_assert(offsetof(IRP, PendingReturned) == 0x41, "");
_Static_assert(offsetof(IRP, StackCount) == 0x42, "");
_Static_assert(offsetof(IRP, CurrentLocation) == 0x43, "");
_Static_assert(offsetof(IRP, Cancel) == 0x44, "");
_Static_assert(offsetof(IRP, CancelIrql) == 0x45, "");
_Static_assert(offsetof(IRP, ApcEnvironment) == 0x46, "");
_Static_assert(offsetof(IRP, AllocationFlags) == 0x47, "");
_Static_assert(offsetof(IRP, UserIosb) == 0x48, "");
_Static_assert(offsetof(IRP, UserEvent) == 0x50, "");
_Static_assert(offsetof(IRP, Overlay.AsynchronousParameters) == 0x58, "");
_Static_assert(offsetof(IRP, Overlay.AllocationSize) == 0x58, "");
_Static_assert(offsetof(IRP, CancelRoutine) == 0x68, "");
_Static_assert(offsetof(IRP, UserBuffer) == 0x70, "");
_Static_assert(offsetof(IRP, Tail.Overlay.DriverContext) == 0x78, "");
_Static_assert(offsetof(IRP, Tail.Overlay.Thread) == 0x98, "");
_Static_assert(offsetof(IRP, Tail.Overlay.AuxiliaryBuffer) == 0xA0, "");
_Static_assert(offsetof(IRP, Tail.Overlay.ListEntry) == 0xA8, "");
_Static_assert(offsetof(IRP, Tail.Overlay.CurrentStackLocation) == 0xB8, "");
_Static_assert(offsetof(IRP, Tail.Overlay.PacketType) == 0xB8, "");
_Static_assert(offsetof(IRP, Tail.Overlay.OriginalFileObject) == 0xC0, "");
_Static_assert(offsetof(IRP, Tail.Overlay.DeviceQueueEntry) == 0x78, "");
_Static_assert(offsetof(IRP, Tail.Apc) == 0x78, "");
_Static_assert(offsetof(IRP, Tail.CompletionKey) == 0x78, "");

_Static_assert(sizeof(IO_STACK_LOCATION) == 0x48, "");
_Static_assert(offsetof(IO_STACK_LOCATION, MajorFunction) == 0x0, "");
_Static_assert(offsetof(IO_STACK_LOCATION, MinorFunction) == 0x1, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Flags) == 0x2, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Control) == 0x3, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Create.SecurityContext) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Create.Options) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Create.FileAttributes) == 0x18, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Create.ShareAccess) == 0x1A, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Create.EaLength) == 0x20, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Read.Length) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Read.Key) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Read.ByteOffset) == 0x18, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Write.Length) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Write.Key) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Write.ByteOffset) == 0x18, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.DeviceIoControl.OutputBufferLength) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.DeviceIoControl.InputBufferLength) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.DeviceIoControl.IoControlCode) == 0x18, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.DeviceIoControl.Type3InputBuffer) == 0x20, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.QueryFile.Length) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.QueryFile.FileInformationClass) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Others.Argument1) == 0x8, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Others.Argument2) == 0x10, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Others.Argument3) == 0x18, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Parameters.Others.Argument4) == 0x20, "");
_Static_assert(offsetof(IO_STACK_LOCATION, DeviceObject) == 0x28, "");
_Static_assert(offsetof(IO_STACK_LOCATION, FileObject) == 0x30, "");
_Static_assert(offsetof(IO_STACK_LOCATION, CompletionRoutine) == 0x38, "");
_Static_assert(offsetof(IO_STACK_LOCATION, Context) == 0x40, "");

_Static_assert(sizeof(IO_SECURITY_CONTEXT) == 0x18, "");
_Static_assert(offsetof(IO_SECURITY_CONTEXT, SecurityQos) == 0x0, "");
_Static_assert(offsetof(IO_SECURITY_CONTEXT, AccessState) == 0x8, "");
_Static_assert(offsetof(IO_SECURITY_CONTEXT, DesiredAccess) == 0x10, "");
_Static_assert(offsetof(IO_SECURITY_CONTEXT, FullCreateOptions) == 0x14, "");

_Static_assert(sizeof(DRIVER_OBJECT) == 0x150, "");
_Static_assert(offsetof(DRIVER_OBJECT, Type) == 0x0, "");
_Static_assert(offsetof(DRIVER_OBJECT, Size) == 0x2, "");
_Static_assert(offsetof(DRIVER_OBJECT, DeviceObject) == 0x8, "");
_Static_assert(offsetof(DRIVER_OBJECT, Flags) == 0x10, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverStart) == 0x18, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverSize) == 0x20, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverSection) == 0x28, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverExtension) == 0x30, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverName) == 0x38, "");
_Static_assert(offsetof(DRIVER_OBJECT, HardwareDatabase) == 0x48, "");
_Static_assert(offsetof(DRIVER_OBJECT, FastIoDispatch) == 0x50, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverInit) == 0x58, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverStartIo) == 0x60, "");
_Static_assert(offsetof(DRIVER_OBJECT, DriverUnload) == 0x68, "");
_Static_assert(offsetof(DRIVER_OBJECT, MajorFunction) == 0x70, "");

_Static_assert(sizeof(DRIVER_EXTENSION) == 0x28, "");
_Static_assert(offsetof(DRIVER_EXTENSION, DriverObject) == 0x0, "");
_Static_assert(offsetof(DRIVER_EXTENSION, AddDevice) == 0x8, "");
_Static_assert(offsetof(DRIVER_EXTENSION, Count) == 0x10, "");
_Static_assert(offsetof(DRIVER_EXTENSION, ServiceKeyName) == 0x18, "");

_Static_assert(sizeof(DEVICE_OBJECT) == 0x150, "");
_Static_assert(offsetof(DEVICE_OBJECT, Type) == 0x0, "");
_Static_assert(offsetof(DEVICE_OBJECT, Size) == 0x2, "");
_Static_assert(offsetof(DEVICE_OBJECT, ReferenceCount) == 0x4, "");
_Static_assert(offsetof(DEVICE_OBJECT, DriverObject) == 0x8, "");
_Static_assert(offsetof(DEVICE_OBJECT, NextDevice) == 0x10, "");
_Static_assert(offsetof(DEVICE_OBJECT, AttachedDevice) == 0x18, "");
_Static_assert(offsetof(DEVICE_OBJECT, CurrentIrp) == 0x20, "");
_Static_assert(offsetof(DEVICE_OBJECT, Timer) == 0x28, "");
_Static_assert(offsetof(DEVICE_OBJECT, Flags) == 0x30, "");
_Static_assert(offsetof(DEVICE_OBJECT, Characteristics) == 0x34, "");
_Static_assert(offsetof(DEVICE_OBJECT, Vpb) == 0x38, "");
_Static_assert(offsetof(DEVICE_OBJECT, DeviceExtension) == 0x40, "");
_Static_assert(offsetof(DEVICE_OBJECT, DeviceType) == 0x48, "");
_Static_assert(offsetof(DEVICE_OBJECT, StackSize) == 0x4C, "");
_Static_assert(offsetof(DEVICE_OBJECT, Queue) == 0x50, "");
_Static_assert(offsetof(DEVICE_OBJECT, AlignmentRequirement) == 0x98, "");
_Static_assert(offsetof(DEVICE_OBJECT, DeviceQueue) == 0xA0, "");
_Static_assert(offsetof(DEVICE_OBJECT, Dpc) == 0xC8, "");
_Static_assert(offsetof(DEVICE_OBJECT, ActiveThreadCount) == 0x108, "");
_Static_assert(offsetof(DEVICE_OBJECT, SecurityDescriptor) == 0x110, "");
_Static_assert(offsetof(DEVICE_OBJECT, DeviceLock) == 0x118, "");
_Static_assert(offsetof(DEVICE_OBJECT, SectorSize) == 0x130, "");
_Static_assert(offsetof(DEVICE_OBJECT, Spare1) == 0x132, "");
_Static_assert(offsetof(DEVICE_OBJECT, DeviceObjectExtension) == 0x138, "");
_Static_assert(offsetof(DEVICE_OBJECT, Reserved) == 0x140, "");

_Static_assert(sizeof(FILE_OBJECT) == 0xD8, "");
_Static_assert(offsetof(FILE_OBJECT, Type) == 0x0, "");
_Static_assert(offsetof(FILE_OBJECT, Size) == 0x2, "");
_Static_assert(offsetof(FILE_OBJECT, DeviceObject) == 0x8, "");
_Static_assert(offsetof(FILE_OBJECT, Vpb) == 0x10, "");
_Static_assert(offsetof(FILE_OBJECT, FsContext) == 0x18, "");
_Static_assert(offsetof(FILE_OBJECT, FsContext2) == 0x20, "");
_Static_assert(offsetof(FILE_OBJECT, SectionObjectPointer) == 0x28, "");
_Static_assert(offsetof(FILE_OBJECT, PrivateCacheMap) == 0x30, "");
_Static_assert(offsetof(FILE_OBJECT, FinalStatus) == 0x38, "");
_Static_assert(offsetof(FILE_OBJECT, RelatedFileObject) == 0x40, "");
_Static_assert(offsetof(FILE_OBJECT, LockOperation) == 0x48, "");
_Static_assert(offsetof(FILE_OBJECT, DeletePending) == 0x49, "");
_Static_assert(offsetof(FILE_OBJECT, ReadAccess) == 0x4A, "");
_Static_assert(offsetof(FILE_OBJECT, WriteAccess) == 0x4B, "");
_Static_assert(offsetof(FILE_OBJECT, DeleteAccess) == 0x4C, "");
_Static_assert(offsetof(FILE_OBJECT, SharedRead) == 0x4D, "");
_Static_assert(offsetof(FILE_OBJECT, SharedWrite) == 0x4E, "");
_Static_assert(offsetof(FILE_OBJECT, SharedDelete) == 0x4F, "");
_Static_assert(offsetof(FILE_OBJECT, Flags) == 0x50, "");
_Static_assert(offsetof(FILE_OBJECT, FileName) == 0x58, "");
_Static_assert(offsetof(FILE_OBJECT, CurrentByteOffset) == 0x68, "");
_Static_assert(offsetof(FILE_OBJECT, Waiters) == 0x70, "");
_Static_assert(offsetof(FILE_OBJECT, Busy) == 0x74, "");
_Static_assert(offsetof(FILE_OBJECT, LastLock) == 0x78, "");
_Static_assert(offsetof(FILE_OBJECT, Lock) == 0x80, "");
_Static_assert(offsetof(FILE_OBJECT, Event) == 0x98, "");
_Static_assert(offsetof(FILE_OBJECT, CompletionContext) == 0xB0, "");
_Static_assert(offsetof(FILE_OBJECT, IrpListLock) == 0xB8, "");
_Static_assert(offsetof(FILE_OBJECT, IrpList) == 0xC0, "");
_Static_assert(offsetof(FILE_OBJECT, FileObjectExtension) == 0xD0, "");

_Static_assert(sizeof(IO_REMOVE_LOCK) == 0x20, "");
_Static_assert(offsetof(IO_REMOVE_LOCK, Common) == 0x0, "");
_Static_assert(offsetof(IO_REMOVE_LOCK, Common.Removed) == 0x0, "");
_Static_assert(offsetof(IO_REMOVE_LOCK, Common.IoCount) == 0x4, "");
_Static_assert(offsetof(IO_REMOVE_LOCK, Common.RemoveEvent) == 0x8, "");

_Static_assert(sizeof(DEVICE_RELATIONS) == 0x10, "");
_Static_assert(offsetof(DEVICE_RELATIONS, Count) == 0x0, "");
_Static_assert(offsetof(DEVICE_RELATIONS, Objects) == 0x8, "");

_Static_assert(sizeof(DEVICE_CAPABILITIES) == 0x40, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, Size) == 0x0, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, Version) == 0x2, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, Address) == 0x8, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, UINumber) == 0xC, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, DeviceState) == 0x10, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, SystemWake) == 0x2C, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, DeviceWake) == 0x30, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, D1Latency) == 0x34, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, D2Latency) == 0x38, "");
_Static_assert(offsetof(DEVICE_CAPABILITIES, D3Latency) == 0x3C, "");

_Static_assert(sizeof(FILE_BASIC_INFORMATION) == 0x28, "");
_Static_assert(offsetof(FILE_BASIC_INFORMATION, CreationTime) == 0x0, "");
_Static_assert(offsetof(FILE_BASIC_INFORMATION, LastAccessTime) == 0x8, "");
_Static_assert(offsetof(FILE_BASIC_INFORMATION, LastWriteTime) == 0x10, "");
_Static_assert(offsetof(FILE_BASIC_INFORMATION, ChangeTime) == 0x18, "");
_Static_assert(offsetof(FILE_BASIC_INFORMATION, FileAttributes) == 0x20, "");

_Static_assert(sizeof(FILE_STANDARD_INFORMATION) == 0x18, "");
_Static_assert(offsetof(FILE_STANDARD_INFORMATION, AllocationSize) == 0x0, "");
_Static_assert(offsetof(FILE_STANDARD_INFORMATION, EndOfFile) == 0x8, "");
_Static_assert(offsetof(FILE_STANDARD_INFORMATION, NumberOfLinks) == 0x10, "");
_Static_assert(offsetof(FILE_STANDARD_INFORMATION, DeletePending) == 0x14, "");
_Static_assert(offsetof(FILE_STANDARD_INFORMATION, Directory) == 0x15, "");

_Static_assert(sizeof(FILE_POSITION_INFORMATION) == 0x8, "");
_Static_assert(offsetof(FILE_POSITION_INFORMATION, CurrentByteOffset) == 0x0, "");

_Static_assert(sizeof(FILE_NETWORK_OPEN_INFORMATION) == 0x38, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, CreationTime) == 0x0, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, LastAccessTime) == 0x8, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, LastWriteTime) == 0x10, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, ChangeTime) == 0x18, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, AllocationSize) == 0x20, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, EndOfFile) == 0x28, "");
_Static_assert(offsetof(FILE_NETWORK_OPEN_INFORMATION, FileAttributes) == 0x30, "");

_Static_assert(sizeof(KEY_VALUE_PARTIAL_INFORMATION) == 0x10, "");
_Static_assert(offsetof(KEY_VALUE_PARTIAL_INFORMATION, TitleIndex) == 0x0, "");
_Static_assert(offsetof(KEY_VALUE_PARTIAL_INFORMATION, Type) == 0x4, "");
_Static_assert(offsetof(KEY_VALUE_PARTIAL_INFORMATION, DataLength) == 0x8, "");
_Static_assert(offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data) == 0xC, "");

_Static_assert(sizeof(KEY_VALUE_FULL_INFORMATION) == 0x18, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, TitleIndex) == 0x0, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, Type) == 0x4, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, DataOffset) == 0x8, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, DataLength) == 0xC, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, NameLength) == 0x10, "");
_Static_assert(offsetof(KEY_VALUE_FULL_INFORMATION, Name) == 0x14, "");

_Static_assert(sizeof(KEY_VALUE_BASIC_INFORMATION) == 0x10, "");
_Static_assert(offsetof(KEY_VALUE_BASIC_INFORMATION, TitleIndex) == 0x0, "");
_Static_assert(offsetof(KEY_VALUE_BASIC_INFORMATION, Type) == 0x4, "");
_Static_assert(offsetof(KEY_VALUE_BASIC_INFORMATION, NameLength) == 0x8, "");
_Static_assert(offsetof(KEY_VALUE_BASIC_INFORMATION, Name) == 0xC, "");

_Static_assert(sizeof(KEY_BASIC_INFORMATION) == 0x18, "");
_Static_assert(offsetof(KEY_BASIC_INFORMATION, LastWriteTime) == 0x0, "");
_Static_assert(offsetof(KEY_BASIC_INFORMATION, TitleIndex) == 0x8, "");
_Static_assert(offsetof(KEY_BASIC_INFORMATION, NameLength) == 0xC, "");
_Static_assert(offsetof(KEY_BASIC_INFORMATION, Name) == 0x10, "");

_Static_assert(sizeof(KEY_FULL_INFORMATION) == 0x30, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, LastWriteTime) == 0x0, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, TitleIndex) == 0x8, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, ClassOffset) == 0xC, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, ClassLength) == 0x10, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, SubKeys) == 0x14, "");
_Static_assert(offsetof(KEY_FULL_INFORMATION, Values) == 0x20, "");

_Static_assert(sizeof(RTL_QUERY_REGISTRY_TABLE) == 0x38, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, QueryRoutine) == 0x0, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, Flags) == 0x8, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, Name) == 0x10, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, EntryContext) == 0x18, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, DefaultType) == 0x20, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, DefaultData) == 0x28, "");
_Static_assert(offsetof(RTL_QUERY_REGISTRY_TABLE, DefaultLength) == 0x30, "");

_Static_assert(sizeof(SECURITY_QUALITY_OF_SERVICE) == 0xC, "");
_Static_assert(offsetof(SECURITY_QUALITY_OF_SERVICE, Length) == 0x0, "");
_Static_assert(offsetof(SECURITY_QUALITY_OF_SERVICE, ImpersonationLevel) == 0x4, "");
_Static_assert(offsetof(SECURITY_QUALITY_OF_SERVICE, ContextTrackingMode) == 0x8, "");
_Static_assert(offsetof(SECURITY_QUALITY_OF_SERVICE, EffectiveOnly) == 0x9, "");

_Static_assert(sizeof(SECURITY_SUBJECT_CONTEXT) == 0x20, "");
_Static_assert(offsetof(SECURITY_SUBJECT_CONTEXT, ClientToken) == 0x0, "");
_Static_assert(offsetof(SECURITY_SUBJECT_CONTEXT, ImpersonationLevel) == 0x8, "");
_Static_assert(offsetof(SECURITY_SUBJECT_CONTEXT, PrimaryToken) == 0x10, "");
_Static_assert(offsetof(SECURITY_SUBJECT_CONTEXT, ProcessAuditId) == 0x18, "");
