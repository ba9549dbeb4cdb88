// SPDX-License-Identifier: MIT
/*
 * Security descriptors cached for a client: copies with a reference for the
 * client (per WSK_CACHE_SD or read of SO_WSK_SECURITY) and one per socket that
 * uses them. They matter in one place, the access check of share.c.
 * Requirements CLI-19..25, AMB-43.
 */
#include "wsk/wskp.h"

#define WSKP_SELF_RELATIVE 0x8000
#define WSKP_DACL_PRESENT 0x0004
#define WSKP_SD_HEADER 20 /* of the self-relative form */
#define WSKP_SD_PARTS 4

/* The two forms of a descriptor; parts in the order owner, group, SACL, DACL. */
typedef struct _WSKP_SD_RELATIVE
{
    UCHAR Revision;
    UCHAR Sbz1;
    USHORT Control;
    ULONG Offset[WSKP_SD_PARTS];
} WSKP_SD_RELATIVE;
C_ASSERT(sizeof(WSKP_SD_RELATIVE) == WSKP_SD_HEADER);

typedef struct _WSKP_SD_ABSOLUTE
{
    UCHAR Revision;
    UCHAR Sbz1;
    USHORT Control;
    const VOID *Part[WSKP_SD_PARTS];
} WSKP_SD_ABSOLUTE;

static const UCHAR *PartOf(const VOID *Descriptor, ULONG Index)
{
    const WSKP_SD_RELATIVE *Relative = Descriptor;
    const WSKP_SD_ABSOLUTE *Absolute = Descriptor;

    if (!(Relative->Control & WSKP_SELF_RELATIVE))
    {
        return Absolute->Part[Index];
    }
    return Relative->Offset[Index] != 0 ? (const UCHAR *)Descriptor + Relative->Offset[Index] : NULL;
}

/* A SID is 8 bytes and 4 per sub-authority; an ACL says its size. */
static ULONG SizeOfPart(const UCHAR *Part, ULONG Index)
{
    if (Part == NULL)
    {
        return 0;
    }
    return Index < 2 ? 8 + 4 * Part[1] : ((const USHORT *)Part)[1];
}

NTSTATUS WskpCacheSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR *Cached)
{
    const WSKP_SD_RELATIVE *From = Source;
    WSKP_SD_RELATIVE *To;
    PWSKP_SECURITY Security;
    ULONG Size = WSKP_SD_HEADER;

    if (From == NULL || From->Revision != 1)
    {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG i = 0; i < WSKP_SD_PARTS; i++)
    {
        Size += ALIGN_UP_BY(SizeOfPart(PartOf(From, i), i), 4);
    }
    Security = HcAllocateZero(sizeof(*Security) + Size);
    if (Security == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    To = (WSKP_SD_RELATIVE *)Security->Descriptor;
    To->Revision = 1;
    To->Control = From->Control | WSKP_SELF_RELATIVE;
    Size = WSKP_SD_HEADER;
    for (ULONG i = 0; i < WSKP_SD_PARTS; i++)
    {
        const UCHAR *Part = PartOf(From, i);

        if (Part != NULL)
        {
            To->Offset[i] = Size;
            RtlCopyMemory(Security->Descriptor + Size, Part, SizeOfPart(Part, i));
            Size += ALIGN_UP_BY(SizeOfPart(Part, i), 4);
        }
    }
    Security->References = Security->ClientReferences = 1;
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    InsertTailList(&Client->SecurityList, &Security->Link);
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    *Cached = Security->Descriptor;
    return STATUS_SUCCESS;
}

/* The client's lock is held. */
static PWSKP_SECURITY Find(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Cached)
{
    for (PLIST_ENTRY Link = Client->SecurityList.Flink; Link != &Client->SecurityList; Link = Link->Flink)
    {
        PWSKP_SECURITY Security = CONTAINING_RECORD(Link, WSKP_SECURITY, Link);

        if ((PVOID)Security->Descriptor == (PVOID)Cached && Security->ClientReferences > 0)
        {
            return Security;
        }
    }
    return NULL;
}

PWSKP_SECURITY WskpFindSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Cached)
{
    PWSKP_SECURITY Security;

    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    Security = Find(Client, Cached);
    if (Security != NULL)
    {
        Security->References++;
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    return Security;
}

PSECURITY_DESCRIPTOR WskpLendSecurity(PWSKP_SECURITY Security)
{
    Security->References++;
    Security->ClientReferences++;
    return Security->Descriptor;
}

VOID WskpDereferenceSecurity(PWSKP_CLIENT Client, PWSKP_SECURITY Security)
{
    UNREFERENCED_PARAMETER(Client);
    NT_ASSERT(Security->References > 0);
    if (--Security->References == 0)
    {
        RemoveEntryList(&Security->Link);
        HcFree(Security);
    }
}

NTSTATUS WskpReleaseSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Cached)
{
    PWSKP_SECURITY Security;

    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    Security = Find(Client, Cached);
    if (Security != NULL)
    {
        Security->ClientReferences--;
        WskpDereferenceSecurity(Client, Security);
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    return Security != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

BOOLEAN WskpSecurityGrants(const WSKP_SECURITY *Security)
{
    const WSKP_SD_RELATIVE *Descriptor;

    if (Security == NULL)
    {
        return FALSE; /* the default refuses: LISTEN-26 */
    }
    /* There is one process and one user here: a descriptor without a DACL lets
     * everybody, so them too; entries of a DACL name Windows accounts, of which
     * none is ours. */
    Descriptor = (const WSKP_SD_RELATIVE *)Security->Descriptor;
    return !(Descriptor->Control & WSKP_DACL_PRESENT) || Descriptor->Offset[3] == 0;
}

VOID WskpFreeSecurity(PWSKP_CLIENT Client)
{
    ULONG Count = 0;

    while (!IsListEmpty(&Client->SecurityList))
    {
        HcFree(CONTAINING_RECORD(RemoveHeadList(&Client->SecurityList), WSKP_SECURITY, Link));
        Count++;
    }
    if (Count != 0)
    {
        HcLog(HcLogWarning, "%s: %u cached security descriptors were never released (WSK_RELEASE_SD)",
              WskpClientName(Client), Count);
    }
}
