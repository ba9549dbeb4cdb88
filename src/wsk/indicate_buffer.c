// SPDX-License-Identifier: MIT
/*
 * The buffers of received bytes that are the provider's: one allocation each,
 * with the indication, the MDL and the data. A socket keeps one spare, so that
 * the common case, indicate and get it all taken, allocates nothing.
 */
#include "wsk/indicate.h"

#define WSKP_DATA_ALIGNMENT 16

PWSKP_INDICATION WskpNewIndication(PWSKP_SOCKET Socket, SIZE_T Capacity)
{
    PWSKP_INDICATION Indication = Socket->SpareBuffer;
    SIZE_T Header = sizeof(WSKP_INDICATION) + MmSizeOfMdl((PVOID)(ULONG_PTR)(PAGE_SIZE - 1), Capacity);

    if (Indication != NULL && Indication->Capacity == Capacity)
    {
        Socket->SpareBuffer = NULL;
    }
    else
    {
        Header = (Header + WSKP_DATA_ALIGNMENT - 1) & ~(SIZE_T)(WSKP_DATA_ALIGNMENT - 1);
        Indication = HcAllocate(Header + Capacity);
        if (Indication == NULL)
        {
            return NULL;
        }
        Indication->Capacity = Capacity;
        Indication->Data = (PUCHAR)Indication + Header;
        Indication->Mdl = (PMDL)(Indication + 1);
        MmCreateMdl(Indication->Mdl, Indication->Data, Capacity);
        MmBuildMdlForNonPagedPool(Indication->Mdl);
    }
    Indication->Start = Indication->End = 0;
    Indication->Chain = NULL;
    Socket->Indications++;
    return Indication;
}

VOID WskpFreeIndication(PWSKP_SOCKET Socket, PWSKP_INDICATION Indication)
{
    NT_ASSERT(Socket->Indications != 0);
    Socket->Indications--;
    if (Socket->SpareBuffer == NULL && Indication->Capacity == WSKP_INDICATION_BYTES &&
        Socket->State < WskpStateClosing)
    {
        Socket->SpareBuffer = Indication;
        return;
    }
    HcFree(Indication);
}

VOID WskpDiscardUndelivered(PWSKP_SOCKET Socket)
{
    while (!IsListEmpty(&Socket->Undelivered))
    {
        WskpFreeIndication(Socket, CONTAINING_RECORD(RemoveHeadList(&Socket->Undelivered), WSKP_INDICATION, Link));
    }
}

SIZE_T WskpUndeliveredBytes(PWSKP_SOCKET Socket)
{
    SIZE_T Bytes = 0;

    for (PLIST_ENTRY Link = Socket->Undelivered.Flink; Link != &Socket->Undelivered; Link = Link->Flink)
    {
        PWSKP_INDICATION Indication = CONTAINING_RECORD(Link, WSKP_INDICATION, Link);

        Bytes += Indication->End - Indication->Start;
    }
    return Bytes;
}

SIZE_T WskpLinkIndications(PLIST_ENTRY List)
{
    PWSKP_INDICATION Next = NULL;
    SIZE_T Bytes = 0;

    for (PLIST_ENTRY Link = List->Blink; Link != List; Link = Link->Blink)
    {
        PWSKP_INDICATION Indication = CONTAINING_RECORD(Link, WSKP_INDICATION, Link);

        Indication->Chain = Next;
        Indication->Mdl->Next = NULL;
        Indication->Mdl->ByteCount = (ULONG)Indication->End;
        Indication->Public.Next = Next != NULL ? &Next->Public : NULL;
        Indication->Public.Buffer.Mdl = Indication->Mdl;
        Indication->Public.Buffer.Offset = (ULONG)Indication->Start;
        Indication->Public.Buffer.Length = Indication->End - Indication->Start;
        Bytes += Indication->Public.Buffer.Length;
        Next = Indication;
    }
    return Bytes;
}

VOID WskpConsumeIndications(PWSKP_SOCKET Socket, PLIST_ENTRY List, SIZE_T Bytes)
{
    while (!IsListEmpty(List))
    {
        PWSKP_INDICATION First = CONTAINING_RECORD(List->Flink, WSKP_INDICATION, Link);
        SIZE_T Part = min(First->End - First->Start, Bytes);

        First->Start += Part;
        Bytes -= Part;
        if (First->Start != First->End)
        {
            return;
        }
        RemoveEntryList(&First->Link);
        WskpFreeIndication(Socket, First);
    }
}
