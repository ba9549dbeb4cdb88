// SPDX-License-Identifier: MIT
/*
 * Registration, version negotiation, capture and release of the provider NPI,
 * deregistration (area REG).
 */
#include "support/wskclient.h"

#include <wsk/wsk_init.h>

#define VERSION_1_0 MAKE_WSK_VERSION(1, 0)

/* A capture running on a thread of its own. */
typedef struct _CAPTURE
{
    WC_THREAD Thread;
    WC_CLIENT *Client;
    ULONG Timeout;
    NTSTATUS Status;
    KEVENT Entered;
} CAPTURE;

static VOID CaptureThread(PVOID Context)
{
    CAPTURE *Capture = Context;

    KeSetEvent(&Capture->Entered, IO_NO_INCREMENT, FALSE);
    Capture->Status = WskCaptureProviderNPI(&Capture->Client->Registration, Capture->Timeout, &Capture->Client->Npi);
}

static void StartCapture(CAPTURE *Capture, WC_CLIENT *Client, ULONG Timeout)
{
    Capture->Client = Client;
    Capture->Timeout = Timeout;
    Capture->Status = WC_POISON_STATUS;
    KeInitializeEvent(&Capture->Entered, NotificationEvent, FALSE);
    WcRun(&Capture->Thread, CaptureThread, Capture, "WskCaptureProviderNPI to return");
    WcWaitEvent(&Capture->Entered, "the capturing thread to start");
}

static VOID DeregisterRoutine(PVOID Context)
{
    WskDeregister(&((WC_CLIENT *)Context)->Registration);
}

static void StartDeregister(WC_THREAD *Thread, WC_CLIENT *Client)
{
    WcRun(Thread, DeregisterRoutine, Client, "WskDeregister to return");
}

TEST(REG_02, register_without_capture)
{
    WC_CLIENT *Client;

    COVERS("REG-01", "REG-06", "REG-09", "REG-12", "REG-48");
    Client = WcRegisterOnly(VERSION_1_0);
    WcDeregister(Client);
    WcClose(Client);
}

TEST(REG_04, null_context_and_no_event_callback_are_accepted)
{
    static const WSK_CLIENT_DISPATCH Dispatch = {VERSION_1_0, 0, NULL};
    WSK_CLIENT_NPI ClientNpi = {NULL, &Dispatch};
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Npi;

    COVERS("REG-05", "REG-12", "REG-50");
    WcPoison(&Registration, sizeof(Registration));
    CHECK_STATUS(WskRegister(&ClientNpi, &Registration), STATUS_SUCCESS);
    CHECK_STATUS(WskCaptureProviderNPI(&Registration, WSK_NO_WAIT, &Npi), STATUS_SUCCESS);
    WskReleaseProviderNPI(&Registration);
    WskDeregister(&Registration);
}

TEST(REG_08, registrations_are_independent)
{
    WC_CLIENT *First = WcOpen(), *Second = WcOpen();
    WC_SOCK *Held;

    COVERS("REG-36", "REG-26");
    CHECK(First->Npi.Client != NULL);
    CHECK(Second->Npi.Client != NULL);
    CHECK(First->Npi.Client != Second->Npi.Client);
    /* The second's open socket does not hold up the first. */
    Held = WcListener(Second, AF_INET, NULL, NULL);
    WcClose(First);
    CHECK(WcPort(Held) != 0);
    WcClose(Second);
}

TEST(REG_25, unsupported_version_is_told_by_capture_and_can_be_corrected)
{
    WC_CLIENT *Client = WcRegisterOnly(MAKE_WSK_VERSION(200, 7));
    WSK_PROVIDER_CHARACTERISTICS Range;
    WSK_CLIENT_NPI Npi = {Client, &Client->Dispatch};

    COVERS("REG-11", "REG-21", "REG-24", "REG-32", "REG-22");
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Client->Npi), STATUS_NOINTERFACE);
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_INFINITE_WAIT, &Client->Npi), STATUS_NOINTERFACE);
    WcPoison(&Range, sizeof(Range));
    CHECK_STATUS(WskQueryProviderCharacteristics(&Client->Registration, &Range), STATUS_SUCCESS);
    CHECK(Range.LowestVersion <= VERSION_1_0);
    CHECK(Range.HighestVersion >= VERSION_1_0);
    CHECK(Range.HighestVersion < MAKE_WSK_VERSION(200, 7));
    /* Failed captures left no reference: this returns. */
    WcDeregister(Client);

    Client->Dispatch.Version = Range.HighestVersion;
    CHECK_STATUS(WskRegister(&Npi, &Client->Registration), STATUS_SUCCESS);
    Client->Deregistered = FALSE;
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Client->Npi), STATUS_SUCCESS);
    Client->Released = FALSE;
    CHECK_EQ(WSK_MAJOR_VERSION(Client->Npi.Dispatch->Version), WSK_MAJOR_VERSION(Range.HighestVersion));
    CHECK(Client->Npi.Dispatch->Version >= Range.HighestVersion);
    WcClose(Client);
}

TEST(REG_17, provider_version_is_the_requested_major_with_same_or_higher_minor)
{
    WC_CLIENT *Client = WcOpen();
    const WSK_PROVIDER_DISPATCH *Table = Client->Npi.Dispatch;

    COVERS("REG-15", "REG-16", "REG-18", "REG-19", "REG-20", "NAME-32", "AMB-47");
    CHECK_EQ(WSK_MAJOR_VERSION(MAKE_WSK_VERSION(3, 4)), 3);
    CHECK_EQ(WSK_MINOR_VERSION(MAKE_WSK_VERSION(3, 4)), 4);
    CHECK_EQ(WSK_MAJOR_VERSION(Table->Version), 1);
    CHECK(Table->Version >= VERSION_1_0);
    CHECK(Table->WskSocket != NULL);
    CHECK(Table->WskSocketConnect != NULL);
    CHECK(Table->WskControlClient != NULL);
    CHECK(Table->WskGetAddressInfo != NULL);
    CHECK(Table->WskFreeAddressInfo != NULL);
    CHECK(Table->WskGetNameInfo != NULL);
    WcClose(Client);
}

TEST(REG_22, query_at_dispatch_level_without_capture)
{
    WC_CLIENT *Client = WcRegisterOnly(VERSION_1_0);
    WSK_PROVIDER_CHARACTERISTICS Range;
    NTSTATUS Status;
    KIRQL Irql;

    COVERS("REG-23", "REG-24");
    WcPoison(&Range, sizeof(Range));
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Status = WskQueryProviderCharacteristics(&Client->Registration, &Range);
    KeLowerIrql(Irql);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    CHECK(Range.LowestVersion <= Range.HighestVersion);
    WcClose(Client);
}

TEST(REG_27, no_wait_capture_fails_at_once_while_not_ready)
{
    WC_CLIENT *Client;
    WSK_PROVIDER_CHARACTERISTICS Range;
    NTSTATUS Status, Query;
    KIRQL Irql;

    COVERS("REG-10", "REG-23", "REG-30", "REG-32");
    WskpSetProviderReady(FALSE);
    Client = WcRegisterOnly(VERSION_1_0);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Status = WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Client->Npi);
    Query = WskQueryProviderCharacteristics(&Client->Registration, &Range);
    KeLowerIrql(Irql);
    CHECK_STATUS(Status, STATUS_DEVICE_NOT_READY);
    CHECK_STATUS(Query, STATUS_DEVICE_NOT_READY);
    WskpSetProviderReady(TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Status = WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Client->Npi);
    KeLowerIrql(Irql);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    Client->Released = FALSE;
    WcClose(Client);
}

TEST(REG_28, infinite_capture_waits_for_readiness)
{
    WC_CLIENT *Client;
    CAPTURE Capture;

    COVERS("REG-14", "REG-26");
    WskpSetProviderReady(FALSE);
    Client = WcRegisterOnly(VERSION_1_0);
    StartCapture(&Capture, Client, WSK_INFINITE_WAIT);
    CHECK(WcStays(Capture.Thread.Object));
    WskpSetProviderReady(TRUE);
    WcJoin(&Capture.Thread);
    CHECK_STATUS(Capture.Status, STATUS_SUCCESS);
    CHECK(Client->Npi.Client != NULL);
    CHECK(Client->Npi.Dispatch != NULL);
    Client->Released = FALSE;
    WcClose(Client);
}

TEST(REG_29, timed_capture_ends_at_expiry_or_readiness)
{
    WC_CLIENT *Client;
    CAPTURE Capture;
    ULONGLONG Start;

    COVERS("REG-32");
    WskpSetProviderReady(FALSE);
    Client = WcRegisterOnly(VERSION_1_0);
    Start = KeQueryInterruptTime();
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, 30, &Client->Npi), STATUS_DEVICE_NOT_READY);
    CHECK(KeQueryInterruptTime() - Start >= 29 * 10000);
    StartCapture(&Capture, Client, 600 * 1000);
    CHECK(WcStays(Capture.Thread.Object));
    WskpSetProviderReady(TRUE);
    WcJoin(&Capture.Thread);
    CHECK_STATUS(Capture.Status, STATUS_SUCCESS);
    Client->Released = FALSE;
    WcClose(Client);
}

TEST(REG_31, a_blocked_capture_blocks_nobody_else)
{
    WC_CLIENT *Blocked, *Other, *Open = WcOpen();
    CAPTURE Capture;
    WC_SOCK *Listener;

    WskpSetProviderReady(FALSE);
    Blocked = WcRegisterOnly(VERSION_1_0);
    StartCapture(&Capture, Blocked, WSK_INFINITE_WAIT);
    Other = WcRegisterOnly(VERSION_1_0);
    CHECK_STATUS(WskCaptureProviderNPI(&Other->Registration, WSK_NO_WAIT, &Other->Npi), STATUS_DEVICE_NOT_READY);
    WcClose(Other);
    Listener = WcListener(Open, AF_INET, NULL, NULL);
    CHECK(WcPort(Listener) != 0);
    WcClose(Open);
    WskpSetProviderReady(TRUE);
    WcJoin(&Capture.Thread);
    CHECK_STATUS(Capture.Status, STATUS_SUCCESS);
    Blocked->Released = FALSE;
    WcClose(Blocked);
}

TEST(REG_32, each_capture_owes_one_release)
{
    WC_CLIENT *Client = WcOpen();
    WSK_PROVIDER_NPI Again;
    WC_THREAD Thread;
    KIRQL Irql;

    COVERS("REG-37", "REG-40", "REG-41");
    for (int i = 0; i < 2; i++)
    {
        WcPoison(&Again, sizeof(Again));
        CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Again), STATUS_SUCCESS);
        CHECK(Again.Client == Client->Npi.Client);
        CHECK(Again.Dispatch == Client->Npi.Dispatch);
    }
    StartDeregister(&Thread, Client);
    CHECK(WcStays(Thread.Object));
    WskReleaseProviderNPI(&Client->Registration);
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    WskReleaseProviderNPI(&Client->Registration);
    KeLowerIrql(Irql);
    CHECK(WcStays(Thread.Object));
    WskReleaseProviderNPI(&Client->Registration);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    WcClose(Client);
}

TEST(REG_33, capture_after_deregister_fails)
{
    WC_CLIENT *Client = WcOpen();
    CAPTURE Capture;

    COVERS("REG-35");
    WcDeregister(Client);
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Client->Npi), STATUS_DEVICE_NOT_READY);
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, 5, &Client->Npi), STATUS_DEVICE_NOT_READY);
    StartCapture(&Capture, Client, WSK_INFINITE_WAIT);
    WcJoin(&Capture.Thread);
    CHECK_STATUS(Capture.Status, STATUS_DEVICE_NOT_READY);
    WcClose(Client);
}

TEST(REG_33, capture_while_deregister_waits_fails)
{
    WC_CLIENT *Client = WcOpen();
    WSK_PROVIDER_NPI Npi;
    WC_THREAD Thread;

    COVERS("REG-41");
    StartDeregister(&Thread, Client);
    CHECK(WcStays(Thread.Object));
    CHECK_STATUS(WskCaptureProviderNPI(&Client->Registration, WSK_NO_WAIT, &Npi), STATUS_DEVICE_NOT_READY);
    WskReleaseProviderNPI(&Client->Registration);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    WcClose(Client);
}

TEST(REG_34, deregister_ends_blocked_captures)
{
    WC_CLIENT *Client;
    CAPTURE First, Second;

    COVERS("REG-28");
    WskpSetProviderReady(FALSE);
    Client = WcRegisterOnly(VERSION_1_0);
    StartCapture(&First, Client, WSK_INFINITE_WAIT);
    StartCapture(&Second, Client, 600 * 1000);
    CHECK(WcStays(First.Thread.Object));
    WcDeregister(Client);
    WcJoin(&First.Thread);
    WcJoin(&Second.Thread);
    CHECK_STATUS(First.Status, STATUS_DEVICE_NOT_READY);
    CHECK_STATUS(Second.Status, STATUS_DEVICE_NOT_READY);
    WskpSetProviderReady(TRUE);
    WcClose(Client);
}

TEST_BOTH(REG_39, sockets_outlive_the_npi_reference)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    struct peer *Peer;
    UCHAR Byte = 0;

    COVERS("REG-38", "REG-43", "REG-47");
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    Accepted = WcAccept(Listener);
    CHECK_EQ(peer_send_all(Peer, "x", 1), 0);
    WcReceiveData(Accepted, &Byte, 1);
    CHECK_EQ(Byte, 'x');
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(REG_43, deregister_waits_for_open_and_accepted_sockets)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    WC_THREAD Thread;

    COVERS("REG-40", "REG-46", "REG-47", "BASIC-73");
    CHECK(Peer != NULL);
    Accepted = WcAccept(Listener);
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    StartDeregister(&Thread, Client);
    CHECK(WcStays(Thread.Object));
    /* Deregister closed nothing by itself. */
    WcSendData(Accepted, "y", 1);
    CHECK(!peer_is_ended(Peer));
    WcCloseSocket(Listener);
    CHECK(WcStays(Thread.Object));
    WcCloseSocket(Accepted);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(REG_44, deregister_waits_for_a_pending_creation)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Full = peer_listen_backlog(WC_PEER_FAMILY(Family), &Port, 0), *First, *Second;
    WC_ADDR Local = WcAny(Family, 0), Remote = WcLoopback(Family, Port);
    WC_OP *Op;
    WC_THREAD Thread;

    COVERS("CONN1-16", "REG-40");
    CHECK(Full != NULL);
    First = peer_connect_start(WC_PEER_FAMILY(Family), Port);
    Second = peer_connect_start(WC_PEER_FAMILY(Family), Port);
    CHECK(First != NULL && Second != NULL);
    /* The backlog is full: the kernel drops further SYNs, the connect pends. */
    Op = WcKeptOp(Client, "WskSocketConnect to a full listener");
    Op->Returned = Client->Npi.Dispatch->WskSocketConnect(Client->Npi.Client, SOCK_STREAM, IPPROTO_TCP, &Local.Sa,
                                                          &Remote.Sa, 0, NULL, NULL, NULL, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    StartDeregister(&Thread, Client);
    CHECK(WcStays(Thread.Object));
    CHECK(!WcIsDone(Op));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    peer_close(First);
    peer_close(Second);
    peer_close(Full);
    WcClose(Client);
}
