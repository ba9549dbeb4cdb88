// SPDX-License-Identifier: MIT
/*
 * wskclient.h, first half: the client's registration, requests, waiting,
 * threads and buffers. The calls on sockets are in wskcalls.c. NT world.
 */
#define WC_IMPLEMENTATION
#include "wskclient.h"

#include <nt/expp.h>

static const char *SiteFile = "?";
static int SiteLine;
static volatile LONG CompletionOrder;

#define SITE_CHECK(Condition) _assert_true((unsigned long)!!(Condition), #Condition, SiteFile, SiteLine)

void WcAt(const char *File, int Line)
{
    SiteFile = File;
    SiteLine = Line;
}

void WcMust(BOOLEAN Condition, const char *What)
{
    _assert_true(Condition, What, SiteFile, SiteLine);
}

static PVOID Allocate(SIZE_T Size)
{
    PVOID Memory = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);

    SITE_CHECK(Memory != NULL);
    RtlZeroMemory(Memory, Size);
    return Memory;
}

/* ---- waiting --------------------------------------------------------------- */

BOOLEAN WcAwait(PVOID Object, const char *What)
{
    LARGE_INTEGER Timeout;

    Timeout.QuadPart = -10000LL * WC_WAIT_MS;
    if (KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Timeout) == STATUS_SUCCESS)
    {
        return TRUE;
    }
    print_message("waited %d ms in vain for %s\n", WC_WAIT_MS, What);
    return FALSE;
}

BOOLEAN WcStays(PVOID Object)
{
    LARGE_INTEGER Moment;

    Moment.QuadPart = -10000LL * 15;
    return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Moment) == STATUS_TIMEOUT;
}

void WcWaitEvent(PKEVENT Event, const char *What)
{
    BOOLEAN Came = WcAwait(Event, What);

    SITE_CHECK(Came);
}

/* ---- requests --------------------------------------------------------------- */

NTSTATUS NTAPI WcCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    WC_OP *Op = Context;

    Op->DeviceObject = DeviceObject;
    Op->Status = Irp->IoStatus.Status;
    Op->Information = Irp->IoStatus.Information;
    Op->PendingReturned = Irp->PendingReturned;
    /* IoCancelIrp may come at any time, also now. */
    Op->Cancel = __atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED);
    Op->Irql = KeGetCurrentIrql();
    Op->Thread = KeGetCurrentThread();
    Op->Order = InterlockedIncrement(&CompletionOrder);
    InterlockedIncrement(&Op->Completions);
    if (!Op->Keep)
    {
        Op->Irp = NULL;
        IoFreeIrp(Irp);
    }
    if (Op->Then)
    {
        Op->Then(Op);
    }
    else
    {
        KeSetEvent(&Op->Done, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void Arm(WC_OP *Op)
{
    Op->Irp->IoStatus.Status = WC_POISON_STATUS;
    Op->Irp->IoStatus.Information = WC_POISON_SIZE;
    Op->Status = WC_POISON_STATUS;
    Op->Information = WC_POISON_SIZE;
    IoSetCompletionRoutine(Op->Irp, WcCompleted, Op, TRUE, TRUE, TRUE);
    InterlockedIncrement(&Op->Started);
    KeClearEvent(&Op->Done);
}

void WcInitOp(WC_OP *Op, PIRP Irp, const char *What)
{
    RtlZeroMemory(Op, sizeof(*Op));
    Op->What = What;
    Op->Keep = TRUE;
    Op->Returned = WC_POISON_STATUS;
    Op->Irp = Irp;
    KeInitializeEvent(&Op->Done, NotificationEvent, FALSE);
    Arm(Op);
}

static WC_OP *NewOp(WC_CLIENT *Client, const char *What, BOOLEAN Keep)
{
    WC_OP *Op = Allocate(sizeof(*Op));

    Op->Client = Client;
    Op->What = What;
    Op->Keep = Keep;
    Op->Returned = WC_POISON_STATUS;
    KeInitializeEvent(&Op->Done, NotificationEvent, FALSE);
    Op->Irp = IoAllocateIrp(1, FALSE);
    SITE_CHECK(Op->Irp != NULL);
    InsertTailList(&Client->Ops, &Op->Link);
    Arm(Op);
    return Op;
}

WC_OP *WcOp(WC_CLIENT *Client, const char *What)
{
    return NewOp(Client, What, FALSE);
}

WC_OP *WcKeptOp(WC_CLIENT *Client, const char *What)
{
    return NewOp(Client, What, TRUE);
}

void WcReuse(WC_OP *Op)
{
    IoReuseIrp(Op->Irp, STATUS_UNSUCCESSFUL);
    Op->Returned = WC_POISON_STATUS;
    Arm(Op);
}

void WcSignal(WC_OP *Op)
{
    KeSetEvent(&Op->Done, IO_NO_INCREMENT, FALSE);
}

BOOLEAN WcIsDone(WC_OP *Op)
{
    return KeReadStateEvent(&Op->Done) != 0;
}

void WcCancel(WC_OP *Op)
{
    IoCancelIrp(Op->Irp);
}

NTSTATUS WcWait(WC_OP *Op)
{
    BOOLEAN Came;

    SITE_CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    Came = WcAwait(&Op->Done, Op->What);
    SITE_CHECK(Came);
    if (Op->Completions != Op->Started || Op->Status == WC_POISON_STATUS)
    {
        print_message("%s: started %d, completed %d times, status %08x\n", Op->What, (int)Op->Started,
                      (int)Op->Completions, (unsigned int)Op->Status);
    }
    SITE_CHECK(Op->Completions == Op->Started);   /* exactly once */
    SITE_CHECK(Op->Status != WC_POISON_STATUS);   /* IoStatus was written */
    SITE_CHECK(Op->Status != STATUS_PENDING);
    SITE_CHECK(Op->Irql <= DISPATCH_LEVEL);       /* IRP-43 */
    SITE_CHECK(Op->DeviceObject == NULL);         /* IRP-52: no location below */
    if (!NT_SUCCESS(Op->Status) && Op->Information)
    {
        print_message("%s: status %08x with Information %llx\n", Op->What, (unsigned int)Op->Status,
                      (unsigned long long)Op->Information);
    }
    SITE_CHECK(NT_SUCCESS(Op->Status) || Op->Information == 0); /* IRP-21 */
    if (Op->Returned != WC_POISON_STATUS)
    {
        if (Op->Returned != STATUS_PENDING && Op->Returned != Op->Status)
        {
            print_message("%s: returned %08x, completed with %08x\n", Op->What, (unsigned int)Op->Returned,
                          (unsigned int)Op->Status);
        }
        SITE_CHECK(Op->Returned == STATUS_PENDING || Op->Returned == Op->Status); /* IRP-11, 13, 15 */
        SITE_CHECK(!!Op->PendingReturned == (Op->Returned == STATUS_PENDING));    /* IRP-57 */
    }
    return Op->Status;
}

/* ---- threads ----------------------------------------------------------------- */

static VOID NTAPI ThreadMain(PVOID Context)
{
    WC_THREAD *Thread = Context;

    Thread->Routine(Thread->Context);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

void WcRun(WC_THREAD *Thread, VOID (*Routine)(PVOID Context), PVOID Context, const char *What)
{
    HANDLE Handle = NULL;

    Thread->Routine = Routine;
    Thread->Context = Context;
    Thread->What = What;
    SITE_CHECK(NT_SUCCESS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, ThreadMain, Thread)));
    SITE_CHECK(NT_SUCCESS(ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, NULL, KernelMode, &Thread->Object,
                                                    NULL)));
    ZwClose(Handle);
}

void WcJoin(WC_THREAD *Thread)
{
    BOOLEAN Came = WcAwait(Thread->Object, Thread->What);

    SITE_CHECK(Came);
    ObDereferenceObject(Thread->Object);
    Thread->Object = NULL;
}

ULONG WcRandom(ULONG *State)
{
    *State = *State * 1664525u + 1013904223u;
    return *State >> 8;
}

/* ---- the client ---------------------------------------------------------------- */

static NTSTATUS WSKAPI ClientEvent(PVOID ClientContext, ULONG EventType, PVOID Information, SIZE_T InformationLength)
{
    UNREFERENCED_PARAMETER(EventType);
    UNREFERENCED_PARAMETER(Information);
    UNREFERENCED_PARAMETER(InformationLength);
    InterlockedIncrement(&((WC_CLIENT *)ClientContext)->Events);
    return STATUS_NOT_IMPLEMENTED;
}

/* Pool blocks, IRPs and MDLs are on the pool's own lists, where a leak checker
 * finds them reachable: so they are counted, from the first client of a test to
 * its last. */
static LONG OpenClients;
static SIZE_T BlocksBefore;

static SIZE_T CountBlocks(void)
{
    return ExpCountBlocks(NULL, ExpKindPool, NULL) + ExpCountBlocks(NULL, ExpKindIrp, NULL) +
           ExpCountBlocks(NULL, ExpKindMdl, NULL);
}

static void CheckLeaks(void)
{
    SIZE_T Blocks = CountBlocks();

    if (Blocks != BlocksBefore)
    {
        print_message("%llu pool blocks, IRPs and MDLs before, %llu after:\n", (unsigned long long)BlocksBefore,
                      (unsigned long long)Blocks);
        ExpReportBlocks(NULL);
    }
    SITE_CHECK(Blocks == BlocksBefore);
}

WC_CLIENT *WcRegisterOnly(USHORT Version)
{
    WC_CLIENT *Client;
    WSK_CLIENT_NPI Npi;

    if (OpenClients++ == 0)
    {
        BlocksBefore = CountBlocks();
    }
    Client = Allocate(sizeof(*Client));
    InitializeListHead(&Client->Ops);
    InitializeListHead(&Client->Sockets);
    InitializeListHead(&Client->Buffers);
    Client->Dispatch.Version = Version;
    Client->Dispatch.WskClientEvent = ClientEvent;
    Client->Released = TRUE;
    Npi.ClientContext = Client;
    Npi.Dispatch = &Client->Dispatch;
    WcPoison(&Client->Registration, sizeof(Client->Registration));
    SITE_CHECK(WskRegister(&Npi, &Client->Registration) == STATUS_SUCCESS);
    /* The block may die at once (REG-06). */
    WcPoison(&Npi, sizeof(Npi));
    return Client;
}

WC_CLIENT *WcOpen(void)
{
    WC_CLIENT *Client = WcRegisterOnly(MAKE_WSK_VERSION(1, 0));

    WcPoison(&Client->Npi, sizeof(Client->Npi));
    SITE_CHECK(WskCaptureProviderNPI(&Client->Registration, WSK_INFINITE_WAIT, &Client->Npi) == STATUS_SUCCESS);
    Client->Released = FALSE;
    return Client;
}

static VOID DeregisterThread(PVOID Context)
{
    WskDeregister(&((WC_CLIENT *)Context)->Registration);
}

void WcDeregister(WC_CLIENT *Client)
{
    WC_THREAD Thread;

    if (!Client->Released)
    {
        WskReleaseProviderNPI(&Client->Registration);
        Client->Released = TRUE;
    }
    WcRun(&Thread, DeregisterThread, Client, "WskDeregister to return");
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
}

static void FreeOps(WC_CLIENT *Client)
{
    while (!IsListEmpty(&Client->Ops))
    {
        WC_OP *Op = CONTAINING_RECORD(RemoveHeadList(&Client->Ops), WC_OP, Link);

        if (Op->Keep && Op->Returned == WC_POISON_STATUS && Op->Completions + 1 == Op->Started)
        {
            Op->Started--; /* armed once more than used */
        }
        else
        {
            BOOLEAN Came = WcAwait(&Op->Done, Op->What);

            SITE_CHECK(Came);
        }
        if (Op->Completions != Op->Started)
        {
            print_message("%s: started %d, completed %d times\n", Op->What, (int)Op->Started, (int)Op->Completions);
        }
        SITE_CHECK(Op->Completions == Op->Started);
        if (Op->Irp)
        {
            IoFreeIrp(Op->Irp);
        }
        ExFreePoolWithTag(Op, WC_TAG);
    }
}

static void FreeBuffers(WC_CLIENT *Client)
{
    while (!IsListEmpty(&Client->Buffers))
    {
        WC_BUF *Buffer = CONTAINING_RECORD(RemoveHeadList(&Client->Buffers), WC_BUF, Link);
        PMDL Next;

        SITE_CHECK(WcGuardsIntact(Buffer));
        for (PMDL Mdl = Buffer->Buf.Mdl; Mdl; Mdl = Next)
        {
            Next = Mdl->Next;
            IoFreeMdl(Mdl);
        }
        ExFreePoolWithTag(Buffer->Memory, WC_TAG);
        ExFreePoolWithTag(Buffer, WC_TAG);
    }
}

void WcClose(WC_CLIENT *Client)
{
    for (PLIST_ENTRY Entry = Client->Sockets.Flink; Entry != &Client->Sockets; Entry = Entry->Flink)
    {
        WC_SOCK *Socket = CONTAINING_RECORD(Entry, WC_SOCK, Link);

        if (Socket->Wsk)
        {
            WcCloseSocket(Socket);
        }
    }
    if (!Client->Deregistered)
    {
        WcDeregister(Client);
    }
    SITE_CHECK(Client->Events == 0);
    FreeOps(Client);
    FreeBuffers(Client);
    while (!IsListEmpty(&Client->Sockets))
    {
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&Client->Sockets), WC_SOCK, Link), WC_TAG);
    }
    ExFreePoolWithTag(Client, WC_TAG);
    if (--OpenClients == 0)
    {
        CheckLeaks();
    }
}

/* ---- buffers --------------------------------------------------------------------- */

#define GUARD 16

void WcPoison(PVOID Data, SIZE_T Length)
{
    RtlFillMemory(Data, Length, WC_POISON_BYTE);
}

BOOLEAN WcIsPoison(const VOID *Data, SIZE_T Length)
{
    const UCHAR *Bytes = Data;

    for (SIZE_T i = 0; i < Length; i++)
    {
        if (Bytes[i] != WC_POISON_BYTE)
        {
            return FALSE;
        }
    }
    return TRUE;
}

/* 251 is prime, so that no power of two hides a shift; the second term tells
 * one turn of it from the next. */
static UCHAR Coded(SIZE_T Position)
{
    return (UCHAR)(Position % 251 + Position / 251 * 7);
}

void WcFill(PVOID Data, SIZE_T Length, SIZE_T StreamOffset)
{
    for (SIZE_T i = 0; i < Length; i++)
    {
        ((PUCHAR)Data)[i] = Coded(StreamOffset + i);
    }
}

BOOLEAN WcIsFilled(const VOID *Data, SIZE_T Length, SIZE_T StreamOffset)
{
    for (SIZE_T i = 0; i < Length; i++)
    {
        if (((const UCHAR *)Data)[i] != Coded(StreamOffset + i))
        {
            print_message("byte %llu of the stream is %02x, not %02x\n", (unsigned long long)(StreamOffset + i),
                          ((const UCHAR *)Data)[i], Coded(StreamOffset + i));
            return FALSE;
        }
    }
    return TRUE;
}

WC_BUF *WcChain(WC_CLIENT *Client, const SIZE_T *Lengths, ULONG Count)
{
    WC_BUF *Buffer = Allocate(sizeof(*Buffer));
    PMDL *Link = &Buffer->Buf.Mdl;
    SIZE_T Position = GUARD;

    for (ULONG i = 0; i < Count; i++)
    {
        Buffer->Length += Lengths[i];
    }
    Buffer->Count = Count;
    Buffer->MemorySize = Buffer->Length + (SIZE_T)GUARD * (Count + 1);
    Buffer->Memory = Allocate(Buffer->MemorySize);
    WcPoison(Buffer->Memory, Buffer->MemorySize);
    for (ULONG i = 0; i < Count; i++)
    {
        *Link = IoAllocateMdl(Buffer->Memory + Position, (ULONG)Lengths[i], FALSE, FALSE, NULL);
        SITE_CHECK(*Link != NULL);
        MmBuildMdlForNonPagedPool(*Link);
        Link = &(*Link)->Next;
        *Link = NULL;
        Position += Lengths[i] + GUARD;
    }
    Buffer->Buf.Offset = 0;
    Buffer->Buf.Length = Buffer->Length;
    InsertTailList(&Client->Buffers, &Buffer->Link);
    return Buffer;
}

WC_BUF *WcBuffer(WC_CLIENT *Client, SIZE_T Length)
{
    return WcChain(Client, &Length, 1);
}

WSK_BUF WcPart(WC_BUF *Buffer, ULONG Offset, SIZE_T Length)
{
    WSK_BUF Part = {.Mdl = Buffer->Buf.Mdl, .Offset = Offset, .Length = Length};

    return Part;
}

BOOLEAN WcGuardsIntact(WC_BUF *Buffer)
{
    PUCHAR Position = Buffer->Memory;

    for (PMDL Mdl = Buffer->Buf.Mdl; Mdl; Mdl = Mdl->Next)
    {
        if (!WcIsPoison(Position, GUARD))
        {
            return FALSE;
        }
        Position += GUARD + MmGetMdlByteCount(Mdl);
    }
    return WcIsPoison(Position, GUARD);
}

static void Copy(WC_BUF *Buffer, SIZE_T Offset, PUCHAR Data, SIZE_T Length, BOOLEAN Put)
{
    PUCHAR Position = Buffer->Memory + GUARD;

    SITE_CHECK(Offset + Length <= Buffer->Length);
    for (PMDL Mdl = Buffer->Buf.Mdl; Mdl && Length; Mdl = Mdl->Next)
    {
        SIZE_T Size = MmGetMdlByteCount(Mdl);

        if (Offset < Size)
        {
            SIZE_T Part = Size - Offset < Length ? Size - Offset : Length;

            RtlCopyMemory(Put ? Position + Offset : Data, Put ? Data : Position + Offset, Part);
            Data += Part;
            Length -= Part;
            Offset = 0;
        }
        else
        {
            Offset -= Size;
        }
        Position += Size + GUARD;
    }
}

void WcPut(WC_BUF *Buffer, SIZE_T Offset, const VOID *Data, SIZE_T Length)
{
    Copy(Buffer, Offset, (PUCHAR)(ULONG_PTR)Data, Length, TRUE);
}

void WcGet(WC_BUF *Buffer, SIZE_T Offset, PVOID Data, SIZE_T Length)
{
    Copy(Buffer, Offset, Data, Length, FALSE);
}
