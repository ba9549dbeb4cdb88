// SPDX-License-Identifier: MIT
/*
 * WskControlClient: operations on the whole client object (area CLI).
 */
#include "support/wskclient.h"

static NTSTATUS Control(WC_CLIENT *Client, ULONG Code, SIZE_T InputSize, PVOID Input, SIZE_T OutputSize, PVOID Output,
                        SIZE_T *Returned, PIRP Irp)
{
    return Client->Npi.Dispatch->WskControlClient(Client->Npi.Client, Code, InputSize, Input, OutputSize, Output,
                                                  Returned, Irp);
}

/* The transport list in pool memory, and how many there are. */
static WSK_TRANSPORT *QueryTransports(WC_CLIENT *Client, SIZE_T *Count)
{
    SIZE_T Size = WC_POISON_SIZE, Copied = WC_POISON_SIZE;
    WSK_TRANSPORT *List;

    CHECK_STATUS(Control(Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, &Size, NULL), STATUS_BUFFER_OVERFLOW);
    CHECK(Size > 0 && Size < 1000 * sizeof(WSK_TRANSPORT));
    CHECK_EQ(Size % sizeof(WSK_TRANSPORT), 0);
    List = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
    CHECK(List != NULL);
    WcPoison(List, Size);
    CHECK_STATUS(Control(Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, Size, List, &Copied, NULL), STATUS_SUCCESS);
    CHECK_EQ(Copied, Size);
    *Count = Size / sizeof(WSK_TRANSPORT);
    return List;
}

TEST(CLI_11, transport_list_names_each_creatable_combination)
{
    WC_CLIENT *Client = WcOpen();
    SIZE_T Count, Tcp = 0, Udp = 0;
    WSK_TRANSPORT *List = QueryTransports(Client, &Count);

    COVERS("CLI-12", "CLI-13", "CLI-07", "CLI-08", "CLI-10", "AMB-01", "STRUCT-32");
    for (SIZE_T i = 0; i < Count; i++)
    {
        CHECK(List[i].AddressFamily == AF_INET || List[i].AddressFamily == AF_INET6);
        Tcp += List[i].SocketType == SOCK_STREAM && List[i].Protocol == IPPROTO_TCP;
        Udp += List[i].SocketType == SOCK_DGRAM && List[i].Protocol == IPPROTO_UDP;
        for (SIZE_T j = 0; j < i; j++)
        {
            CHECK(List[j].AddressFamily != List[i].AddressFamily || List[j].SocketType != List[i].SocketType ||
                  List[j].Protocol != List[i].Protocol);
        }
    }
    CHECK_EQ(Tcp, 2);
    CHECK_EQ(Udp, 2);
    ExFreePoolWithTag(List, WC_TAG);
    WcClose(Client);
}

TEST(CLI_14, each_listed_transport_can_be_created)
{
    WC_CLIENT *Client = WcOpen();
    SIZE_T Count;
    WSK_TRANSPORT *List = QueryTransports(Client, &Count);

    COVERS("SOCK-35", "SOCK-26", "SOCK-28", "SOCK-29");
    for (SIZE_T i = 0; i < Count; i++)
    {
        ULONG Category = List[i].SocketType == SOCK_STREAM ? WSK_FLAG_CONNECTION_SOCKET : WSK_FLAG_DATAGRAM_SOCKET;
        WC_OP *Op = WcStartSocket(Client, List[i].AddressFamily, List[i].SocketType, List[i].Protocol, Category, NULL,
                                  NULL);

        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        WcAdopt(Client, Op->Information, Category, List[i].AddressFamily);
    }
    ExFreePoolWithTag(List, WC_TAG);
    WcClose(Client);
}

TEST(CLI_15, transports_carry_version_and_provider)
{
    WC_CLIENT *Client = WcOpen();
    SIZE_T Count;
    WSK_TRANSPORT *List = QueryTransports(Client, &Count);

    COVERS("AMB-48");
    for (SIZE_T i = 0; i < Count; i++)
    {
        CHECK_EQ(List[i].Version, 0);
        CHECK(!WcIsPoison(&List[i].ProviderId, sizeof(GUID)));
        CHECK_MEM(&List[i].ProviderId, &List[0].ProviderId, sizeof(GUID));
    }
    ExFreePoolWithTag(List, WC_TAG);
    WcClose(Client);
}

TEST(CLI_05, short_buffer_gives_overflow_and_the_size_needed)
{
    WC_CLIENT *Client = WcOpen();
    SIZE_T Full = WC_POISON_SIZE, Needed = WC_POISON_SIZE;
    WSK_TRANSPORT List[3];
    KIRQL Irql;
    NTSTATUS Status;

    COVERS("CLI-01", "CLI-13", "STRUCT-61");
    CHECK_STATUS(Control(Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, &Full, NULL), STATUS_BUFFER_OVERFLOW);
    WcPoison(List, sizeof(List));
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    Status = Control(Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, sizeof(WSK_TRANSPORT), List, &Needed, NULL);
    KeLowerIrql(Irql);
    CHECK_STATUS(Status, STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(Needed, Full);
    CHECK(WcIsPoison(&List[1], 2 * sizeof(List[0])));
    WcClose(Client);
}

TEST(CLI_03, controls_that_forbid_an_irp_complete_it_with_an_error)
{
    WC_CLIENT *Client = WcOpen();
    WSK_EVENT_CALLBACK_CONTROL Events = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT};
    SIZE_T Size = 0;
    WC_OP *Op = WcOp(Client, "WSK_TRANSPORT_LIST_QUERY with an IRP");

    COVERS("AMB-22", "CLI-06", "CLI-12");
    Op->Returned = Control(Client, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, &Size, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    Op = WcOp(Client, "WSK_SET_STATIC_EVENT_CALLBACKS with an IRP");
    Op->Returned = Control(Client, WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(Events), &Events, 0, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

TEST(CLI_06, unknown_code_fails_with_and_without_an_irp)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op = WcOp(Client, "an unknown client control");

    CHECK(!NT_SUCCESS(Control(Client, 0x7777, 0, NULL, 0, NULL, NULL, NULL)));
    Op->Returned = Control(Client, 0x7777, 0, NULL, 0, NULL, NULL, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    WcClose(Client);
}

/* ---- WSK_TRANSPORT_LIST_CHANGE ------------------------------------------------ */

TEST(CLI_16, list_change_needs_an_irp_and_stays_pending)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op = WcKeptOp(Client, "WSK_TRANSPORT_LIST_CHANGE");

    COVERS("CLI-18", "CLI-03", "CLI-04", "IRP-16", "AMB-22", "IRP-26");
    CHECK_STATUS(Control(Client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    Op->Returned = Control(Client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(WcStays(&Op->Done));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    WcClose(Client);
}

TEST(REG_45, deregister_cancels_pending_list_changes)
{
    WC_CLIENT *Client = WcOpen(), *Other = WcOpen();
    WC_OP *Ops[3], *Kept = WcKeptOp(Other, "another client's WSK_TRANSPORT_LIST_CHANGE");

    COVERS("CLI-17", "REG-44", "AMB-44");
    Kept->Returned = Control(Other, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL, NULL, Kept->Irp);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Ops); i++)
    {
        Ops[i] = WcOp(Client, "WSK_TRANSPORT_LIST_CHANGE");
        Ops[i]->Returned = Control(Client, WSK_TRANSPORT_LIST_CHANGE, 0, NULL, 0, NULL, NULL, Ops[i]->Irp);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    WcDeregister(Client);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Ops); i++)
    {
        CHECK_EQ(Ops[i]->Completions, 1); /* by now, not soon */
        CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
    }
    CHECK(!WcIsDone(Kept));
    WcClose(Client);
    WcClose(Other);
    /* WcClose saw Kept complete, too. */
}

/* ---- WSK_CACHE_SD, WSK_RELEASE_SD ------------------------------------------------ */

/* A self-relative descriptor with no owner, group or lists. */
static void MakeDescriptor(UCHAR *Descriptor)
{
    RtlZeroMemory(Descriptor, 20);
    Descriptor[0] = 1;    /* revision */
    Descriptor[3] = 0x80; /* SE_SELF_RELATIVE */
}

TEST(CLI_19, cached_descriptor_is_a_copy_that_sockets_accept)
{
    WC_CLIENT *Client = WcOpen();
    __attribute__((aligned(16))) UCHAR Source[20];
    PSECURITY_DESCRIPTOR Pointer = Source, Cached = (PSECURITY_DESCRIPTOR)WC_POISON_SIZE;
    WC_OP *Op;

    COVERS("CLI-20", "CLI-21", "CLI-22", "CLI-23", "CLI-24", "CLI-25", "SOCK-40", "SOCK-42", "BASIC-72");
    MakeDescriptor(Source);
    CHECK_STATUS(Control(Client, WSK_CACHE_SD, sizeof(Pointer), &Pointer, sizeof(Cached), &Cached, NULL, NULL),
                 STATUS_SUCCESS);
    CHECK(Cached != NULL);
    CHECK((ULONG_PTR)Cached != WC_POISON_SIZE);
    CHECK(Cached != (PSECURITY_DESCRIPTOR)Source);
    WcPoison(Source, sizeof(Source));
    Op = WcOp(Client, "WskSocket with a cached descriptor");
    Op->Returned = Client->Npi.Dispatch->WskSocket(Client->Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                                   WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, Cached, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_LISTEN_SOCKET, AF_INET);
    /* The socket keeps a reference of its own. */
    CHECK_STATUS(Control(Client, WSK_RELEASE_SD, sizeof(Cached), &Cached, 0, NULL, NULL, NULL), STATUS_SUCCESS);
    WcClose(Client);
}

/* ---- WSK_SET_STATIC_EVENT_CALLBACKS ------------------------------------------------ */

TEST(CLI_26, static_callbacks_are_set_before_the_first_socket)
{
    WC_CLIENT *Client = WcOpen();

    COVERS("CLI-27", "CLI-32", "AMB-23", "CLI-04");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    CHECK_STATUS(WcSetStatic(Client, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    WcSocket(Client, AF_INET, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    WcClose(Client);
}

TEST(CLI_26, bad_static_callback_arguments_fail)
{
    static const GUID OtherInterface = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    WC_CLIENT *Client = WcOpen();
    WSK_EVENT_CALLBACK_CONTROL Events = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT};

    COVERS("AMB-21", "CLI-06");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetStatic(Client, 0x00001000), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(Control(Client, WSK_SET_STATIC_EVENT_CALLBACKS, 0, NULL, 0, NULL, NULL, NULL)));
    CHECK(!NT_SUCCESS(
        Control(Client, WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(Events) - 1, &Events, 0, NULL, NULL, NULL)));
    CHECK(!NT_SUCCESS(Control(Client, WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(Events), NULL, 0, NULL, NULL, NULL)));
    Events.NpiId = &OtherInterface;
    CHECK(!NT_SUCCESS(Control(Client, WSK_SET_STATIC_EVENT_CALLBACKS, sizeof(Events), &Events, 0, NULL, NULL, NULL)));
    WcClose(Client);
}

static NTSTATUS WSKAPI RefuseAccept(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                                    PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                    CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    UNREFERENCED_PARAMETER(SocketContext);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    UNREFERENCED_PARAMETER(AcceptSocket);
    UNREFERENCED_PARAMETER(AcceptSocketContext);
    UNREFERENCED_PARAMETER(AcceptSocketDispatch);
    return STATUS_REQUEST_NOT_ACCEPTED;
}

TEST(CLI_29, static_callbacks_cannot_be_changed_per_socket)
{
    static const WSK_CLIENT_LISTEN_DISPATCH Dispatch = {RefuseAccept, NULL, NULL};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener;

    COVERS("EVT-25", "AMB-21");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listener = WcListener(Client, AF_INET, NULL, &Dispatch);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_REQUEST);
    WcClose(Client);
}

TEST(AMB_20, static_callback_without_a_function_is_skipped)
{
    static const WSK_CLIENT_LISTEN_DISPATCH Empty = {NULL, NULL, NULL};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *NoTable, *NoFunction;
    struct peer *One, *Two;

    COVERS("SOCK-20", "CLI-28");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    NoTable = WcListener(Client, AF_INET, NULL, NULL);
    NoFunction = WcListener(Client, AF_INET, NULL, &Empty);
    One = peer_connect(4, WcPort(NoTable));
    Two = peer_connect(4, WcPort(NoFunction));
    CHECK(One != NULL && Two != NULL);
    WcAccept(NoTable);
    WcAccept(NoFunction);
    peer_close(One);
    peer_close(Two);
    WcClose(Client);
}

/* ---- TDI controls --------------------------------------------------------------------- */

TEST(CLI_35, tdi_behaviour_is_a_hint_before_the_first_socket)
{
    WC_CLIENT *Client = WcOpen();
    ULONG Flags = WSK_TDI_BEHAVIOR_BYPASS_TDI;

    COVERS("CLI-36", "CLI-37", "AMB-42", "AMB-23");
    CHECK_STATUS(Control(Client, WSK_TDI_BEHAVIOR, sizeof(Flags), &Flags, 0, NULL, NULL, NULL), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(Control(Client, WSK_TDI_BEHAVIOR, 1, &Flags, 0, NULL, NULL, NULL)));
    WcSocket(Client, AF_INET, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    CHECK_STATUS(Control(Client, WSK_TDI_BEHAVIOR, sizeof(Flags), &Flags, 0, NULL, NULL, NULL),
                 STATUS_INVALID_DEVICE_STATE);
    WcClose(Client);
}

TEST(CLI_33, tdi_mapping_is_not_supported)
{
    WC_CLIENT *Client = WcOpen();
    static const WSK_TDI_MAP Map = {SOCK_STREAM, 99, 6, NULL};
    WSK_TDI_MAP_INFO Info = {1, &Map};

    COVERS("CLI-34", "AMB-42");
    CHECK_STATUS(Control(Client, WSK_TDI_DEVICENAME_MAPPING, sizeof(Info), &Info, 0, NULL, NULL, NULL),
                 STATUS_NOT_SUPPORTED);
    WcClose(Client);
}
