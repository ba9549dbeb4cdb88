// SPDX-License-Identifier: MIT
/*
 * Misuse that cannot be refused ends the program with a report that says what
 * happened: calls above their IRQL (AMB-52) and IRPs that are still the
 * provider's. Each deed is done in a child process.
 */
#include "support/wskclient.h"

#define SIGABRT_STATUS 6
static char Report[65536];

static BOOLEAN Contains(const char *Text, const char *Word)
{
    for (; *Text; Text++)
    {
        ULONG i = 0;

        while (Word[i] && Text[i] == Word[i])
        {
            i++;
        }
        if (!Word[i])
        {
            return TRUE;
        }
    }
    return FALSE;
}

/* The child aborts, and its report has the word. */
static void ExpectReport(const char *Test, const char *Word)
{
    int Status = t_run_child(Test, Report, sizeof(Report));

    if ((Status & 0x7F) != SIGABRT_STATUS || !Contains(Report, Word))
    {
        print_message("wait status %x, report without \"%s\":\n%s\n", (unsigned int)Status, Word, Report);
    }
    CHECK_EQ(Status & 0x7F, SIGABRT_STATUS);
    CHECK(Contains(Report, Word));
}

/* TRUE in the child, which is to do the deed. */
static BOOLEAN InChild(const char *Test, const char *Word)
{
    if (t_is_child(Test))
    {
        return TRUE;
    }
    ExpectReport(Test, Word);
    return FALSE;
}

static void AtDispatch(void)
{
    KIRQL Irql;

    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
}

static void RegisterAtDispatchLevel(void)
{
    static const WSK_CLIENT_DISPATCH Dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI Npi = {NULL, &Dispatch};
    WSK_REGISTRATION Registration;

    AtDispatch();
    WskRegister(&Npi, &Registration);
}

TEST(REG_01, register_at_dispatch_level)
{
    COVERS("AMB-52");
    if (InChild("REG_01_register_at_dispatch_level", "WskRegister"))
    {
        RegisterAtDispatchLevel();
    }
}

static void WaitingCaptureAtDispatchLevel(void)
{
    WC_CLIENT *Client = WcRegisterOnly(MAKE_WSK_VERSION(1, 0));

    AtDispatch();
    WskCaptureProviderNPI(&Client->Registration, WSK_INFINITE_WAIT, &Client->Npi);
}

TEST(REG_30, waiting_capture_at_dispatch_level)
{
    COVERS("AMB-52");
    if (InChild("REG_30_waiting_capture_at_dispatch_level", "WskCaptureProviderNPI"))
    {
        WaitingCaptureAtDispatchLevel();
    }
}

static void DeregisterAtDispatchLevel(void)
{
    WC_CLIENT *Client = WcRegisterOnly(MAKE_WSK_VERSION(1, 0));

    AtDispatch();
    WskDeregister(&Client->Registration);
}

TEST(REG_40, deregister_at_dispatch_level)
{
    COVERS("AMB-52");
    if (InChild("REG_40_deregister_at_dispatch_level", "WskDeregister"))
    {
        DeregisterAtDispatchLevel();
    }
}

static void NameResolutionAtDispatchLevel(void)
{
    WC_CLIENT *Client = WcOpen();
    PADDRINFOEXW Result = NULL;
    UNICODE_STRING Name = {0, 0, NULL};
    WC_OP *Op = WcOp(Client, "WskGetAddressInfo");

    AtDispatch();
    Client->Npi.Dispatch->WskGetAddressInfo(Client->Npi.Client, &Name, NULL, 0, NULL, NULL, &Result, NULL, NULL,
                                            Op->Irp);
}

TEST(IRP_42, name_resolution_at_dispatch_level)
{
    COVERS("NAME-01", "AMB-52");
    if (InChild("IRP_42_name_resolution_at_dispatch_level", "WskGetAddressInfo"))
    {
        NameResolutionAtDispatchLevel();
    }
}

static void LoopbackFastPathAtDispatchLevel(void)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, AF_INET, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    ULONG On = 1;

    AtDispatch();
    WcStartControl(Socket, WskIoctl, SIO_LOOPBACK_FAST_PATH, 0, sizeof(On), &On, 0, NULL);
}

TEST(IRP_41, loopback_fast_path_at_dispatch_level)
{
    COVERS("BASIC-53", "AMB-52");
    if (InChild("IRP_41_loopback_fast_path_at_dispatch_level", "WskControlSocket"))
    {
        LoopbackFastPathAtDispatchLevel();
    }
}

static VOID WaitInside(WC_OP *Op)
{
    KEVENT Never;

    KeInitializeEvent(&Never, NotificationEvent, FALSE);
    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
    WcSignal(Op);
}

static void WaitingInACompletionRoutine(void)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    WC_ADDR Address;
    WC_OP *Op = WcOp(Client, "WskGetLocalAddress");

    Op->Then = WaitInside;
    Op->Returned = WcListenTable(Listener)->WskGetLocalAddress(Listener->Wsk, &Address.Sa, Op->Irp);
    WcWait(Op);
}

TEST(IRP_45, waiting_in_a_completion_routine)
{
    COVERS("IRP-43", "AMB-52");
    if (InChild("IRP_45_waiting_in_a_completion_routine", "KeWaitForSingleObject"))
    {
        WaitingInACompletionRoutine();
    }
}

static void FreeingAPendingIrp(void)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    WC_OP *Op = WcKeptOp(Client, "WskAccept");

    WcIssueAccept(Op, Listener);
    IoFreeIrp(Op->Irp);
}

TEST(IRP_47, freeing_a_pending_irp)
{
    if (InChild("IRP_47_freeing_a_pending_irp", "IoFreeIrp"))
    {
        FreeingAPendingIrp();
    }
}

static void CompletingAnIrpTwice(void)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    WC_OP *Op = WcKeptOp(Client, "WskGetLocalAddress");
    WC_ADDR Address;

    Op->Returned = WcListenTable(Listener)->WskGetLocalAddress(Listener->Wsk, &Address.Sa, Op->Irp);
    WcWait(Op);
    IoCompleteRequest(Op->Irp, IO_NO_INCREMENT);
    IoCompleteRequest(Op->Irp, IO_NO_INCREMENT);
}

TEST(IRP_56, completing_an_irp_twice)
{
    if (InChild("IRP_56_completing_an_irp_twice", "IRP"))
    {
        CompletingAnIrpTwice();
    }
}
