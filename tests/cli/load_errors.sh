#!/bin/sh
# SPDX-License-Identifier: MIT
# A driver that cannot be loaded: the message says what is wrong and what to do.
. "$(dirname "$0")/lib.sh"

raw() { ${CC:-cc} -shared -nostdlib -fPIC -o "$1" raw.c || fail "cannot make $1"; }

# Missing functions: all of them, with the driver's name.
cat >raw.c <<'C'
int IoDoesNotExist(void);
int WdfDriverCreate(void);
int NdisMRegisterMiniportDriver(void);
int FwpsCalloutRegister3(void);
int printf(const char *format, ...);
int getpid(void);
int DriverEntry(void *a, void *b)
{
	(void)a, (void)b;
	return IoDoesNotExist() + WdfDriverCreate() + NdisMRegisterMiniportDriver() + FwpsCalloutRegister3() +
	       printf("") + getpid();
}
C
raw lacks.so
run 4 run lacks.so
expect 'lacks: function IoDoesNotExist is missing'
expect 'lacks: WdfDriverCreate belongs to WDF/KMDF, which is out of scope'
expect 'lacks: NdisMRegisterMiniportDriver belongs to NDIS, which is out of scope'
expect 'lacks: FwpsCalloutRegister3 belongs to the Windows Filtering Platform, which is out of scope'
expect 'lacks: printf is a function of the C library, .*use DbgPrint'
expect 'lacks: getpid is a function of the C library'
expect 'lacks: 6 functions are missing'

# What the kernel keeps to itself is missing too.
echo 'int IopCreateDriver(void); int DriverEntry(void) { return IopCreateDriver(); }' >raw.c
raw nosy.so
run 4 run nosy.so
expect 'nosy: function IopCreateDriver is missing'

echo 'int Something(void) { return 0; }' >raw.c
raw entryless.so
run 4 run entryless.so
expect 'entryless: no DriverEntry'

run 4 run --for 0 "$drivers/fails.c"
expect 'fails: DriverEntry failed with STATUS_DEVICE_CONFIGURATION_ERROR'
# A driver loaded before it is unloaded again.
run 4 run --for 0 "$drivers/hello.c" "$drivers/fails.c"
expect 'hello: unloaded; .*nothing leaked'

echo 'not an image' >text.so
run 4 run text.so
expect 'text: text.so is not a driver image'
head -c 4096 "$WSKHOST" >cut.so
run 4 run cut.so
expect 'cut: cut.so is not a driver image'

run 5 run --for 0 "$drivers/no_unload.c"
expect 'no_unload: cannot be unloaded: it sets no DriverUnload'
