// SPDX-License-Identifier: MIT
/*
 * Devices with a security descriptor in text form (SDDL). The host program stands
 * for a program that an administrator runs (DIV-43): it opens the device for what the
 * descriptor grants to administrators, users and everyone. Kernel callers are not
 * checked, as on Windows.
 */
#include <wdmsec.h>

#include "nt/iop.h"
#include "nt/ntp.h"

/* Whom the host program counts as. SYSTEM (SY) is not among them. */
static PCWSTR const HostSids[] = {L"BA", L"WD", L"AU", L"IU", L"BU", L"S-1-1-0", L"S-1-5-32-544", L"S-1-5-32-545",
                                  L"S-1-5-11", L"S-1-5-4"};

/* Rights that let a file be opened for reading or writing. */
static const struct
{
    WCHAR Name[3];
    UCHAR Rights;
} RightNames[] = {
    {L"GA", IOP_USER_READ | IOP_USER_WRITE | IOP_USER_OPEN}, {L"FA", IOP_USER_READ | IOP_USER_WRITE | IOP_USER_OPEN},
    {L"GR", IOP_USER_READ | IOP_USER_OPEN},                  {L"FR", IOP_USER_READ | IOP_USER_OPEN},
    {L"GW", IOP_USER_WRITE | IOP_USER_OPEN},                 {L"FW", IOP_USER_WRITE | IOP_USER_OPEN},
    {L"GX", IOP_USER_OPEN},                                  {L"FX", IOP_USER_OPEN},
    {L"RC", 0}, {L"SD", 0}, {L"WD", 0}, {L"WO", 0},          {L"CC", IOP_USER_READ | IOP_USER_OPEN},
    {L"DC", IOP_USER_WRITE | IOP_USER_OPEN},                 {L"LC", IOP_USER_WRITE | IOP_USER_OPEN},
    {L"SW", 0}, {L"RP", 0}, {L"WP", 0}, {L"DT", IOP_USER_OPEN}, {L"LO", IOP_USER_OPEN}, {L"CR", IOP_USER_OPEN},
};

/* Text that is left. Owner: the parser's stack. */
typedef struct _IOP_SDDL
{
    PCWSTR At;
    PCWSTR End;
} IOP_SDDL, *PIOP_SDDL;

static BOOLEAN IopTakeText(PIOP_SDDL Text, PCWSTR Word)
{
    PCWSTR At = Text->At;

    for (; *Word != 0; Word++, At++)
    {
        if (At == Text->End || *At != *Word)
        {
            return FALSE;
        }
    }
    Text->At = At;
    return TRUE;
}

static BOOLEAN IopTakeNumberedRights(PIOP_SDDL Text, UCHAR *Rights)
{
    ULONGLONG Mask = 0;

    for (; Text->At != Text->End && *Text->At != L';'; Text->At++)
    {
        WCHAR Digit = *Text->At | 0x20;
        BOOLEAN Letter = Digit >= L'a' && Digit <= L'f';
        if (!Letter && (*Text->At < L'0' || *Text->At > L'9'))
        {
            return FALSE;
        }
        Mask = (Mask << 4 | (ULONG)(Letter ? Digit - L'a' + 10 : *Text->At - L'0')) & 0xFFFFFFFF;
    }
    *Rights |= (Mask & (GENERIC_ALL | GENERIC_READ | FILE_READ_DATA)) != 0 ? IOP_USER_READ | IOP_USER_OPEN : 0;
    *Rights |= (Mask & (GENERIC_ALL | GENERIC_WRITE | FILE_WRITE_DATA)) != 0 ? IOP_USER_WRITE | IOP_USER_OPEN : 0;
    *Rights |= (Mask & (GENERIC_EXECUTE | FILE_EXECUTE | FILE_READ_ATTRIBUTES)) != 0 ? IOP_USER_OPEN : 0;
    return TRUE;
}

static BOOLEAN IopTakeRights(PIOP_SDDL Text, UCHAR *Rights)
{
    *Rights = 0;
    if (IopTakeText(Text, L"0x"))
    {
        return IopTakeNumberedRights(Text, Rights);
    }
    while (Text->At != Text->End && *Text->At != L';')
    {
        ULONG Index = 0;
        while (Index < RTL_NUMBER_OF(RightNames) && !IopTakeText(Text, RightNames[Index].Name))
        {
            Index++;
        }
        if (Index == RTL_NUMBER_OF(RightNames))
        {
            return FALSE;
        }
        *Rights |= RightNames[Index].Rights;
    }
    return TRUE;
}

/* The name up to the closing bracket. FALSE: it is none. */
static BOOLEAN IopTakeSid(PIOP_SDDL Text, BOOLEAN *Host)
{
    UNICODE_STRING Sid = {.Buffer = (PWCH)(ULONG_PTR)Text->At};
    UNICODE_STRING Known;

    for (; Text->At != Text->End && *Text->At != L')'; Text->At++)
    {
        Sid.Length += sizeof(WCHAR);
    }
    *Host = FALSE;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(HostSids); Index++)
    {
        RtlInitUnicodeString(&Known, HostSids[Index]);
        *Host = *Host || RtlEqualUnicodeString(&Sid, &Known, FALSE);
    }
    BOOLEAN Numbered = Sid.Length > 2 * sizeof(WCHAR) && Sid.Buffer[0] == L'S' && Sid.Buffer[1] == L'-';
    return Sid.Length == 2 * sizeof(WCHAR) || Numbered;
}

/* One "(A;flags;rights;;;sid)". */
static BOOLEAN IopTakeAce(PIOP_SDDL Text, UCHAR *Granted, UCHAR *Denied)
{
    BOOLEAN Host;
    UCHAR Rights;

    BOOLEAN Allow = IopTakeText(Text, L"(A;");
    if (!Allow && !IopTakeText(Text, L"(D;"))
    {
        return FALSE;
    }
    while (Text->At != Text->End && *Text->At != L';')
    {
        Text->At++; /* how it is inherited */
    }
    if (!IopTakeText(Text, L";") || !IopTakeRights(Text, &Rights) || !IopTakeText(Text, L";;;") ||
        !IopTakeSid(Text, &Host) || !IopTakeText(Text, L")"))
    {
        return FALSE;
    }
    if (Host && Allow)
    {
        *Granted |= Rights & (UCHAR) ~*Denied;
    }
    else if (Host)
    {
        *Denied |= Rights & (UCHAR) ~*Granted;
    }
    return TRUE;
}

/* FALSE: the text is no descriptor with an access list. */
static BOOLEAN IopParseSddl(PCUNICODE_STRING Sddl, UCHAR *Rights)
{
    IOP_SDDL Text = {Sddl->Buffer, Sddl->Buffer + Sddl->Length / sizeof(WCHAR)};
    UCHAR Denied = 0;

    *Rights = 0;
    if (Sddl->Buffer == NULL || !IopTakeText(&Text, L"D:"))
    {
        return FALSE;
    }
    (VOID) IopTakeText(&Text, L"P");
    while (Text.At != Text.End)
    {
        if (!IopTakeAce(&Text, Rights, &Denied))
        {
            return FALSE;
        }
    }
    return TRUE;
}

/* IoCreateDeviceSecure: IoCreateDevice, for a device that opens only as
 * DefaultSDDLString allows. DeviceClassGuid is kept by nobody, since there are no
 * settings of an administrator to override the string. PASSIVE_LEVEL.
 * STATUS_INVALID_PARAMETER: the string is no "D:" descriptor; the others of
 * IoCreateDevice. Page: nf-wdmsec-wdmlibiocreatedevicesecure. */
NTSTATUS NTAPI WdmlibIoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                          PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                          ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                          PCUNICODE_STRING DefaultSDDLString, LPCGUID DeviceClassGuid,
                                          PDEVICE_OBJECT *DeviceObject)
{
    UCHAR Rights;

    UNREFERENCED_PARAMETER(DeviceClassGuid);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    *DeviceObject = NULL;
    if (DefaultSDDLString == NULL || !IopParseSddl(DefaultSDDLString, &Rights))
    {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = IoCreateDevice(DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics,
                                     Exclusive, DeviceObject);
    if (NT_SUCCESS(Status))
    {
        IopSetUserRights(*DeviceObject, Rights);
    }
    return Status;
}

/* As RtlInitUnicodeStringEx. Page: nf-wdmsec-wdmlibrtlinitunicodestringex. */
NTSTATUS NTAPI WdmlibRtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    return RtlInitUnicodeStringEx(DestinationString, SourceString);
}
