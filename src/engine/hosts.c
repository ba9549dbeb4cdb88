// SPDX-License-Identifier: MIT
/*
 * Answers that need no network: the hosts file, the services file, the
 * machine's own name and addresses. Read anew at each call, so that an edited
 * file counts at once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/engp.h"
#include "engine/resolver.h"

#define HOSTS_FILE "/etc/hosts"
#define SERVICES_FILE "/etc/services"
#define BLANKS " \t\r\n"

/* ---- answers ---------------------------------------------------------------- */

int res_answer_add(struct res_answer *a, const struct eng_addr *addr)
{
	for (size_t i = 0; i < a->count; i++)
		if (!memcmp(&a->addrs[i], addr, sizeof(*addr)))
			return 0;
	if (a->count == a->room) {
		size_t room = a->room ? a->room * 2 : 8;
		struct eng_addr *more = host_alloc(room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (a->count)
			memcpy(more, a->addrs, a->count * sizeof(*more));
		host_free(a->addrs);
		a->addrs = more;
		a->room = room;
	}
	a->addrs[a->count++] = *addr;
	return 0;
}

void res_answer_free(struct res_answer *a)
{
	host_free(a->addrs);
	memset(a, 0, sizeof(*a));
}

static void copy_name(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* ---- names ------------------------------------------------------------------- */

/* Length without the last dot, which only says that the name is complete. */
static size_t bare_length(const char *name)
{
	size_t n = strlen(name);

	return n > 1 && name[n - 1] == '.' ? n - 1 : n;
}

bool res_same_name(const char *a, const char *b)
{
	size_t n = bare_length(a);

	return n == bare_length(b) && !strncasecmp(a, b, n);
}

bool res_is_localhost(const char *name)
{
	static const char local[] = "localhost";
	size_t n = bare_length(name), own = sizeof(local) - 1;

	return n >= own && !strncasecmp(name + n - own, local, own) && (n == own || name[n - own - 1] == '.');
}

int res_localhost(const char *name, unsigned int families, struct res_answer *out)
{
	struct eng_addr v6 = {.family = ENG_INET6, .ip = {[15] = 1}};
	struct eng_addr v4 = {.family = ENG_INET, .ip = {127, 0, 0, 1}};
	int err = 0;

	copy_name(out->canonical, sizeof(out->canonical), name);
	copy_name(out->full, sizeof(out->full), name);
	if (families & RES_V6)
		err = res_answer_add(out, &v6);
	if (!err && (families & RES_V4))
		err = res_answer_add(out, &v4);
	return err;
}

/* ---- the hosts file ----------------------------------------------------------- */

/* The address a line begins with; false for what is no such line. */
static bool line_address(const char *word, struct eng_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, word, a->ip) == 1)
		a->family = ENG_INET;
	else if (inet_pton(AF_INET6, word, a->ip) == 1)
		a->family = ENG_INET6;
	return a->family != 0;
}

/* Cuts a line of a file of this kind at its comment and returns its first word. */
static char *first_word(char *line, char **rest)
{
	line[strcspn(line, "#")] = 0;
	return strtok_r(line, BLANKS, rest);
}

static int take_hosts_line(char *line, const char *name, unsigned int families, struct res_answer *out)
{
	char *rest, *word = first_word(line, &rest), *first;
	struct eng_addr a;

	if (!word || !line_address(word, &a) || !(families & (a.family == ENG_INET6 ? RES_V6 : RES_V4)))
		return 0;
	first = strtok_r(NULL, BLANKS, &rest);
	for (word = first; word; word = strtok_r(NULL, BLANKS, &rest)) {
		if (!res_same_name(word, name))
			continue;
		if (!out->count) {
			copy_name(out->canonical, sizeof(out->canonical), first);
			copy_name(out->full, sizeof(out->full), word);
		}
		return res_answer_add(out, &a);
	}
	return 0;
}

bool res_hosts_readable(const char *path)
{
	return !access(path, R_OK);
}

int res_hosts_find(const char *path, const char *name, unsigned int families, struct res_answer *out)
{
	FILE *f = fopen(path ? path : HOSTS_FILE, "re");
	size_t size = 0;
	char *line = NULL;
	int err = 0;

	if (!f)
		return -ENOENT;
	while (!err && getline(&line, &size, f) >= 0)
		err = take_hosts_line(line, name, families, out);
	free(line);
	fclose(f);
	if (err)
		return err;
	return out->count ? 0 : -ENOENT;
}

int res_hosts_name(const char *path, const struct eng_addr *addr, char *name, size_t size)
{
	FILE *f = fopen(path ? path : HOSTS_FILE, "re");
	size_t room = 0;
	char *line = NULL, *word, *rest;
	int err = -ENOENT;

	if (!f)
		return -ENOENT;
	while (err && getline(&line, &room, f) >= 0) {
		struct eng_addr a;

		word = first_word(line, &rest);
		if (!word || !line_address(word, &a) || a.family != addr->family ||
		    memcmp(a.ip, addr->ip, a.family == ENG_INET6 ? 16 : 4))
			continue;
		word = strtok_r(NULL, BLANKS, &rest);
		if (word) {
			copy_name(name, size, word);
			err = 0;
		}
	}
	free(line);
	fclose(f);
	return err;
}

/* ---- services ------------------------------------------------------------------ */

/* For systems without the file, as small containers are. */
static const struct {
	const char *name;
	uint16_t port;
	bool tcp, udp;
} well_known[] = {
	{"echo", 7, true, true},      {"discard", 9, true, true},   {"daytime", 13, true, false},
	{"ftp", 21, true, false},     {"ssh", 22, true, false},     {"telnet", 23, true, false},
	{"smtp", 25, true, false},    {"time", 37, true, false},    {"domain", 53, true, true},
	{"bootps", 67, false, true},  {"bootpc", 68, false, true},  {"tftp", 69, false, true},
	{"http", 80, true, false},    {"kerberos", 88, true, true}, {"pop3", 110, true, false},
	{"sunrpc", 111, true, true},  {"ntp", 123, false, true},    {"imap2", 143, true, false},
	{"snmp", 161, true, true},    {"ldap", 389, true, true},    {"https", 443, true, true},
	{"microsoft-ds", 445, true, true}, {"syslog", 514, false, true}, {"imaps", 993, true, false},
	{"pop3s", 995, true, false},  {"iscsi-target", 3260, true, false}, {"rdp", 3389, true, false},
};

/* Cuts "80/tcp"; false for another protocol or none. */
static bool line_port(char *word, bool udp, uint16_t *port)
{
	char *slash = strchr(word, '/'), *end;
	unsigned long n;

	if (!slash || strcmp(slash + 1, udp ? "udp" : "tcp"))
		return false;
	n = strtoul(word, &end, 10);
	*port = (uint16_t)n;
	return end == slash && n > 0 && n <= UINT16_MAX;
}

/* Looks for a line with that name (aliases count), or with that port when the
 * name is NULL, whose port and name it gives. */
static bool find_service(const char *name, bool udp, uint16_t *port, char *found, size_t found_size)
{
	FILE *f = fopen(SERVICES_FILE, "re");
	size_t size = 0;
	char *line = NULL;
	bool hit = false;

	if (!f)
		return false;
	while (!hit && getline(&line, &size, f) >= 0) {
		char *rest, *first = first_word(line, &rest), *word = first ? strtok_r(NULL, BLANKS, &rest) : NULL;
		uint16_t p;

		if (!word || !line_port(word, udp, &p))
			continue;
		if (!name)
			hit = p == *port;
		for (word = first; name && word && !hit; word = strtok_r(NULL, BLANKS, &rest))
			hit = !strcmp(word, name);
		if (hit) {
			*port = p;
			copy_name(found, found_size, first);
		}
	}
	free(line);
	fclose(f);
	return hit;
}

int res_service_port(const char *name, bool udp, uint16_t *port)
{
	char found[RES_SERVICE_SIZE];

	if (find_service(name, udp, port, found, sizeof(found)))
		return 0;
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++) {
		if ((udp ? well_known[i].udp : well_known[i].tcp) && !strcmp(well_known[i].name, name)) {
			*port = well_known[i].port;
			return 0;
		}
	}
	return -ENOENT;
}

int res_service_name(uint16_t port, bool udp, char *name, size_t size)
{
	if (find_service(NULL, udp, &port, name, size))
		return 0;
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++) {
		if ((udp ? well_known[i].udp : well_known[i].tcp) && well_known[i].port == port) {
			copy_name(name, size, well_known[i].name);
			return 0;
		}
	}
	return -ENOENT;
}

/* ---- the machine itself ---------------------------------------------------------- */

void res_own_name(char *name, size_t size)
{
	if (gethostname(name, size))
		name[0] = 0;
	name[size - 1] = 0;
}

int res_own_addrs(unsigned int families, bool loopback, struct res_answer *out)
{
	struct ifaddrs *list, *i;
	int err = 0;

	if (getifaddrs(&list))
		return -errno;
	for (i = list; i && !err; i = i->ifa_next) {
		union eng_sockaddr sa = {0};
		struct eng_addr a;

		if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) || (!loopback && (i->ifa_flags & IFF_LOOPBACK)))
			continue;
		if (i->ifa_addr->sa_family == AF_INET && (families & RES_V4))
			memcpy(&sa.in, i->ifa_addr, sizeof(sa.in));
		else if (i->ifa_addr->sa_family == AF_INET6 && (families & RES_V6))
			memcpy(&sa.in6, i->ifa_addr, sizeof(sa.in6));
		else
			continue;
		eng_from_sockaddr(&sa, &a);
		err = res_answer_add(out, &a);
	}
	freeifaddrs(list);
	if (err)
		return err;
	return out->count ? 0 : -ENOENT;
}
