// SPDX-License-Identifier: MIT
/*
 * Tables of the provider that no client can see whole: the socket's states, the
 * statuses of errno values, where a request lies in its IRP, texts of addresses.
 */
#include "support/test.h"
#include "wsk/request.h"

/* ---- states -------------------------------------------------------------------- */

/* The picture in state.c, once more and in another form: from, to..., -1. */
static const signed char Picture[][10] = {
    {WskpStateCreated, WskpStateBinding, WskpStateConnected, -1},
    {WskpStateBinding, WskpStateCreated, WskpStateBound, WskpStateListening, -1},
    {WskpStateBound, WskpStateStarting, WskpStateConnecting, -1},
    {WskpStateStarting, WskpStateBound, WskpStateListening, -1},
    {WskpStateListening, -1},
    {WskpStateConnecting, WskpStateConnected, WskpStateBound, WskpStateAborted, -1},
    {WskpStateConnected, WskpStateLocalEnded, WskpStateRemoteEnded, WskpStateBroken, WskpStateAborted, -1},
    {WskpStateLocalEnded, WskpStateDisconnected, WskpStateBroken, WskpStateAborted, -1},
    {WskpStateRemoteEnded, WskpStateDisconnected, WskpStateBroken, WskpStateAborted, -1},
    {WskpStateDisconnected, WskpStateBroken, WskpStateAborted, -1},
    {WskpStateBroken, WskpStateAborted, -1},
    {WskpStateAborted, -1},
    {WskpStateClosing, WskpStateClosed, -1},
    {WskpStateClosed, -1},
};

static BOOLEAN IsInPicture(int From, int To)
{
    if (To == WskpStateClosing && From < WskpStateClosing)
    {
        return TRUE;
    }
    for (int i = 1; Picture[From][i] >= 0; i++)
    {
        if (Picture[From][i] == To)
        {
            return TRUE;
        }
    }
    return FALSE;
}

/* Given every pair of states, then exactly those of the picture are allowed. */
TEST(WSKP, the_transition_table_is_the_picture)
{
    CHECK_EQ(RTL_NUMBER_OF(Picture), WskpStateMax);
    for (int From = 0; From < WskpStateMax; From++)
    {
        CHECK_EQ(Picture[From][0], From);
        for (int To = 0; To < WskpStateMax; To++)
        {
            if (WskpIsTransition(From, To) != IsInPicture(From, To))
            {
                print_message("%s to %s\n", WskpStateName(From), WskpStateName(To));
            }
            CHECK_EQ(WskpIsTransition(From, To), IsInPicture(From, To));
        }
        CHECK(WskpStateName(From)[0] != '?');
    }
    CHECK(!WskpIsTransition(WskpStateMax, WskpStateClosed));
    CHECK(!WskpIsTransition(WskpStateCreated, WskpStateMax));
}

/* Every state reaches the end, so that every socket can be closed. */
TEST(WSKP, every_state_can_be_closed)
{
    for (int From = 0; From < WskpStateClosing; From++)
    {
        CHECK(WskpIsTransition(From, WskpStateClosing));
    }
    CHECK(WskpIsTransition(WskpStateClosing, WskpStateClosed));
}

/* Given a state, then data calls are allowed, or refused with the status of AMB-17 and AMB-18. */
TEST(WSKP, statuses_of_states)
{
    static WSKP_SOCKET Socket;

    Socket.BreakStatus = STATUS_IO_TIMEOUT;
    for (int State = 0; State < WskpStateMax; State++)
    {
        BOOLEAN Connected = State >= WskpStateConnected && State <= WskpStateDisconnected;

        Socket.State = State;
        CHECK_EQ(WskpMayReceive(State), Connected || State == WskpStateBroken);
        CHECK_EQ(WskpMaySend(State), State == WskpStateConnected || State == WskpStateRemoteEnded);
        CHECK_STATUS(WskpStateStatus(&Socket), State == WskpStateBroken     ? STATUS_IO_TIMEOUT
                                               : State == WskpStateAborted  ? STATUS_CONNECTION_ABORTED
                                               : State >= WskpStateClosing  ? STATUS_FILE_FORCED_CLOSED
                                                                            : STATUS_INVALID_DEVICE_STATE);
    }
}

/* Given a transition that is not in the table, then a bugcheck names both states. */
TEST(WSKP, a_wrong_transition_is_a_bugcheck)
{
    static WSKP_SOCKET Socket;
    static char Report[8192];

    if (t_is_child("WSKP_a_wrong_transition_is_a_bugcheck"))
    {
        Socket.Number = 77;
        Socket.State = WskpStateListening;
        WskpSetState(&Socket, WskpStateConnected);
        return;
    }
    CHECK(t_run_child("WSKP_a_wrong_transition_is_a_bugcheck", Report, sizeof(Report)) != 0);
    CHECK(RtlCompareMemory(Report, Report, 1) == 1);
    BOOLEAN Found = FALSE;
    for (char *At = Report; *At && !Found; At++)
    {
        Found = RtlEqualMemory(At, "socket 77 goes from listening to connected", 42);
    }
    CHECK(Found);
}

/* ---- requests --------------------------------------------------------------------- */

/* What the client put into the stack location, and the IRP's other fields, are
 * not touched by what a request writes. */
TEST(WSKP, a_request_uses_its_eighty_bytes_only)
{
    UCHAR Memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION)] __attribute__((aligned(16)));
    UCHAR Before[sizeof(Memory)];
    PIRP Irp = (PIRP)Memory;
    SIZE_T Changed = 0;

    IoInitializeIrp(Irp, sizeof(Memory), 1);
    IoSetNextIrpStackLocation(Irp);
    RtlCopyMemory(Before, Memory, sizeof(Memory));
    RtlFillMemory(WskpRequest(Irp), sizeof(WSKP_REQUEST), 0xEE);
    RtlFillMemory(WskpParameters(Irp), WSKP_PARAMETERS_SIZE, 0xEE);
    for (SIZE_T i = 0; i < sizeof(Memory); i++)
    {
        SIZE_T Location = i - sizeof(IRP);
        BOOLEAN Ours = (i >= FIELD_OFFSET(IRP, Tail.Overlay.DriverContext) &&
                        i < FIELD_OFFSET(IRP, Tail.Overlay.DriverContext) + 32) ||
                       (i >= sizeof(IRP) && Location >= 8 && Location < 56);

        CHECK(Memory[i] == Before[i] || Ours);
        Changed += Memory[i] != Before[i];
    }
    CHECK_EQ(Changed, 80);
}

/* Given a chain of MDLs and any window of it, then the segments are the window. */
TEST(WSKP, data_is_mapped_across_a_chain)
{
    UCHAR Memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION)] __attribute__((aligned(16)));
    static UCHAR Bytes[4][32];
    static const ULONG Sizes[4] = {5, 1, 32, 9};
    PIRP Irp = (PIRP)Memory;
    PMDL Mdls[4];
    UCHAR Flat[64];
    ULONG Total = 0;

    IoInitializeIrp(Irp, sizeof(Memory), 1);
    IoSetNextIrpStackLocation(Irp);
    for (ULONG i = 0; i < 4; i++)
    {
        for (ULONG j = 0; j < Sizes[i]; j++)
        {
            Flat[Total++] = Bytes[i][j] = (UCHAR)(i * 64 + j);
        }
        Mdls[i] = IoAllocateMdl(Bytes[i], Sizes[i], FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(Mdls[i]);
        if (i != 0)
        {
            Mdls[i - 1]->Next = Mdls[i];
        }
    }
    for (ULONG Offset = 0; Offset <= Sizes[0]; Offset++)
    {
        WSK_BUF Buffer = {Mdls[0], Offset, Total - Offset};

        RtlZeroMemory(WskpParameters(Irp), WSKP_PARAMETERS_SIZE);
        CHECK_STATUS(WskpCaptureBuffer(Irp, &Buffer, 0), STATUS_SUCCESS);
        /* Forwards as the engine does, and back again: the cursor must follow. */
        for (ULONG Round = 0; Round < 2 * Buffer.Length; Round++)
        {
            ULONG Skip = Round * 7 % (ULONG)Buffer.Length;
            WSKP_SEGMENT Segments[3];
            SIZE_T Count = WskpMapData(Irp, Skip, Buffer.Length - Skip, Segments, 3);
            ULONG At = Offset + Skip;

            CHECK(Count >= 1 && Count <= 3);
            for (SIZE_T i = 0; i < Count; i++)
            {
                CHECK_MEM(Segments[i].Base, Flat + At, Segments[i].Length);
                At += (ULONG)Segments[i].Length;
            }
            CHECK(Count == 3 || At == Total);
        }
    }
    for (ULONG i = 0; i < 4; i++)
    {
        IoFreeMdl(Mdls[i]);
    }
}

/* ---- statuses ----------------------------------------------------------------------- */

TEST(WSKP, statuses_of_errno_values)
{
    static const struct
    {
        WSKP_FAMILY Family;
        int Err;
        NTSTATUS Status;
    } Rows[] = {
        {WskpFamilyConnect, -111, STATUS_CONNECTION_REFUSED},
        {WskpFamilyConnect, -110, STATUS_IO_TIMEOUT},
        {WskpFamilyConnect, -101, STATUS_NETWORK_UNREACHABLE},
        {WskpFamilyConnect, -113, STATUS_HOST_UNREACHABLE},
        {WskpFamilyConnect, -99, STATUS_TOO_MANY_ADDRESSES},
        {WskpFamilyBind, -99, STATUS_INVALID_ADDRESS_COMPONENT},
        {WskpFamilyBind, -98, STATUS_ADDRESS_ALREADY_EXISTS},
        {WskpFamilyBind, -13, STATUS_ACCESS_DENIED},
        {WskpFamilyCreate, -1, STATUS_ACCESS_DENIED},
        {WskpFamilyCreate, -24, STATUS_INSUFFICIENT_RESOURCES},
        {WskpFamilyCreate, -97, STATUS_NOT_SUPPORTED},
        {WskpFamilySend, -32, STATUS_CONNECTION_RESET},
        {WskpFamilySend, -104, STATUS_CONNECTION_RESET},
        {WskpFamilySend, -107, STATUS_CONNECTION_DISCONNECTED},
        {WskpFamilyReceive, -104, STATUS_CONNECTION_RESET},
        {WskpFamilyReceive, -125, STATUS_CANCELLED},
        {WskpFamilyControl, -107, STATUS_INVALID_DEVICE_STATE},
        {WskpFamilyControl, -92, STATUS_NOT_SUPPORTED},
        {WskpFamilyControl, -22, STATUS_INVALID_PARAMETER},
        {WskpFamilySend, 0, STATUS_SUCCESS},
        {WskpFamilySend, -4000, STATUS_UNSUCCESSFUL},
    };

    for (ULONG i = 0; i < RTL_NUMBER_OF(Rows); i++)
    {
        CHECK_STATUS(WskpStatusFromErrno(Rows[i].Family, Rows[i].Err), Rows[i].Status);
    }
    /* No errno becomes a success, nor something that only looks like a status. */
    for (int Err = 1; Err < 140; Err++)
    {
        NTSTATUS Status = WskpStatusFromErrno(WskpFamilySend, -Err);

        CHECK(!NT_SUCCESS(Status));
        CHECK(((ULONG)Status & 0xFFFF0000) == 0xC0000000);
    }
}

/* ---- texts ---------------------------------------------------------------------------- */

static void CheckIpv6Text(const USHORT Groups[8], ULONG Scope, const char *Text)
{
    CHAR Made[WSKP_ADDRESS_TEXT];
    WSKP_ADDRESS Address;

    RtlZeroMemory(&Address, sizeof(Address));
    Address.V6.sin6_family = AF_INET6;
    Address.V6.sin6_port = RtlUshortByteSwap(65535);
    Address.V6.sin6_scope_id = Scope;
    for (ULONG i = 0; i < 8; i++)
    {
        ((PUSHORT)&Address.V6.sin6_addr)[i] = RtlUshortByteSwap(Groups[i]);
    }
    WskpFormatAddress(&Address, Made);
    CHECK_STR(Made, Text);
}

TEST(WSKP, texts_of_addresses)
{
    CHAR Made[WSKP_ADDRESS_TEXT];
    WSKP_ADDRESS Address;

    RtlZeroMemory(&Address, sizeof(Address));
    Address.V4.sin_family = AF_INET;
    Address.V4.sin_port = RtlUshortByteSwap(40007);
    ((PUCHAR)&Address.V4.sin_addr)[0] = 127;
    ((PUCHAR)&Address.V4.sin_addr)[3] = 1;
    WskpFormatAddress(&Address, Made);
    CHECK_STR(Made, "127.0.0.1:40007");

    CheckIpv6Text((const USHORT[8]){0, 0, 0, 0, 0, 0, 0, 0}, 0, "[::]:65535");
    CheckIpv6Text((const USHORT[8]){0, 0, 0, 0, 0, 0, 0, 1}, 0, "[::1]:65535");
    CheckIpv6Text((const USHORT[8]){0xfe80, 0, 0, 0, 1, 0, 0, 0xff}, 12, "[fe80::1:0:0:ff%12]:65535");
    CheckIpv6Text((const USHORT[8]){1, 0, 0, 0, 0, 0, 0, 0}, 0, "[1::]:65535");
    CheckIpv6Text((const USHORT[8]){1, 0, 2, 3, 4, 5, 6, 7}, 0, "[1:0:2:3:4:5:6:7]:65535");
    CheckIpv6Text((const USHORT[8]){0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff}, 4294967295,
                  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
}
