// SPDX-License-Identifier: MIT
/* The C++ part of the driver: a constructor, and an inline function that the host
 * program might have as well. */
#include <ntddk.h>

#include "greeter.h"

struct Constructed
{
    int Value;
    Constructed() : Value(41) {}
};
static Constructed Object;

inline int Next(int Value)
{
    static int Calls;
    return Value + ++Calls;
}

int PlusConstructed(void)
{
    return Next(Object.Value);
}
