// SPDX-License-Identifier: MIT
/*
 * The rules for IRPs that every WSK call shares (area IRP), seen from outside.
 * That each IRP is completed once, that return value and completion agree and
 * that Information is 0 on failure is checked by WcWait on every request.
 */
#include "support/wskclient.h"

/* A request for which any socket is good; the address is not looked at. */
static WC_ADDR Scratch;

static NTSTATUS AskLocal(WC_SOCK *Socket, PIRP Irp)
{
    return WcListenTable(Socket)->WskGetLocalAddress(Socket->Wsk, &Scratch.Sa, Irp);
}

TEST_BOTH(IRP_09, one_irp_for_many_calls)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Server;
    WC_BUF *Buffer = WcBuffer(Client, 64);
    WC_OP *Op = WcKeptOp(Client, "a reused IRP");
    PIRP Irp = Op->Irp;

    COVERS("IRP-01", "IRP-03", "IRP-19", "IRP-48", "IRP-52");
    WcPair(Client, Family, &Socket, &Server);
    for (ULONG i = 0; i < 100; i++)
    {
        WcFill(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), 64, i * 64);
        WcIssueSend(Op, Socket, Buffer->Buf, 0);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 64);
        WcReuse(Op);
        WcPoison(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), 64);
        WcIssueReceive(Op, Server, Buffer->Buf, WSK_FLAG_WAITALL);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 64);
        CHECK(WcIsFilled(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), 64, i * 64));
        CHECK(Op->Irp == Irp);
        CHECK(Irp->MdlAddress == NULL);
        if (i < 99)
        {
            WcReuse(Op);
        }
    }
    WcClose(Client);
}

TEST(IRP_02, irp_on_the_stack_with_one_location)
{
    __attribute__((aligned(16))) UCHAR Memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION) + 16];
    const USHORT Size = IoSizeOfIrp(1);
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    struct peer *Peer;
    WC_OP Op;

    COVERS("IRP-49", "IRP-04");
    CHECK(Size <= sizeof(Memory) - 16);
    WcPoison(Memory, sizeof(Memory));
    IoInitializeIrp((PIRP)Memory, Size, 1);
    WcInitOp(&Op, (PIRP)Memory, "WskAccept with an IRP on the stack");
    WcIssueAccept(&Op, Listener);
    CHECK_STATUS(Op.Returned, STATUS_PENDING);
    Peer = peer_connect(4, WcPort(Listener));
    CHECK(Peer != NULL);
    CHECK_STATUS(WcWait(&Op), STATUS_SUCCESS);
    WcAdopt(Client, Op.Information, WSK_FLAG_CONNECTION_SOCKET, AF_INET);
    /* Nothing beyond the one location was used. */
    CHECK(WcIsPoison(Memory + Size, sizeof(Memory) - Size));
    /* Scribbled over while the client lives on: nobody refers to it. */
    WcPoison(Memory, sizeof(Memory));
    peer_close(Peer);
    WcClose(Client);
}

/* ---- IRPs that came from above ------------------------------------------------ */

typedef struct _UPPER
{
    volatile LONG UpperCalls, LowerCalls;
    BOOLEAN UpperPending, LowerPending;
    NTSTATUS Status;
    NTSTATUS LowerAnswer;
    KEVENT UpperDone, LowerDone;
} UPPER;

static NTSTATUS NTAPI UpperRoutine(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UPPER *Upper = Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    Upper->UpperPending = Irp->PendingReturned;
    Upper->Status = Irp->IoStatus.Status;
    InterlockedIncrement(&Upper->UpperCalls);
    KeSetEvent(&Upper->UpperDone, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI LowerRoutine(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UPPER *Upper = Context;
    NTSTATUS Answer = Upper->LowerAnswer;

    UNREFERENCED_PARAMETER(DeviceObject);
    Upper->LowerPending = Irp->PendingReturned;
    if (Irp->PendingReturned)
    {
        IoMarkIrpPending(Irp);
    }
    InterlockedIncrement(&Upper->LowerCalls);
    KeSetEvent(&Upper->LowerDone, IO_NO_INCREMENT, FALSE);
    return Answer;
}

/* An IRP as a driver above would hand it to the client: two locations, the
 * client's own current. */
static PIRP FromAbove(UPPER *Upper, NTSTATUS LowerAnswer)
{
    PIRP Irp = IoAllocateIrp(2, FALSE);

    CHECK(Irp != NULL);
    RtlZeroMemory(Upper, sizeof(*Upper));
    Upper->LowerAnswer = LowerAnswer;
    KeInitializeEvent(&Upper->UpperDone, NotificationEvent, FALSE);
    KeInitializeEvent(&Upper->LowerDone, NotificationEvent, FALSE);
    Irp->IoStatus.Status = WC_POISON_STATUS;
    Irp->IoStatus.Information = WC_POISON_SIZE;
    IoSetCompletionRoutine(Irp, UpperRoutine, Upper, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(Irp);
    return Irp;
}

TEST(IRP_05, passed_down_irp_without_a_completion_routine)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    UPPER Upper;
    PIRP Irp = FromAbove(&Upper, 0);
    NTSTATUS Returned = AskLocal(Listener, Irp);

    COVERS("IRP-02", "IRP-53", "IRP-57");
    WcWaitEvent(&Upper.UpperDone, "the upper completion routine");
    CHECK(Returned == STATUS_SUCCESS || Returned == STATUS_PENDING);
    CHECK_STATUS(Upper.Status, STATUS_SUCCESS);
    CHECK_EQ(Upper.UpperCalls, 1);
    CHECK_EQ(Upper.UpperPending, Returned == STATUS_PENDING);
    IoFreeIrp(Irp);
    WcClose(Client);
}

TEST(IRP_05, passed_down_irp_without_a_routine_that_stays_pending)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    UPPER Upper;
    PIRP Irp = FromAbove(&Upper, 0);

    COVERS("IRP-02", "IRP-57", "IRP-30");
    CHECK_STATUS(WcListenTable(Listener)->WskAccept(Listener->Wsk, 0, NULL, NULL, NULL, NULL, Irp), STATUS_PENDING);
    WcCloseSocket(Listener);
    WcWaitEvent(&Upper.UpperDone, "the upper completion routine");
    CHECK_STATUS(Upper.Status, STATUS_CANCELLED);
    CHECK(Upper.UpperPending);
    CHECK_EQ(Upper.UpperCalls, 1);
    IoFreeIrp(Irp);
    WcClose(Client);
}

TEST(IRP_06, passed_down_irp_with_a_routine_that_lets_it_continue)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    UPPER Upper;
    PIRP Irp = FromAbove(&Upper, STATUS_SUCCESS);
    NTSTATUS Returned;

    COVERS("IRP-07", "IRP-54");
    IoSetCompletionRoutine(Irp, LowerRoutine, &Upper, TRUE, TRUE, TRUE);
    Returned = AskLocal(Listener, Irp);
    WcWaitEvent(&Upper.UpperDone, "the upper completion routine");
    CHECK_EQ(Upper.LowerCalls, 1);
    CHECK_EQ(Upper.UpperCalls, 1);
    CHECK_EQ(Upper.LowerPending, Returned == STATUS_PENDING);
    CHECK_EQ(Upper.UpperPending, Upper.LowerPending);
    IoFreeIrp(Irp);
    WcClose(Client);
}

TEST(IRP_06, passed_down_irp_held_back_and_completed_by_the_client)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    UPPER Upper;
    PIRP Irp = FromAbove(&Upper, STATUS_MORE_PROCESSING_REQUIRED);

    COVERS("IRP-55", "IRP-56");
    IoSetCompletionRoutine(Irp, LowerRoutine, &Upper, TRUE, TRUE, TRUE);
    AskLocal(Listener, Irp);
    WcWaitEvent(&Upper.LowerDone, "the client's completion routine");
    CHECK_EQ(Upper.UpperCalls, 0);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    WcWaitEvent(&Upper.UpperDone, "the upper completion routine");
    CHECK_EQ(Upper.LowerCalls, 1);
    CHECK_EQ(Upper.UpperCalls, 1);
    CHECK_STATUS(Upper.Status, STATUS_SUCCESS);
    IoFreeIrp(Irp);
    WcClose(Client);
}

TEST(IRP_08, invoke_flags_decide_whether_the_routine_runs)
{
    static const struct
    {
        BOOLEAN OnSuccess, OnError, OnCancel;
        LONG AfterSuccess, AfterError, AfterCancel;
    } Cases[] = {{TRUE, FALSE, FALSE, 1, 0, 0}, {FALSE, TRUE, FALSE, 0, 1, 1}, {FALSE, FALSE, TRUE, 0, 0, 1}};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    WC_SOCK *Unbound = WcSocket(Client, AF_INET, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    UPPER Upper;
    PIRP Irp;

    COVERS("IRP-51", "IRP-50", "IRP-29");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        Irp = FromAbove(&Upper, STATUS_SUCCESS);
        IoSetCompletionRoutine(Irp, LowerRoutine, &Upper, Cases[i].OnSuccess, Cases[i].OnError, Cases[i].OnCancel);
        AskLocal(Listener, Irp);
        WcWaitEvent(&Upper.UpperDone, "a successful request");
        CHECK_STATUS(Upper.Status, STATUS_SUCCESS);
        CHECK_EQ(Upper.LowerCalls, Cases[i].AfterSuccess);
        IoFreeIrp(Irp);

        Irp = FromAbove(&Upper, STATUS_SUCCESS);
        IoSetCompletionRoutine(Irp, LowerRoutine, &Upper, Cases[i].OnSuccess, Cases[i].OnError, Cases[i].OnCancel);
        AskLocal(Unbound, Irp);
        WcWaitEvent(&Upper.UpperDone, "a failing request");
        CHECK_STATUS(Upper.Status, STATUS_INVALID_DEVICE_STATE);
        CHECK_EQ(Upper.LowerCalls, Cases[i].AfterError);
        IoFreeIrp(Irp);

        Irp = FromAbove(&Upper, STATUS_SUCCESS);
        IoSetCompletionRoutine(Irp, LowerRoutine, &Upper, Cases[i].OnSuccess, Cases[i].OnError, Cases[i].OnCancel);
        WcListenTable(Listener)->WskAccept(Listener->Wsk, 0, NULL, NULL, NULL, NULL, Irp);
        IoCancelIrp(Irp);
        WcWaitEvent(&Upper.UpperDone, "a cancelled request");
        CHECK_STATUS(Upper.Status, STATUS_CANCELLED);
        CHECK_EQ(Upper.LowerCalls, Cases[i].AfterCancel);
        IoFreeIrp(Irp);
    }
    WcClose(Client);
}

/* ---- statuses and times ----------------------------------------------------------- */

TEST_BOTH(IRP_18, queued_operations_return_pending)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Any = WcAny(Family, 0), Loopback = WcLoopback(Family, 0), Remote;
    WC_BUF *Buffer = WcBuffer(Client, 8);
    WC_OP *Op = WcStartSocket(Client, Family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_SOCK *Listener, *Socket, *Accepted;
    WC_OP *Accept, *Receive;

    COVERS("AMB-07", "IRP-11", "IRP-12", "IRP-14", "IRP-20");
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Listener = WcAdopt(Client, Op->Information, WSK_FLAG_LISTEN_SOCKET, Family);
    Op = WcStartBind(Listener, &Loopback);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    Accept = WcStartAccept(Listener, NULL, NULL, NULL, NULL);
    CHECK_STATUS(Accept->Returned, STATUS_PENDING);
    Remote = WcLoopback(Family, WcPort(Listener));

    Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    Op = WcStartConnect(Socket, &Remote);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    CHECK_STATUS(WcWait(Accept), STATUS_SUCCESS);
    Accepted = WcAdopt(Client, Accept->Information, WSK_FLAG_CONNECTION_SOCKET, Family);

    Receive = WcStartReceive(Accepted, WcPart(Buffer, 0, 4), 0);
    CHECK_STATUS(Receive->Returned, STATUS_PENDING);
    Op = WcStartSend(Socket, WcPart(Buffer, 4, 4), 0);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Receive), STATUS_SUCCESS);
    /* WcStartClose ends Socket's use, so the list need not know it any more. */
    Op = WcStartClose(Socket);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcClose(Client);
}

TEST_BOTH(IRP_15, an_immediate_failure_is_returned_and_in_the_irp)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_ADDR Remote = WcLoopback(Family, 9);
    WC_OP *Op = WcStartConnect(Socket, &Remote);

    COVERS("IRP-13", "IRP-21", "CONN-03");
    CHECK_STATUS(Op->Returned, STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    CHECK_EQ(Op->Information, 0);
    CHECK(!Op->PendingReturned);
    WcClose(Client);
}

TEST_BOTH(IRP_22, io_status_is_written_only_at_completion)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Server;
    WC_BUF *Buffer = WcBuffer(Client, 8);
    WC_OP *Op = WcKeptOp(Client, "WskReceive");

    WcPair(Client, Family, &Socket, &Server);
    WcIssueReceive(Op, Server, Buffer->Buf, 0);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK_STATUS(Op->Irp->IoStatus.Status, WC_POISON_STATUS);
    CHECK_EQ(Op->Irp->IoStatus.Information, WC_POISON_SIZE);
    WcSendData(Socket, "abc", 3);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 3);
    CHECK_STATUS(Op->Irp->IoStatus.Status, STATUS_SUCCESS);
    WcClose(Client);
}

TEST_BOTH(IRP_39, every_call_at_dispatch_level)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Loopback = WcLoopback(Family, 0), Any = WcAny(Family, 0), Remote, Out;
    WC_BUF *Buffer = WcBuffer(Client, 16);
    WC_OP *Ops[6];
    WC_SOCK *Listener, *Socket, *Accepted;
    ULONG KeepAlive = 1;
    KIRQL Irql;

    COVERS("IRP-43", "IRP-44", "SOCK-01", "LISTEN-01", "LISTEN-29", "LISTEN-34", "CONN-01", "CONN-14", "CONN-17",
           "CONN-26", "CONN-57", "BASIC-01", "BASIC-61");
#define AT_DISPATCH(Expression) (KeRaiseIrql(DISPATCH_LEVEL, &Irql), (Expression), KeLowerIrql(Irql))
    AT_DISPATCH(Ops[0] = WcStartSocket(Client, Family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    Listener = WcAdopt(Client, Ops[0]->Information, WSK_FLAG_LISTEN_SOCKET, Family);
    AT_DISPATCH(Ops[0] = WcStartBind(Listener, &Loopback));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    AT_DISPATCH(Ops[1] = WcStartAccept(Listener, NULL, NULL, NULL, NULL));
    Remote = WcLoopback(Family, WcPort(Listener));
    Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    AT_DISPATCH(Ops[0] = WcStartConnect(Socket, &Remote));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Ops[1]), STATUS_SUCCESS);
    Accepted = WcAdopt(Client, Ops[1]->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Ops[0] = WcOp(Client, "WskGetRemoteAddress");
    AT_DISPATCH(Ops[0]->Returned = WcConnTable(Socket)->WskGetRemoteAddress(Socket->Wsk, &Out.Sa, Ops[0]->Irp));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Out, &Remote));
    AT_DISPATCH(Ops[0] = WcStartReceive(Accepted, WcPart(Buffer, 0, 8), 0));
    AT_DISPATCH(Ops[1] = WcStartSend(Socket, WcPart(Buffer, 8, 8), 0));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Ops[1]), STATUS_SUCCESS);
    AT_DISPATCH(Ops[0] = WcStartControl(Socket, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof(KeepAlive), &KeepAlive,
                                        0, NULL));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    AT_DISPATCH(Ops[0] = WcStartDisconnect(Socket, NULL, 0));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    AT_DISPATCH(Ops[0] = WcStartClose(Socket));
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    WcClose(Client);
}
