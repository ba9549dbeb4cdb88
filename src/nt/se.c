// SPDX-License-Identifier: MIT
/*
 * Who a driver's threads act for: the system, always. One token stands for that.
 * Access checks against descriptors are not here; a device's own descriptor is in
 * wdmsec.c.
 */
#include "nt/iop.h"
#include "nt/ntp.h"

static OBJECT_TYPE SepTokenType = {.Name = "Token"};
static POBJECT_TYPE SepTokenTypePointer = &SepTokenType;
POBJECT_TYPE *SeTokenObjectType = &SepTokenTypePointer;

/* Body of the system's token: nothing is asked of it but whose it is. */
typedef struct _SEP_TOKEN
{
    LUID AuthenticationId;
} SEP_TOKEN, *PSEP_TOKEN;

#define SEP_SYSTEM_LUID 0x3E7

static PSEP_TOKEN SystemToken; /* immutable while the system is up */

NTSTATUS SepInitialize(VOID)
{
    SystemToken = ObpCreateObject(&SepTokenType, sizeof(SEP_TOKEN));
    if (SystemToken == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    SystemToken->AuthenticationId.LowPart = SEP_SYSTEM_LUID;
    return STATUS_SUCCESS;
}

VOID SepUninitialize(VOID)
{
    ObfDereferenceObject(SystemToken);
    SystemToken = NULL;
}

/* The caller's security context: the system's token, not impersonating. It is given
 * back with SeReleaseSubjectContext. PASSIVE_LEVEL. Page: nf-ntifs-secapturesubjectcontext. */
VOID NTAPI SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    ObfReferenceObject(SystemToken);
    SubjectContext->ClientToken = NULL;
    SubjectContext->ImpersonationLevel = SecurityAnonymous;
    SubjectContext->PrimaryToken = SystemToken;
    SubjectContext->ProcessAuditId = PsGetCurrentProcessId();
}

/* Page: nf-ntifs-sereleasesubjectcontext. */
VOID NTAPI SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    ObfDereferenceObject(SubjectContext->PrimaryToken);
    SubjectContext->PrimaryToken = NULL;
}

/* Tokens do not change, so there is nothing to lock them against. PASSIVE_LEVEL.
 * Page: nf-ntifs-selocksubjectcontext. */
VOID NTAPI SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    UNREFERENCED_PARAMETER(SubjectContext);
    KI_IRQL_MAX(PASSIVE_LEVEL);
}

/* Page: nf-ntifs-seunlocksubjectcontext. */
VOID NTAPI SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    UNREFERENCED_PARAMETER(SubjectContext);
    KI_IRQL_MAX(PASSIVE_LEVEL);
}

/* The system's token with a reference, for PsDereferencePrimaryToken. PASSIVE_LEVEL.
 * Page: nf-ntifs-psreferenceprimarytoken. */
PACCESS_TOKEN NTAPI PsReferencePrimaryToken(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    ObfReferenceObject(SystemToken);
    return SystemToken;
}

/* Page: nf-ntifs-psdereferenceprimarytoken. */
VOID NTAPI PsDereferencePrimaryToken(PACCESS_TOKEN PrimaryToken)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    ObfDereferenceObject(PrimaryToken);
}

/* TRUE: the system is an administrator. PASSIVE_LEVEL. Page: nf-ntifs-setokenisadmin. */
BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return Token == SystemToken;
}
