// SPDX-License-Identifier: MIT
/*
 * The memory of drivers that are linked into the program. An image from a file
 * comes fresh from that file at each load; here the first values of a driver's
 * variables are kept, and put back before each load after the first. So a driver
 * finds its globals as its source says, however often a test loads it.
 */
#include "loader/ldrp.h"

/*
 * Owner: the list below, from the first load on, for the life of the process:
 *        first values can be taken only once.
 * Lock:  embed.c's, which is held across every load and unload.
 */
struct _LDRP_STATIC
{
    LIST_ENTRY Link;
    const struct wskhost_static_driver *Image;
    PUCHAR FirstData;
    BOOLEAN InUse;     /* loaded, or abandoned with something left behind */
    BOOLEAN Abandoned;
};

static LIST_ENTRY Statics = {&Statics, &Statics};

/* By machine instruction: between a driver's variables lie a sanitizer's guards,
 * which a copy by any function would be told not to touch. */
static VOID CopyBytes(PVOID To, const VOID *From, SIZE_T Size)
{
    __asm__ volatile("rep movsb" : "+D"(To), "+S"(From), "+c"(Size) : : "memory");
}

static VOID ZeroBytes(PVOID To, SIZE_T Size)
{
    __asm__ volatile("rep stosb" : "+D"(To), "+c"(Size) : "a"(0) : "memory");
}

static PLDRP_STATIC FindStatic(const struct wskhost_static_driver *Image)
{
    for (PLIST_ENTRY Entry = Statics.Flink; Entry != &Statics; Entry = Entry->Flink)
    {
        PLDRP_STATIC Static = CONTAINING_RECORD(Entry, LDRP_STATIC, Link);

        if (Static->Image == Image)
        {
            return Static;
        }
    }
    return NULL;
}

/* Before anything of it has run. */
static PLDRP_STATIC KeepFirstValues(const struct wskhost_static_driver *Image)
{
    SIZE_T Size = (SIZE_T)(Image->data_end - Image->data);
    PLDRP_STATIC Static = HcAllocateZero(sizeof(*Static));
    PUCHAR Data = HcAllocate(Size ? Size : 1);

    if (!Static || !Data)
    {
        HcFree(Static);
        HcFree(Data);
        return NULL;
    }
    CopyBytes(Data, Image->data, Size);
    Static->Image = Image;
    Static->FirstData = Data;
    InsertTailList(&Statics, &Static->Link);
    return Static;
}

int LdrpPrepareStatic(const struct wskhost_static_driver *Image, PLDRP_STATIC *Out)
{
    PLDRP_STATIC Static = FindStatic(Image);

    if (Static && Static->InUse)
    {
        HcLog(HcLogError, "%s: %s", Image->name,
              Static->Abandoned ? "cannot be loaded again, since it was unloaded with something left behind"
                                : "is loaded already");
        return -HOST_EEXIST;
    }
    if (Static)
    {
        CopyBytes(Image->data, Static->FirstData, (SIZE_T)(Image->data_end - Image->data));
        ZeroBytes(Image->bss, (SIZE_T)(Image->bss_end - Image->bss));
    }
    else
    {
        Static = KeepFirstValues(Image);
        if (!Static)
        {
            return -HOST_ENOMEM;
        }
    }
    for (void (**Init)(void) = Image->init; Init != Image->init_end; Init++)
    {
        (*Init)();
    }
    Static->InUse = TRUE;
    *Out = Static;
    return 0;
}

VOID LdrpFinishStatic(PLDRP_STATIC Static)
{
    for (void (**Fini)(void) = Static->Image->fini_end; Fini != Static->Image->fini;)
    {
        (*--Fini)();
    }
    Static->InUse = FALSE;
}

VOID LdrpAbandonStatic(PLDRP_STATIC Static)
{
    Static->Abandoned = TRUE;
}
