// SPDX-License-Identifier: MIT
/*
 * Threads: started ones, and foreign ones adopted when they first call in. Both
 * are forgotten by the same thread-exit destructor.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/hostp.h"

#define FAULT_STACK_BYTES ((size_t)128 * 1024)

static __thread struct host_thread *current;
static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;

static void thread_exits(void *arg)
{
	struct host_thread *t = arg;

	/* The destroy function may still ask who it is, and set data anew. */
	while (t->data_destroy) {
		void (*destroy)(void *) = t->data_destroy;
		void *data = t->data;

		t->data_destroy = NULL;
		t->data = NULL;
		destroy(data);
	}
	current = NULL;
	host_thread_unref(t);
}

static void make_exit_key(void)
{
	if (pthread_key_create(&exit_key, thread_exits)) {
		host_log(HOST_LOG_ERROR, "host: no thread-specific key left in this process");
		host_abort();
	}
}

static void become(struct host_thread *t)
{
	pthread_once(&exit_key_once, make_exit_key);
	if (pthread_setspecific(exit_key, t)) {
		host_log(HOST_LOG_ERROR, "host: out of memory for a thread");
		host_abort();
	}
	current = t;
}

static struct host_thread *adopt(void)
{
	struct host_thread *t = host_alloc_zero(sizeof(*t));

	if (!t) {
		host_log(HOST_LOG_ERROR, "host: out of memory for a thread");
		host_abort();
	}
	t->refs = 1;
	become(t);
	return t;
}

struct host_thread *host_thread_self(void)
{
	return current ? current : adopt();
}

struct host_thread *host_thread_ref(struct host_thread *t)
{
	__atomic_fetch_add(&t->refs, 1, __ATOMIC_RELAXED);
	return t;
}

void host_thread_unref(struct host_thread *t)
{
	if (__atomic_fetch_sub(&t->refs, 1, __ATOMIC_ACQ_REL) == 1)
		host_free(t);
}

/* A stack for the fault handler that the program may have, so that a driver
 * which overflows its own stack can still be reported. NULL: there is one
 * already (a sanitizer's), or no memory. */
static void *give_fault_stack(void)
{
	stack_t stack = {.ss_size = FAULT_STACK_BYTES}, old;

	if (sigaltstack(NULL, &old) || !(old.ss_flags & SS_DISABLE))
		return NULL;
	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return NULL;
	sigaltstack(&stack, NULL);
	return stack.ss_sp;
}

static void take_fault_stack(void *memory)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	if (!memory)
		return;
	sigaltstack(&none, NULL);
	munmap(memory, FAULT_STACK_BYTES);
}

static void *thread_main(void *arg)
{
	struct host_thread *t = arg;
	void *fault_stack = give_fault_stack();

	become(t);
	pthread_setname_np(pthread_self(), t->name);
	t->fn(t->arg);
	take_fault_stack(fault_stack);
	return NULL;
}

int host_thread_start(const char *name, host_thread_fn fn, void *arg, struct host_thread **out)
{
	/* A blocked fault signal would kill the process past any handler. */
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
	struct host_thread *t = host_alloc_zero(sizeof(*t));
	sigset_t blocked, saved;
	int err;

	if (!t)
		return -ENOMEM;
	t->refs = 2;
	t->fn = fn;
	t->arg = arg;
	snprintf(t->name, sizeof(t->name), "%s", name);
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&blocked, faults[i]);
	pthread_sigmask(SIG_SETMASK, &blocked, &saved);
	err = pthread_create(&t->handle, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	if (err) {
		host_free(t);
		return -err;
	}
	*out = t;
	return 0;
}

void host_thread_join(struct host_thread *t)
{
	pthread_join(t->handle, NULL);
	host_thread_unref(t);
}

void host_thread_set_data(void *data, void (*destroy)(void *data))
{
	struct host_thread *t = host_thread_self();

	t->data = data;
	t->data_destroy = destroy;
}

void *host_thread_data(void)
{
	return host_thread_self()->data;
}

uint32_t host_thread_id(void)
{
	struct host_thread *t = host_thread_self();

	if (!t->id)
		t->id = (uint32_t)syscall(SYS_gettid);
	return t->id;
}

unsigned int host_cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned int)CPU_COUNT(&set);
	/* More processors than cpu_set_t has bits. */
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online > 0 ? (unsigned int)online : 1;
}

void host_cpu_relax(void)
{
	__builtin_ia32_pause();
}

void host_yield(void)
{
	sched_yield();
}
