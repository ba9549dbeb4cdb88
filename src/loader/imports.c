// SPDX-License-Identifier: MIT
/*
 * Looks through a driver's image before any of it runs, and says in the
 * driver author's words what is missing: which function, in which driver, and
 * what to do. Everything is reported at once, not one name per try.
 */
#include "loader/exports.h"
#include "loader/ldrp.h"

/* Same meaning and same types in both worlds, so a driver may have the C
 * library's. Functions on `long`, wide characters or formats are not here: the
 * headers give those other names (RtlpCrt_). Sorted. */
static const PCSTR PassThrough[] = {
    "_Unwind_Resume", "__sigsetjmp",  "__tls_get_addr", "_setjmp", "abs",     "bcmp",    "bsearch", "isalnum",
    "isalpha",        "iscntrl",      "isdigit",        "isgraph", "islower", "isprint", "ispunct", "isspace",
    "isupper",        "isxdigit",     "longjmp",        "memchr",  "memcmp",  "memcpy",  "memmove", "memset",
    "qsort",          "siglongjmp",   "strcat",         "strchr",  "strcmp",  "strcpy",  "strcspn", "strlen",
    "strncat",        "strncmp",      "strncpy",        "strnlen", "strpbrk", "strrchr", "strspn",  "strstr",
    "tolower",        "toupper",
};

/* What the sanitizers' compilers add; present when wskhost itself was built so. */
static const PCSTR InstrumentationPrefixes[] = {"__asan_", "__tsan_", "__ubsan_", "__sanitizer_", "__gcov_"};

/* Whole families that will never be here. */
typedef struct _FAMILY
{
    PCSTR Prefix;
    PCSTR Sentence;
} FAMILY;

static const FAMILY Families[] = {
    {"Wdf", "belongs to WDF/KMDF, which is out of scope: wskhost hosts WDM-style drivers (DriverEntry, DriverUnload)"},
    {"Ndis", "belongs to NDIS, which is out of scope: wskhost offers Winsock Kernel, not miniports or filters"},
    {"NetAdapter", "belongs to NetAdapterCx, which is out of scope: wskhost offers Winsock Kernel only"},
    {"Fwp", "belongs to the Windows Filtering Platform, which is out of scope: wskhost offers Winsock Kernel only"},
    {"Flt", "belongs to the file system filter manager, which is out of scope"},
    {"StorPort", "belongs to the storage stack, which is out of scope"},
    {"USBD_", "belongs to the USB stack, which is out of scope"},
};

/* C-library functions that people reach for, and what kernel code has instead. */
typedef struct _HINT
{
    PCSTR Name;
    PCSTR Instead;
} HINT;

static const HINT Hints[] = {
    {"printf", "DbgPrint"},
    {"puts", "DbgPrint"},
    {"putchar", "DbgPrint"},
    {"fprintf", "DbgPrintEx"},
    {"sprintf", "RtlStringCbPrintfA (ntstrsafe.h)"},
    {"snprintf", "RtlStringCbPrintfA (ntstrsafe.h)"},
    {"malloc", "ExAllocatePool2"},
    {"calloc", "ExAllocatePool2"},
    {"realloc", "ExAllocatePool2 and a copy"},
    {"free", "ExFreePoolWithTag"},
    {"socket", "WskSocket, through the provider's dispatch table"},
    {"bind", "WskBind, through the socket's dispatch table"},
    {"listen", "a socket made with WSK_FLAG_LISTEN_SOCKET"},
    {"accept", "WskAccept, through the socket's dispatch table"},
    {"connect", "WskConnect or WskSocketConnect"},
    {"send", "WskSend, through the socket's dispatch table"},
    {"recv", "WskReceive, through the socket's dispatch table"},
    {"close", "WskCloseSocket for a socket, ZwClose for a handle"},
    {"getaddrinfo", "WskGetAddressInfo"},
    {"htons", "RtlUshortByteSwap"},
    {"htonl", "RtlUlongByteSwap"},
    {"ntohs", "RtlUshortByteSwap"},
    {"ntohl", "RtlUlongByteSwap"},
    {"sleep", "KeDelayExecutionThread"},
    {"usleep", "KeDelayExecutionThread"},
    {"time", "KeQuerySystemTimePrecise"},
    {"rand", "RtlRandomEx"},
    {"exit", "a return from DriverEntry with a failing status"},
    {"abort", "KeBugCheckEx"},
    {"pthread_create", "PsCreateSystemThread"},
    {"__errno_location", "the NTSTATUS of the call"},
};

/* What the walk over the symbols has found so far. */
typedef struct _CHECK
{
    PCSTR Driver;
    ULONG Missing;
    BOOLEAN HasEntry;
} CHECK;

static LONG CompareNames(PCSTR A, PCSTR B)
{
    while (*A && *A == *B)
    {
        A++;
        B++;
    }
    return (LONG)(UCHAR)*A - (LONG)(UCHAR)*B;
}

static BOOLEAN HasPrefix(PCSTR Name, PCSTR Prefix)
{
    while (*Prefix && *Name == *Prefix)
    {
        Name++;
        Prefix++;
    }
    return !*Prefix;
}

const LDRP_EXPORT *LdrpFindExport(PCSTR Name)
{
    SIZE_T Low = 0, High = LdrpExportCount;

    while (Low < High)
    {
        SIZE_T Middle = Low + (High - Low) / 2;
        LONG Order = CompareNames(Name, LdrpExports[Middle].Name);

        if (!Order)
        {
            return &LdrpExports[Middle];
        }
        if (Order < 0)
        {
            High = Middle;
        }
        else
        {
            Low = Middle + 1;
        }
    }
    return NULL;
}

BOOLEAN LdrpIsPassThrough(PCSTR Name)
{
    for (SIZE_T i = 0; i < RTL_NUMBER_OF(PassThrough); i++)
    {
        if (!CompareNames(Name, PassThrough[i]))
        {
            return TRUE;
        }
    }
    for (SIZE_T i = 0; i < RTL_NUMBER_OF(InstrumentationPrefixes); i++)
    {
        if (HasPrefix(Name, InstrumentationPrefixes[i]))
        {
            return host_process_symbol(Name) != NULL;
        }
    }
    return FALSE;
}

static VOID ReportMissing(PCSTR Driver, PCSTR Name)
{
    for (SIZE_T i = 0; i < RTL_NUMBER_OF(Families); i++)
    {
        if (HasPrefix(Name, Families[i].Prefix))
        {
            HcLog(HcLogError, "%s: %s %s", Driver, Name, Families[i].Sentence);
            return;
        }
    }
    for (SIZE_T i = 0; i < RTL_NUMBER_OF(Hints); i++)
    {
        if (!CompareNames(Name, Hints[i].Name))
        {
            HcLog(HcLogError, "%s: %s is a function of the C library, which kernel code does not have; use %s", Driver,
                  Name, Hints[i].Instead);
            return;
        }
    }
    if (HasPrefix(Name, "_ZTV") || HasPrefix(Name, "__cxa_") || HasPrefix(Name, "__gxx_"))
    {
        HcLog(HcLogError, "%s: %s belongs to the C++ run-time library; kernel C++ has no exceptions and no RTTI", Driver,
              Name);
    }
    else if (HasPrefix(Name, "_Znw") || HasPrefix(Name, "_Zna") || HasPrefix(Name, "_Zdl") || HasPrefix(Name, "_Zda"))
    {
        HcLog(HcLogError, "%s: %s is operator new or delete; a driver defines these itself (ExAllocatePool2, ExFreePool)",
              Driver, Name);
    }
    else if (host_process_symbol(Name))
    {
        HcLog(HcLogError, "%s: %s is a function of the C library, which kernel code does not have", Driver, Name);
    }
    else
    {
        HcLog(HcLogError,
              "%s: function %s is missing: wskhost does not have it and the driver does not define it. "
              "Is a source file left out, or the name misspelt?",
              Driver, Name);
    }
}

static void CheckSymbol(void *Context, const char *Name, enum host_symbol_kind Kind)
{
    CHECK *Check = Context;

    if (Kind == HOST_SYMBOL_DEFINED)
    {
        if (!CompareNames(Name, "DriverEntry"))
        {
            Check->HasEntry = TRUE;
        }
        return;
    }
    if (Kind == HOST_SYMBOL_OPTIONAL || LdrpIsPassThrough(Name))
    {
        return;
    }
    const LDRP_EXPORT *Export = LdrpFindExport(Name);

    if (!Export)
    {
        ReportMissing(Check->Driver, Name);
        Check->Missing++;
    }
}

int LdrpCheckImage(PCSTR Path, PCSTR Name)
{
    CHECK Check = {.Driver = Name};
    int Err = host_module_symbols(Path, CheckSymbol, &Check);

    if (Err == -HOST_ENOENT)
    {
        HcLog(HcLogError, "%s: there is no file %s", Name, Path);
        return Err;
    }
    if (Err == -HOST_ENOEXEC)
    {
        HcLog(HcLogError,
              "%s: %s is not a driver image: a shared object for x86-64 Linux is needed; "
              "make one from the driver's source with wskhost cc",
              Name, Path);
        return Err;
    }
    if (Err)
    {
        HcLog(HcLogError, "%s: %s cannot be read (error %d)", Name, Path, -Err);
        return Err;
    }
    if (Check.Missing)
    {
        HcLog(HcLogError, "%s: %u function%s missing, so the driver cannot be loaded", Name, Check.Missing,
              Check.Missing == 1 ? " is" : "s are");
        return -HOST_ENOSYS;
    }
    if (!Check.HasEntry)
    {
        HcLog(HcLogError,
              "%s: no DriverEntry: every driver defines the function NTSTATUS DriverEntry(PDRIVER_OBJECT, "
              "PUNICODE_STRING) (in C++: extern \"C\"), and it is not static or hidden",
              Name);
        return -HOST_ENOEXEC;
    }
    return 0;
}
