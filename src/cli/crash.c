// SPDX-License-Identifier: MIT
/*
 * When driver code faults: the fault is offered to the driver's own
 * __try/__except first; if nobody takes it, the report says where it happened
 * in words of the driver, and the process ends. Also shows where a thread that
 * does not come back is waiting, by the same means.
 */
#include "cli/cli.h"

#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "host/host.h"
#include "wskhost/wskhost.h"

#define FRAMES_MAX 48
/* Not blocked in driver threads, sent by nobody else, and delivered at once by
 * the thread sanitizer, which holds ordinary signals back while a thread waits. */
#define LOOK_SIGNAL SIGSYS

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

/* The first thread that reports wins; others wait for the process to end. */
static uint32_t reporting_thread;

/* ---- printing --------------------------------------------------------------------- */

/* Where line numbers can be looked up: addresses within one image. */
struct lookup {
	const char *image;
	char text[1024];
	size_t used;
};

static void add_lookup(struct lookup *l, const char *image, uint64_t offset)
{
	int n;

	if (!image || (l->image && strcmp(l->image, image)))
		return;
	l->image = image;
	n = snprintf(l->text + l->used, sizeof(l->text) - l->used, " 0x%llx", (unsigned long long)offset);
	if (n > 0 && l->used + (size_t)n < sizeof(l->text))
		l->used += (size_t)n;
}

static void print_frames(void *const *pcs, size_t count, bool first_is_fault)
{
	struct lookup l = {0};
	size_t repeated = 0;

	for (size_t i = 0; i < count; i++) {
		char where[256];
		uint64_t offset = 0;
		/* A return address belongs to the call before it. */
		const char *pc = (const char *)pcs[i] - (i || !first_is_fault ? 1 : 0);
		const char *image;

		if (i && pcs[i] == pcs[i - 1] && i + 1 < count) {
			repeated++;
			continue;
		}
		if (repeated)
			fprintf(stderr, "      (the same %zu times more)\n", repeated);
		repeated = 0;
		image = wskhost_describe_address(pc, where, sizeof(where), &offset);
		fprintf(stderr, "  #%-2zu %s\n", i, where);
		add_lookup(&l, image, offset);
	}
	if (l.image)
		fprintf(stderr, "  source lines: addr2line -fipe %s%s\n", l.image, l.text);
}

static const char *signal_text(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "SIGSEGV (access to an address it may not use)";
	case SIGBUS:
		return "SIGBUS (access to memory that is not there)";
	case SIGILL:
		return "SIGILL (illegal instruction)";
	case SIGTRAP:
		return "SIGTRAP (a breakpoint, and no debugger is attached)";
	default:
		return "SIGFPE (arithmetic fault, such as a division by zero)";
	}
}

/* The name of the driver at pc, cut out of its description; NULL for others. */
static const char *driver_at(const void *pc, char *buf, size_t size)
{
	if (!wskhost_describe_address(pc, buf, size, NULL))
		return NULL;
	buf[strcspn(buf, "+")] = '\0';
	return buf;
}

static void report(int sig, const siginfo_t *info, const void *pc)
{
	void *frames[FRAMES_MAX + 8];
	size_t count = wskhost_backtrace(frames, FRAMES_MAX), skip = 0;
	char name[128];
	const char *driver = driver_at(pc, name, sizeof(name));

	/* Leave out the handler's own frames, above the one that faulted. */
	while (skip < count && frames[skip] != pc)
		skip++;
	if (skip == count) {
		skip = 0;
		frames[0] = (void *)(uintptr_t)pc;
		count = 1;
	}
	for (size_t i = skip; !driver && i < count; i++)
		driver = driver_at(frames[i], name, sizeof(name));
	if (driver)
		fprintf(stderr, "error: driver %s crashed: %s", driver, signal_text(sig));
	else
		fprintf(stderr, "error: wskhost crashed, and no driver is on the stack: %s", signal_text(sig));
	if (sig == SIGSEGV || sig == SIGBUS)
		fprintf(stderr, ", address %p", info->si_addr);
	fputc('\n', stderr);
	print_frames(frames + skip, count - skip, true);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const void *pc = (const void *)(uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
	uint32_t self = (uint32_t)syscall(SYS_gettid), none = 0;

	if (wskhost_offer_fault(sig, info->si_code, pc, info->si_addr))
		return;
	if (!__atomic_compare_exchange_n(&reporting_thread, &none, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (none == self)
			_exit(CLI_CRASH); /* the report itself faulted */
		for (;;)
			pause();
	}
	report(sig, info, pc);
	cli_temp_keep(); /* the images stay, for addr2line */
	_exit(CLI_CRASH);
}

/* ---- where is another thread? ------------------------------------------------------- */

static struct {
	void *frames[FRAMES_MAX];
	size_t count;
	sem_t ready;
} looked;

static void on_look(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_pid != getpid()) {
		/* Somebody's real one. */
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	looked.count = wskhost_backtrace(looked.frames, FRAMES_MAX);
	sem_post(&looked.ready);
}

void cli_thread_stack(uint32_t thread_id)
{
	struct timespec until;

	while (!sem_trywait(&looked.ready))
		;
	if (syscall(SYS_tgkill, getpid(), thread_id, LOOK_SIGNAL))
		return;
	timespec_get(&until, TIME_UTC);
	until.tv_sec += 2;
	if (sem_timedwait(&looked.ready, &until))
		return;
	fputs("  it waits here:\n", stderr);
	print_frames(looked.frames, looked.count, false);
}

/* ---- set-up ---------------------------------------------------------------------------- */

void cli_crash_install(void)
{
	struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	struct sigaction look = {.sa_sigaction = on_look, .sa_flags = SA_SIGINFO | SA_RESTART};
	void *warm_up[2];

	/* The unwinder loads itself on first use, which a fault handler must not do. */
	wskhost_backtrace(warm_up, 2);
	sem_init(&looked.ready, 0, 0);
	sigemptyset(&fault.sa_mask);
	sigemptyset(&look.sa_mask);
	for (size_t i = 0; i < sizeof(fault_signals) / sizeof(fault_signals[0]); i++)
		sigaction(fault_signals[i], &fault, NULL);
	sigaction(LOOK_SIGNAL, &look, NULL);
}
