// SPDX-License-Identifier: MIT
/*
 * Completion routines that post the next operation, tens of thousands of times
 * at constant stack depth, and calls made under a spin lock that the completion
 * routine takes.
 */
#include "support/wskclient.h"

enum { Rounds = 20000, ThreadsMax = 16 };

/* Where the completion routine's frames lay, thread by thread. */
typedef struct _DEPTH
{
    PKTHREAD Thread[ThreadsMax];
    ULONG_PTR Lowest[ThreadsMax], Highest[ThreadsMax];
    ULONG Threads;
    LONG Nested, Left;
    BOOLEAN WasNested;
    NTSTATUS Failure;
    WC_SOCK *Socket;
    WSK_BUF Buffer;
    WC_ADDR Address;
} DEPTH;

/* Frames may differ by how the thread came to complete, not by how often:
 * 20,000 nested calls of the smallest frame would take over a megabyte. */
#define DEPTH_BYTES_MAX (64 * 1024)

static void NoteDepth(DEPTH *Depth)
{
    volatile UCHAR Here = 0;
    ULONG_PTR Address = (ULONG_PTR)__builtin_frame_address(0);
    PKTHREAD Thread = KeGetCurrentThread();
    ULONG i;

    (void)Here;
    for (i = 0; i < Depth->Threads && Depth->Thread[i] != Thread; i++)
    {
    }
    if (i == ThreadsMax)
    {
        Depth->Failure = STATUS_INSUFFICIENT_RESOURCES;
        return;
    }
    if (i == Depth->Threads)
    {
        Depth->Threads++;
        Depth->Thread[i] = Thread;
        Depth->Lowest[i] = Depth->Highest[i] = Address;
    }
    Depth->Lowest[i] = Address < Depth->Lowest[i] ? Address : Depth->Lowest[i];
    Depth->Highest[i] = Address > Depth->Highest[i] ? Address : Depth->Highest[i];
}

static void CheckDepth(DEPTH *Depth)
{
    CHECK_STATUS(Depth->Failure, STATUS_SUCCESS);
    CHECK(!Depth->WasNested);
    CHECK_EQ(Depth->Left, 0);
    for (ULONG i = 0; i < Depth->Threads; i++)
    {
        if (Depth->Highest[i] - Depth->Lowest[i] > DEPTH_BYTES_MAX)
        {
            print_message("%llu bytes of stack\n", (unsigned long long)(Depth->Highest[i] - Depth->Lowest[i]));
        }
        CHECK(Depth->Highest[i] - Depth->Lowest[i] <= DEPTH_BYTES_MAX);
    }
}

/* Begins a completion routine: FALSE when the chain is at its end. One request
 * is under way at a time, so the fields need no lock. */
static BOOLEAN Enter(WC_OP *Op)
{
    DEPTH *Depth = Op->Context;

    NoteDepth(Depth);
    if (!NT_SUCCESS(Op->Status))
    {
        Depth->Failure = Op->Status;
    }
    if (Depth->Failure || --Depth->Left == 0)
    {
        WcSignal(Op);
        return FALSE;
    }
    Depth->WasNested |= InterlockedIncrement(&Depth->Nested) != 1;
    WcReuse(Op);
    return TRUE;
}

/* The call's return may come after the next completion, so nothing is noted of it. */
static void Leave(DEPTH *Depth)
{
    InterlockedDecrement(&Depth->Nested);
}

static VOID NextReceive(WC_OP *Op)
{
    DEPTH *Depth = Op->Context;

    if (Enter(Op))
    {
        /* Before the call: its completion may run on another processor at once. */
        Leave(Depth);
        WcConnTable(Depth->Socket)->WskReceive(Depth->Socket->Wsk, &Depth->Buffer, 0, Op->Irp);
    }
}

static VOID NextSend(WC_OP *Op)
{
    DEPTH *Depth = Op->Context;

    if (Enter(Op))
    {
        Leave(Depth);
        WcConnTable(Depth->Socket)->WskSend(Depth->Socket->Wsk, &Depth->Buffer, 0, Op->Irp);
    }
}

static VOID NextAddress(WC_OP *Op)
{
    DEPTH *Depth = Op->Context;

    if (Enter(Op))
    {
        Leave(Depth);
        WcConnTable(Depth->Socket)->WskGetLocalAddress(Depth->Socket->Wsk, &Depth->Address.Sa, Op->Irp);
    }
}

static WC_OP *StartChain(WC_CLIENT *Client, DEPTH *Depth, WC_THEN *Next)
{
    WC_OP *Op = WcKeptOp(Client, "the end of a chain of requests");

    Depth->Left = Rounds;
    Op->Then = Next;
    Op->Context = Depth;
    return Op;
}

TEST_BOTH(IRP_10, the_next_receive_from_the_completion_routine)
{
    static DEPTH Depth;
    static UCHAR Data[Rounds];
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Byte = WcBuffer(Client, 1);
    struct peer *Peer;
    WC_OP *Op;

    COVERS("IRP-09", "CONN-28", "IRP-56");
    RtlZeroMemory(&Depth, sizeof(Depth));
    WcPeerPair(Client, Family, &Depth.Socket, &Peer);
    Depth.Buffer = Byte->Buf;
    Op = StartChain(Client, &Depth, NextReceive);
    /* Most of it is there before it is asked for, so that nothing has to wait. */
    CHECK_EQ(peer_send_all(Peer, Data, sizeof(Data)), 0);
    WcConnTable(Depth.Socket)->WskReceive(Depth.Socket->Wsk, &Depth.Buffer, 0, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Completions, Rounds);
    CheckDepth(&Depth);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_10, the_next_send_from_the_completion_routine)
{
    static DEPTH Depth;
    static UCHAR Data[Rounds];
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Byte = WcBuffer(Client, 1);
    struct peer *Peer;
    WC_OP *Op;

    COVERS("IRP-09", "CONN-20", "IRP-56");
    RtlZeroMemory(&Depth, sizeof(Depth));
    WcPeerPair(Client, Family, &Depth.Socket, &Peer);
    WcPut(Byte, 0, "b", 1);
    Depth.Buffer = Byte->Buf;
    Op = StartChain(Client, &Depth, NextSend);
    WcConnTable(Depth.Socket)->WskSend(Depth.Socket->Wsk, &Depth.Buffer, 0, Op->Irp);
    CHECK_EQ(peer_recv_all(Peer, Data, sizeof(Data)), Rounds);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Completions, Rounds);
    CheckDepth(&Depth);
    for (int i = 0; i < Rounds; i++)
    {
        CHECK_EQ(Data[i], 'b');
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST(IRP_10, the_next_immediate_request_from_the_completion_routine)
{
    static DEPTH Depth;
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op;

    COVERS("IRP-09", "IRP-56");
    RtlZeroMemory(&Depth, sizeof(Depth));
    Depth.Socket = WcBoundConnection(Client, AF_INET);
    Op = StartChain(Client, &Depth, NextAddress);
    WcConnTable(Depth.Socket)->WskGetLocalAddress(Depth.Socket->Wsk, &Depth.Address.Sa, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Completions, Rounds);
    CheckDepth(&Depth);
    WcClose(Client);
}

/* Failures complete their IRP during the call, too. */
TEST(IRP_10, the_next_failing_request_from_the_completion_routine)
{
    static DEPTH Depth;
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op;

    RtlZeroMemory(&Depth, sizeof(Depth));
    Depth.Socket = WcSocket(Client, AF_INET, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    Op = StartChain(Client, &Depth, NextAddress);
    WcConnTable(Depth.Socket)->WskGetLocalAddress(Depth.Socket->Wsk, &Depth.Address.Sa, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    CHECK_EQ(Op->Completions, 1);
    WcClose(Client);
}

/* ---- under a spin lock ----------------------------------------------------------------- */

typedef struct _LOCKED
{
    KSPIN_LOCK Lock;
    LONG InCall;     /* Lock */
    LONG Done;       /* Lock */
    BOOLEAN Overlap; /* Lock: a routine ran inside a locked call */
} LOCKED;

static VOID CountUnderLock(WC_OP *Op)
{
    LOCKED *Locked = Op->Context;
    KIRQL Irql;

    KeAcquireSpinLock(&Locked->Lock, &Irql);
    Locked->Overlap |= Locked->InCall != 0;
    Locked->Done++;
    KeReleaseSpinLock(&Locked->Lock, Irql);
    WcSignal(Op);
}

TEST_BOTH(IRP_56, send_and_receive_under_a_lock_that_the_completion_routine_takes)
{
    enum { Times = 2000 };
    static LOCKED Locked;
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Out = WcBuffer(Client, 100), *In = WcBuffer(Client, 100);
    WC_SOCK *Socket, *Server;
    WC_OP *Ops[3] = {WcKeptOp(Client, "WskSend"), WcKeptOp(Client, "WskReceive"), WcKeptOp(Client, "WskGetLocal")};
    WC_ADDR Address;
    LONG Expected = 0;

    COVERS("IRP-39", "IRP-43", "EVT-34");
    RtlZeroMemory(&Locked, sizeof(Locked));
    KeInitializeSpinLock(&Locked.Lock);
    WcPair(Client, Family, &Socket, &Server);
    for (int i = 0; i < 3; i++)
    {
        Ops[i]->Then = CountUnderLock;
        Ops[i]->Context = &Locked;
    }
    for (int i = 0; i < Times; i++)
    {
        WSK_BUF Buffers[2] = {Out->Buf, In->Buf};
        KIRQL Irql;

        KeAcquireSpinLock(&Locked.Lock, &Irql);
        Locked.InCall = 1;
        Ops[0]->Returned = WcConnTable(Socket)->WskSend(Socket->Wsk, &Buffers[0], 0, Ops[0]->Irp);
        Ops[1]->Returned =
            WcConnTable(Server)->WskReceive(Server->Wsk, &Buffers[1], WSK_FLAG_WAITALL, Ops[1]->Irp);
        Ops[2]->Returned = WcConnTable(Server)->WskGetLocalAddress(Server->Wsk, &Address.Sa, Ops[2]->Irp);
        Locked.InCall = 0;
        KeReleaseSpinLock(&Locked.Lock, Irql);
        for (int j = 0; j < 3; j++, Expected++)
        {
            CHECK_STATUS(WcWait(Ops[j]), STATUS_SUCCESS);
            WcReuse(Ops[j]);
        }
    }
    CHECK_EQ(Locked.Done, Expected);
    CHECK(!Locked.Overlap);
    WcClose(Client);
}
