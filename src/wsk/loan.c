// SPDX-License-Identifier: MIT
/*
 * Lists of indications that are lent to clients. Between the callback and
 * WskRelease a list is the client's, who may have closed the socket meanwhile
 * (AMB-39) or may name a list that was never lent: so it is looked up by its
 * address, and neither it nor the socket is touched before it is found.
 * Callers: the receive events of connections and of datagrams.
 */
#include "wsk/request.h"

#define WSKP_LOAN_BUCKETS 64

/* Zeroed memory is a free lock and, here, an empty list. */
static struct
{
    KSPIN_LOCK Lock;
    LIST_ENTRY Loans;
} Buckets[WSKP_LOAN_BUCKETS];

static ULONG BucketOf(PVOID List)
{
    ULONG_PTR Value = (ULONG_PTR)List >> 6; /* lists are far apart */

    return (ULONG)((Value ^ (Value >> 6) ^ (Value >> 12)) % WSKP_LOAN_BUCKETS);
}

VOID WskpBeginLoan(PWSKP_LOAN Loan, PWSKP_SOCKET Socket, PVOID List)
{
    ULONG Bucket = BucketOf(List);

    Loan->List = List;
    Loan->Socket = Socket;
    Loan->State = WskpLoanIndicated;
    KeAcquireSpinLockAtDpcLevel(&Buckets[Bucket].Lock);
    if (Buckets[Bucket].Loans.Flink == NULL)
    {
        InitializeListHead(&Buckets[Bucket].Loans);
    }
    InsertHeadList(&Buckets[Bucket].Loans, &Loan->Link);
    KeReleaseSpinLockFromDpcLevel(&Buckets[Bucket].Lock);
}

BOOLEAN WskpEndLoan(PWSKP_LOAN Loan, BOOLEAN Retain)
{
    ULONG Bucket = BucketOf(Loan->List);
    BOOLEAN Ours;

    KeAcquireSpinLockAtDpcLevel(&Buckets[Bucket].Lock);
    Ours = !Retain || Loan->State == WskpLoanGivenBack;
    if (Ours)
    {
        RemoveEntryList(&Loan->Link);
    }
    else
    {
        Loan->State = WskpLoanRetained;
        WskpReferenceSocket(Loan->Socket, WSKP_REF_INDICATION);
    }
    KeReleaseSpinLockFromDpcLevel(&Buckets[Bucket].Lock);
    return Ours;
}

/* The bucket's lock is held. */
static PWSKP_LOAN FindLoan(ULONG Bucket, PWSK_SOCKET Socket, PVOID List)
{
    PLIST_ENTRY Loans = &Buckets[Bucket].Loans;

    for (PLIST_ENTRY Link = Loans->Flink; Link != NULL && Link != Loans; Link = Link->Flink)
    {
        PWSKP_LOAN Loan = CONTAINING_RECORD(Link, WSKP_LOAN, Link);

        if (Loan->List == List)
        {
            return &Loan->Socket->Public == Socket ? Loan : NULL;
        }
    }
    return NULL;
}

NTSTATUS WskpReleaseLoan(PWSK_SOCKET Socket, PVOID List, PWSKP_LOAN *Loan)
{
    ULONG Bucket = BucketOf(List);
    NTSTATUS Status = STATUS_SUCCESS;

    KeAcquireSpinLockAtDpcLevel(&Buckets[Bucket].Lock);
    *Loan = FindLoan(Bucket, Socket, List);
    if (*Loan == NULL || (*Loan)->State == WskpLoanGivenBack)
    {
        *Loan = NULL;
        Status = STATUS_INVALID_PARAMETER;
    }
    else if ((*Loan)->State == WskpLoanIndicated)
    {
        /* Another thread was faster than the callback's return; that frees it. */
        (*Loan)->State = WskpLoanGivenBack;
        *Loan = NULL;
    }
    else
    {
        RemoveEntryList(&(*Loan)->Link);
    }
    KeReleaseSpinLockFromDpcLevel(&Buckets[Bucket].Lock);
    return Status;
}
