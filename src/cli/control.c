// SPDX-License-Identifier: MIT
/*
 * The control socket of `wskhost run`: how another process (wskhost ioctl, or
 * anything that can write a line) reaches the devices of the drivers it hosts.
 * A Unix-domain socket of mode 0600. Requests and answers are lines of text:
 *
 *     open ACCESS NAME                   ACCESS: 0 control codes only, +1 read, +2 write
 *     ioctl CODE OUT-SIZE TIMEOUT-MS HEX HEX: the bytes to send, "-" for none
 *     read SIZE OFFSET TIMEOUT-MS        TIMEOUT-MS: -1 waits for ever
 *     write OFFSET TIMEOUT-MS HEX
 *
 * Each is answered by "ERRNO STATUS COUNT HEX": 0 or the errno of wskhost.h, the
 * NTSTATUS by name, how many bytes were transferred and, if they came back, which.
 * One device per connection: it is closed when the connection ends, or when the
 * next one is opened. Numbers are as in C.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/host.h"
#include "wskhost/wskhost.h"

#define CONNECTIONS_MAX 32

/*
 * A connection. Owner: its slot. Its thread closes what it opened; stopping cuts
 * it off. lock guards fd and device while the two meet.
 */
struct connection {
	struct host_thread *thread;    /* the acceptor's and the stopper's; NULL: the slot is free */
	struct host_lock lock;
	int fd;                        /* -1: over */
	bool over;                     /* atomic; the thread has nothing more to do */
	struct wskhost_device *device; /* NULL: none open */
};

static struct {
	int fd;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct host_thread *acceptor;
	struct host_lock lock; /* stopping, and new connections */
	bool stopping;
	struct connection connections[CONNECTIONS_MAX];
} control = {.fd = -1};

/* ---- hexadecimal ------------------------------------------------------------------ */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

bool cli_from_hex(const char *text, unsigned char *out, size_t room, size_t *count)
{
	size_t digits = 0;

	*count = 0;
	for (; *text; text++) {
		int d = digit(*text);

		if (*text == ' ')
			continue;
		if (d < 0 || digits / 2 == room)
			return false;
		out[digits / 2] = (unsigned char)(digits % 2 ? out[digits / 2] << 4 | d : d);
		digits++;
	}
	*count = digits / 2;
	return digits % 2 == 0;
}

static void put_hex(FILE *out, const unsigned char *data, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%02x", data[i]);
}

/* ---- requests ------------------------------------------------------------------------ */

/* What a line asks for, and its data. */
struct request {
	char verb[8];
	unsigned long code, size;
	uint64_t offset;
	int timeout_ms;
	unsigned char *data; /* room for CLI_CONTROL_BYTES_MAX, in and out */
	size_t count;
};

/* The next number of a line; false: there is none. */
static bool take_number(char **at, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(*at, &end, 0);
	if (end == *at || errno || (*end && *end != ' '))
		return false;
	*at = *end ? end + 1 : end;
	return true;
}

static bool parse(char *line, struct request *r)
{
	char *at = strchr(line, ' ');
	long long a, b = 0, c = 0;
	bool ioctl, write;

	if (!at || (size_t)(at - line) >= sizeof(r->verb))
		return false;
	*at++ = '\0';
	memcpy(r->verb, line, (size_t)(at - line));
	ioctl = !strcmp(r->verb, "ioctl");
	write = !strcmp(r->verb, "write");
	if (!ioctl && !write && strcmp(r->verb, "read") != 0)
		return false;
	if (!take_number(&at, &a) || !take_number(&at, &b) || (!write && !take_number(&at, &c)))
		return false;
	r->code = (unsigned long)a;
	r->size = ioctl ? (unsigned long)b : write ? 0 : (unsigned long)a;
	r->offset = ioctl ? 0 : write ? (uint64_t)a : (uint64_t)b;
	r->timeout_ms = (int)(write ? b : c);
	r->count = 0;
	if (r->size > CLI_CONTROL_BYTES_MAX || (ioctl && (a < 0 || a > UINT32_MAX)))
		return false;
	if (!ioctl && !write)
		return !*at;
	return !strcmp(at, "-") || cli_from_hex(at, r->data, CLI_CONTROL_BYTES_MAX, &r->count);
}

static void open_device(struct connection *c, const char *arguments, FILE *out)
{
	struct wskhost_device *device, *old;
	uint32_t status = 0;
	char *end;
	unsigned long access = strtoul(arguments, &end, 0);
	int err;

	if (end == arguments || *end != ' ') {
		fprintf(out, "%d - 0 -\n", EPROTO);
		return;
	}
	err = wskhost_device_open(end + 1, (unsigned int)access, &device, &status);
	host_lock_acquire(&c->lock);
	old = c->device;
	c->device = device;
	host_lock_release(&c->lock);
	wskhost_device_close(old);
	fprintf(out, "%d %s 0 -\n", -err, wskhost_status_name(status));
}

static void ask_device(struct connection *c, const struct request *r, FILE *out)
{
	size_t done = 0, shown;
	uint32_t status = 0;
	unsigned char *answer = r->size ? malloc(r->size) : NULL;
	int err;

	if (r->size && !answer) {
		fprintf(out, "%d - 0 -\n", ENOMEM);
		return;
	}
	if (!strcmp(r->verb, "ioctl"))
		err = wskhost_device_ioctl(c->device, (uint32_t)r->code, r->data, r->count, answer, r->size, &done,
					   r->timeout_ms, &status);
	else if (!strcmp(r->verb, "read"))
		err = wskhost_device_read(c->device, answer, r->size, r->offset, &done, r->timeout_ms, &status);
	else
		err = wskhost_device_write(c->device, r->data, r->count, r->offset, &done, r->timeout_ms, &status);
	shown = done < r->size ? done : r->size;
	fprintf(out, "%d %s %zu ", -err, wskhost_status_name(status), done);
	put_hex(out, answer, shown);
	fputs(shown ? "\n" : "-\n", out);
	free(answer);
}

static void answer_line(struct connection *c, char *line, unsigned char *data, FILE *out)
{
	struct request r = {.data = data};

	if (cli_starts_with(line, "open "))
		open_device(c, line + 5, out);
	else if (!parse(line, &r))
		fprintf(out, "%d - 0 -\n", EPROTO);
	else if (!c->device)
		fprintf(out, "%d - 0 -\n", EBADF);
	else
		ask_device(c, &r, out);
	fflush(out);
}

/* Lines of one connection until it ends or is cut off. */
static void converse(struct connection *c, FILE *in, FILE *out)
{
	unsigned char *data = malloc(CLI_CONTROL_BYTES_MAX);
	char *line = malloc(CLI_CONTROL_LINE_MAX);

	while (data && line && fgets(line, CLI_CONTROL_LINE_MAX, in)) {
		size_t length = strlen(line);

		if (!length || line[length - 1] != '\n')
			break; /* longer than any request */
		line[length - 1] = '\0';
		answer_line(c, line, data, out);
	}
	free(line);
	free(data);
}

static void serve(void *arg)
{
	struct connection *c = arg;
	struct wskhost_device *device;
	int second = dup(c->fd);
	FILE *in = fdopen(c->fd, "r"), *out = second >= 0 ? fdopen(second, "w") : NULL;

	if (in && out)
		converse(c, in, out);
	host_lock_acquire(&c->lock);
	device = c->device;
	c->device = NULL;
	if (in)
		fclose(in);
	else
		close(c->fd);
	c->fd = -1;
	host_lock_release(&c->lock);
	if (out)
		fclose(out);
	else if (second >= 0)
		close(second);
	wskhost_device_close(device);
	__atomic_store_n(&c->over, true, __ATOMIC_RELEASE);
}

/* ---- connections ------------------------------------------------------------------------ */

/* A slot whose connection is over, or that had none. control.lock held. */
static struct connection *free_slot(void)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &control.connections[i];

		if (c->thread && __atomic_load_n(&c->over, __ATOMIC_ACQUIRE)) {
			host_thread_join(c->thread);
			c->thread = NULL;
		}
		if (!c->thread)
			return c;
	}
	return NULL;
}

static void admit(int fd)
{
	struct connection *c;

	host_lock_acquire(&control.lock);
	c = control.stopping ? NULL : free_slot();
	if (c) {
		*c = (struct connection){.fd = fd};
		if (host_thread_start("control", serve, c, &c->thread)) {
			c->thread = NULL;
			c = NULL;
		}
	}
	host_lock_release(&control.lock);
	if (!c)
		close(fd);
}

static void accept_all(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept4(control.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == EINTR || errno == ECONNABORTED)
		if (fd >= 0)
			admit(fd);
}

static void cut_off(struct connection *c)
{
	host_lock_acquire(&c->lock);
	if (c->fd >= 0)
		shutdown(c->fd, SHUT_RDWR);
	if (c->device)
		wskhost_device_cancel(c->device);
	host_lock_release(&c->lock);
}

/* ---- up and down -------------------------------------------------------------------------- */

const char *cli_control_path(const char *given)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (given)
		return given;
	return base && *base ? cli_format("%s/wskhost.sock", base) : NULL;
}

/* Whether somebody answers at address. */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && !connect(fd, (const struct sockaddr *)address, sizeof(*address));

	if (fd >= 0)
		close(fd);
	return alive;
}

/* A listening socket at path, or -errno. One left by a process that died is replaced. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The mode of the socket becomes that of the file bind makes. */
	err = fchmod(fd, 0600) ? errno : 0;
	if (!err && bind(fd, (struct sockaddr *)&address, sizeof(address)))
		err = errno;
	if (err == EADDRINUSE && !is_alive(&address)) {
		unlink(path);
		err = bind(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	}
	if (!err && listen(fd, 16))
		err = errno;
	if (err)
		close(fd);
	return err ? -err : fd;
}

int cli_control_start(const char *given)
{
	const char *path = cli_control_path(given);
	int fd, err;

	if (!path)
		return 0;
	fd = listen_at(path);
	if (fd < 0 && !given) {
		host_log(HOST_LOG_DEBUG, "wskhost: no control socket at %s: %s", path, strerror(-fd));
		return 0;
	}
	if (fd < 0) {
		cli_error("no control socket at %s: %s", path, strerror(-fd));
		return fd;
	}
	control.fd = fd;
	snprintf(control.path, sizeof(control.path), "%s", path);
	err = host_thread_start("control", accept_all, NULL, &control.acceptor);
	if (err) {
		cli_control_stop();
		return err;
	}
	host_log(HOST_LOG_DEBUG, "wskhost: control socket %s", control.path);
	return 0;
}

void cli_control_stop(void)
{
	if (control.fd < 0)
		return;
	host_lock_acquire(&control.lock);
	control.stopping = true;
	host_lock_release(&control.lock);
	shutdown(control.fd, SHUT_RDWR); /* ends the accept */
	if (control.acceptor)
		host_thread_join(control.acceptor);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &control.connections[i];

		if (!c->thread)
			continue;
		cut_off(c);
		host_thread_join(c->thread);
		c->thread = NULL;
	}
	unlink(control.path);
	close(control.fd);
	control.fd = -1;
}
