// SPDX-License-Identifier: MIT
/*
 * Who may share a local address: the table of the sharing-transport-addresses
 * page, for the sockets of this process. Between processes the kernel decides.
 * The kernel's own sharing option is set only on pairs this table lets share.
 * Requirements LISTEN-18..28, AMB-55; DIV-8.
 */
#include "wsk/wskp.h"

static KSPIN_LOCK ShareLock; /* innermost: taken under no socket's lock, holds none */
static LIST_ENTRY SharedAddresses = {&SharedAddresses, &SharedAddresses};

typedef enum _WSKP_VERDICT
{
    WskpVerdictSuccess,
    WskpVerdictInUse,
    WskpVerdictDenied,
    WskpVerdictCheck
} WSKP_VERDICT;

/* Rows: the second socket (default, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE; wildcard,
 * specific). Columns: the first, in the same order. */
static const UCHAR Verdicts[6][6] = {
#define S WskpVerdictSuccess
#define U WskpVerdictInUse
#define D WskpVerdictDenied
#define C WskpVerdictCheck
    {U, S, U, S, U, S}, {C, U, C, D, D, U}, /* LISTEN-19, -20 */
    {D, S, S, S, D, S}, {C, D, S, S, D, D}, /* LISTEN-21, -22 */
    {U, U, U, U, U, U}, {C, U, C, U, D, U}, /* LISTEN-23, -24 */
#undef S
#undef U
#undef D
#undef C
};

static USHORT PortOf(const WSKP_ADDRESS *Address)
{
    return Address->Base.sa_family == AF_INET6 ? Address->V6.sin6_port : Address->V4.sin_port;
}

BOOLEAN WskpIsWildcard(const WSKP_ADDRESS *Address)
{
    static const UCHAR Zero[16];

    return Address->Base.sa_family == AF_INET6 ? RtlEqualMemory(&Address->V6.sin6_addr, Zero, 16)
                                               : Address->V4.sin_addr.s_addr == 0;
}

static ULONG ModeOf(const WSKP_SOCKET *Socket, const WSKP_ADDRESS *Address)
{
    ULONG Mode = Socket->ExclusiveAddress ? 2 : Socket->ReuseAddress ? 1 : 0;

    return Mode * 2 + (WskpIsWildcard(Address) ? 0 : 1);
}

/* Can the two addresses be the same at all? */
static BOOLEAN Meet(PWSKP_SOCKET First, PWSKP_SOCKET Second, const WSKP_ADDRESS *Address)
{
    const WSKP_ADDRESS *Other = &First->ShareAddress;

    if (First->Type != Second->Type || PortOf(Other) != PortOf(Address))
    {
        return FALSE;
    }
    if (First->Family != Second->Family)
    {
        return (First->Family == AF_INET6 && First->DualFamily && WskpIsWildcard(Other)) ||
               (Second->Family == AF_INET6 && Second->DualFamily && WskpIsWildcard(Address));
    }
    if (WskpIsWildcard(Other) || WskpIsWildcard(Address))
    {
        return TRUE;
    }
    if (Address->Base.sa_family == AF_INET6)
    {
        return RtlEqualMemory(&Other->V6.sin6_addr, &Address->V6.sin6_addr, 16) &&
               Other->V6.sin6_scope_id == Address->V6.sin6_scope_id;
    }
    return Other->V4.sin_addr.s_addr == Address->V4.sin_addr.s_addr; /* LISTEN-27 */
}

static WSKP_VERDICT Judge(PWSKP_SOCKET First, PWSKP_SOCKET Second, const WSKP_ADDRESS *Address)
{
    WSKP_VERDICT Verdict = Verdicts[ModeOf(Second, Address)][ModeOf(First, &First->ShareAddress)];

    if (Verdict == WskpVerdictCheck)
    {
        Verdict = WskpSecurityGrants(First->Security) ? WskpVerdictSuccess : WskpVerdictDenied;
    }
    return Verdict;
}

/* The kernel's consent, for a pair that may share. No lock is held. */
static VOID AllowInKernel(PWSKP_SOCKET Socket)
{
    WSKP_OPTION Option = Socket->Type == SOCK_STREAM ? WskpOptionReusePort : WskpOptionReuseAddress;
    BOOLEAN Entered;

    WskpLockSocket(Socket);
    Entered = WskpEnterEngine(Socket);
    WskpUnlockSocket(Socket);
    if (Entered)
    {
        (VOID)WskpEngineSetOption(Socket->Engine, Option, 1);
        WskpLockSocket(Socket);
        WskpLeaveEngine(Socket);
        WskpUnlockSocket(Socket);
    }
}

/* The next socket after Number that meets Address, referenced; the numbers rise
 * along the list only by chance, so the smallest is searched. ShareLock held. */
static PWSKP_SOCKET NextMeeting(PWSKP_SOCKET Second, const WSKP_ADDRESS *Address, ULONG Number)
{
    PWSKP_SOCKET Found = NULL;

    for (PLIST_ENTRY Link = SharedAddresses.Flink; Link != &SharedAddresses; Link = Link->Flink)
    {
        PWSKP_SOCKET First = CONTAINING_RECORD(Link, WSKP_SOCKET, ShareLink);

        if (First != Second && First->Number > Number && Meet(First, Second, Address) &&
            (Found == NULL || First->Number < Found->Number))
        {
            Found = First;
        }
    }
    if (Found != NULL)
    {
        WskpReferenceSocket(Found, WSKP_REF_TURN);
    }
    return Found;
}

static VOID AllowPairs(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    PWSKP_SOCKET First;
    ULONG Number = 0;

    for (;;)
    {
        KeAcquireSpinLockAtDpcLevel(&ShareLock);
        First = NextMeeting(Socket, Address, Number);
        KeReleaseSpinLockFromDpcLevel(&ShareLock);
        if (First == NULL)
        {
            return;
        }
        Number = First->Number;
        AllowInKernel(First);
        AllowInKernel(Socket);
        WskpDereferenceSocket(First, WSKP_REF_TURN);
    }
}

NTSTATUS WskpShareAddress(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    WSKP_VERDICT Verdict = WskpVerdictSuccess;
    BOOLEAN Shares = FALSE;

    if (PortOf(Address) == 0)
    {
        return STATUS_SUCCESS; /* the kernel picks a free one */
    }
    KeAcquireSpinLockAtDpcLevel(&ShareLock);
    for (PLIST_ENTRY Link = SharedAddresses.Flink; Link != &SharedAddresses && Verdict == WskpVerdictSuccess;
         Link = Link->Flink)
    {
        PWSKP_SOCKET First = CONTAINING_RECORD(Link, WSKP_SOCKET, ShareLink);

        if (Meet(First, Socket, Address))
        {
            Verdict = Judge(First, Socket, Address);
            Shares = TRUE;
        }
    }
    if (Verdict == WskpVerdictSuccess)
    {
        Socket->ShareAddress = *Address;
        InsertTailList(&SharedAddresses, &Socket->ShareLink);
    }
    KeReleaseSpinLockFromDpcLevel(&ShareLock);
    if (Verdict == WskpVerdictSuccess && Shares)
    {
        AllowPairs(Socket, Address);
    }
    return Verdict == WskpVerdictSuccess ? STATUS_SUCCESS
           : Verdict == WskpVerdictInUse ? STATUS_ADDRESS_ALREADY_EXISTS
                                         : STATUS_ACCESS_DENIED;
}

VOID WskpAddressShared(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    KeAcquireSpinLockAtDpcLevel(&ShareLock);
    if (Socket->ShareLink.Flink == NULL)
    {
        Socket->ShareAddress = *Address;
        InsertTailList(&SharedAddresses, &Socket->ShareLink);
    }
    KeReleaseSpinLockFromDpcLevel(&ShareLock);
}

VOID WskpUnshareAddress(PWSKP_SOCKET Socket)
{
    KeAcquireSpinLockAtDpcLevel(&ShareLock);
    if (Socket->ShareLink.Flink != NULL)
    {
        RemoveEntryList(&Socket->ShareLink);
        Socket->ShareLink.Flink = NULL;
    }
    KeReleaseSpinLockFromDpcLevel(&ShareLock);
}
