// SPDX-License-Identifier: MIT
/*
 * The resolver: local files, and DNS through a server of the test's own. Each
 * DNS test runs for every engine, with a server on each family's loopback.
 */
#include <unistd.h>

#include "engine/resolver.h"
#include "engine/rig.h"
#include "support/dnspeer.h"

/* ---- local files ------------------------------------------------------------------ */

static void write_hosts(char *path, const char *text)
{
	int fd;

	snprintf(path, 64, "/tmp/wskhost-hosts-XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char hosts_text[] = "# comment\n"
				 "127.0.0.5\tfirst.test alias other.test # first\n"
				 "\n"
				 "  ::5 first.test six\n"
				 "127.0.0.6 first.test\n"
				 "127.0.0.5 first.test doubled\n"
				 "127.0.0.8 later.test alias\n"
				 "nonsense here\n"
				 "1.2.3 short\n"
				 "127.0.0.9\n"
				 "127.0.0.7 last";

TEST(ENG, hosts_file_forwards)
{
	struct res_answer a = {0};
	char path[64];

	write_hosts(path, hosts_text);
	CHECK_EQ(res_hosts_find(path, "FIRST.test", RES_V4 | RES_V6, &a), 0);
	CHECK_EQ(a.count, 3); /* in the file's order, once each */
	CHECK_EQ(a.addrs[0].ip[3], 5);
	CHECK_EQ(a.addrs[1].family, ENG_INET6);
	CHECK_EQ(a.addrs[1].ip[15], 5);
	CHECK_EQ(a.addrs[2].ip[3], 6);
	CHECK_STR(a.canonical, "first.test");
	res_answer_free(&a);
	CHECK_EQ(res_hosts_find(path, "alias.", RES_V4 | RES_V6, &a), 0);
	CHECK_EQ(a.count, 2);
	CHECK_STR(a.canonical, "first.test"); /* of its first line */
	CHECK_STR(a.full, "alias");
	res_answer_free(&a);
	CHECK_EQ(res_hosts_find(path, "first.test", RES_V6, &a), 0);
	CHECK_EQ(a.count, 1);
	res_answer_free(&a);
	CHECK_EQ(res_hosts_find(path, "last", RES_V4, &a), 0); /* without a last newline */
	CHECK_EQ(a.count, 1);
	res_answer_free(&a);
	CHECK_EQ(res_hosts_find(path, "alias", RES_V6, &a), -ENOENT);
	CHECK_EQ(res_hosts_find(path, "first", RES_V4, &a), -ENOENT);
	CHECK_EQ(res_hosts_find(path, "comment", RES_V4, &a), -ENOENT);
	CHECK_EQ(res_hosts_find(path, "short", RES_V4, &a), -ENOENT);
	CHECK_EQ(a.count, 0);
	unlink(path);
	CHECK_EQ(res_hosts_find(path, "first.test", RES_V4, &a), -ENOENT);
}

TEST(ENG, hosts_file_backwards)
{
	struct eng_addr a = {.family = ENG_INET, .ip = {127, 0, 0, 5}};
	char path[64], name[RES_NAME_SIZE];

	write_hosts(path, hosts_text);
	CHECK_EQ(res_hosts_name(path, &a, name, sizeof(name)), 0);
	CHECK_STR(name, "first.test");
	a.ip[3] = 9;
	CHECK_EQ(res_hosts_name(path, &a, name, sizeof(name)), -ENOENT);
	a = (struct eng_addr){.family = ENG_INET6, .ip = {[15] = 5}};
	CHECK_EQ(res_hosts_name(path, &a, name, sizeof(name)), 0);
	unlink(path);
	CHECK_EQ(res_hosts_name(path, &a, name, sizeof(name)), -ENOENT);
}

TEST(ENG, localhost_needs_no_file)
{
	struct res_answer a = {0};

	CHECK(res_is_localhost("localhost"));
	CHECK(res_is_localhost("LocalHost."));
	CHECK(res_is_localhost("a.b.localhost"));
	CHECK(!res_is_localhost("notlocalhost"));
	CHECK(!res_is_localhost("localhost.test"));
	CHECK(!res_is_localhost(""));
	CHECK_EQ(res_localhost("localhost", RES_V4 | RES_V6, &a), 0);
	CHECK_EQ(a.count, 2);
	res_answer_free(&a);
	CHECK_EQ(res_localhost("localhost", RES_V4, &a), 0);
	CHECK_EQ(a.count, 1);
	CHECK_EQ(a.addrs[0].ip[0], 127);
	res_answer_free(&a);
}

TEST(ENG, services_by_name_and_by_port)
{
	char name[RES_SERVICE_SIZE];
	uint16_t port = 0;

	CHECK_EQ(res_service_port("http", false, &port), 0);
	CHECK_EQ(port, 80);
	CHECK_EQ(res_service_port("domain", true, &port), 0);
	CHECK_EQ(port, 53);
	CHECK_EQ(res_service_port("no-such-service", false, &port), -ENOENT);
	CHECK_EQ(res_service_port("", false, &port), -ENOENT);
	CHECK_EQ(res_service_name(80, false, name, sizeof(name)), 0);
	CHECK_STR(name, "http");
	CHECK_EQ(res_service_name(123, true, name, sizeof(name)), 0);
	CHECK_STR(name, "ntp");
	CHECK_EQ(res_service_name(1, true, name, sizeof(name)), -ENOENT);
}

TEST(ENG, the_machines_own_addresses)
{
	struct res_answer all = {0}, outside = {0};
	char name[RES_NAME_SIZE];

	CHECK_EQ(res_own_addrs(RES_V4, true, &all), 0);
	for (size_t i = 0; i < all.count; i++)
		CHECK_EQ(all.addrs[i].family, ENG_INET);
	res_own_addrs(RES_V4, false, &outside);
	CHECK(outside.count < all.count);
	for (size_t i = 0; i < outside.count; i++)
		CHECK(outside.addrs[i].ip[0] != 127);
	res_answer_free(&all);
	res_answer_free(&outside);
	res_own_name(name, sizeof(name));
	CHECK(*name);
}

/* ---- DNS ---------------------------------------------------------------------------- */

/* A query and what happened to it. */
struct asked {
	struct res_query q; /* first */
	struct rig *r;
	struct host_thread *waiter;
	uint32_t dones;
};

struct dns {
	struct rig *rig;
	struct res *res;
	struct dnspeer *server;
	char address[64];
	uint32_t closed;
	struct host_thread *waiter;
};

static void query_done(struct res_query *q)
{
	struct asked *a = (struct asked *)q;
	struct host_thread *waiter = a->waiter;

	if (!GET(&a->r->in_batch[0]) || GET(&a->r->thread_id[0]) != host_thread_id())
		rig_fault(a->r, "a query's done outside the loop's batch");
	host_thread_ref(waiter);
	__atomic_fetch_add(&a->dones, 1, __ATOMIC_ACQ_REL); /* the test may drop it now */
	host_unpark(waiter);
	host_thread_unref(waiter);
}

static void await_word(struct rig *r, uint32_t *word)
{
	uint64_t until = host_now_ns() + RIG_DEADLINE_NS;

	while (!GET(word)) {
		CHECK(host_now_ns() < until);
		if (r->mode == BY_HAND)
			eng_run(r->e, 0, until);
		else
			host_park(until);
	}
}

static void dns_open(struct dns *d, struct rig *r)
{
	unsigned short port;

	memset(d, 0, sizeof(*d));
	d->rig = r;
	d->waiter = host_thread_self();
	d->server = dnspeer_open(rig_peer_family(r), &port);
	CHECK(d->server);
	snprintf(d->address, sizeof(d->address), r->family == ENG_INET6 ? "[::1]:%u" : "127.0.0.1:%u", port);
	CHECK_EQ(res_open(r->e, 0, &d->res), 0);
}

static void when_closed(void *ctx)
{
	struct dns *d = ctx;
	struct host_thread *waiter = host_thread_ref(d->waiter);

	SET(&d->closed, 1);
	host_unpark(waiter);
	host_thread_unref(waiter);
}

static void dns_close(struct dns *d)
{
	res_close(d->res, when_closed, d);
	await_word(d->rig, &d->closed);
	dnspeer_close(d->server);
}

static void ask(struct dns *d, struct asked *a, const char *name, unsigned int families)
{
	memset(a, 0, sizeof(*a));
	a->r = d->rig;
	a->waiter = d->waiter;
	a->q.kind = RES_ADDRESSES;
	snprintf(a->q.name, sizeof(a->q.name), "%s", name);
	a->q.families = families;
	a->q.done = query_done;
	a->q.res = 12345;
	CHECK_EQ(res_prepare(d->res, &a->q, d->address), 0);
}

static int result(struct dns *d, struct asked *a)
{
	(void)d;
	await_word(a->r, &a->dones);
	CHECK_EQ(a->dones, 1);
	return a->q.res;
}

static int resolve(struct dns *d, struct asked *a, const char *name, unsigned int families)
{
	ask(d, a, name, families);
	CHECK_EQ(res_start(&a->q), 0);
	return result(d, a);
}

static int resolve_back(struct dns *d, struct asked *a, struct eng_addr addr)
{
	ask(d, a, "", 0);
	a->q.kind = RES_NAME;
	a->q.addr = addr;
	CHECK_EQ(res_start(&a->q), 0);
	return result(d, a);
}

static void answers(struct rig *r)
{
	struct eng_addr v4 = {.family = ENG_INET, .ip = {127, 0, 0, 8}};
	struct eng_addr v6 = {.family = ENG_INET6, .ip = {0xfd, [15] = 8}};
	struct dns d;
	struct asked a;

	dns_open(&d, r);
	dnspeer_add(d.server, "host.test", "A", "127.0.0.8");
	dnspeer_add(d.server, "host.test", "A", "127.0.0.7");
	dnspeer_add(d.server, "host.test", "AAAA", "::1");
	dnspeer_add(d.server, "alias.test", "CNAME", "second.test");
	dnspeer_add(d.server, "second.test", "CNAME", "host.test");
	dnspeer_add(d.server, "127.0.0.8", "PTR", "host.test");
	dnspeer_add(d.server, "fd00::8", "PTR", "six.test");

	CHECK_EQ(resolve(&d, &a, "host.test", RES_V4), 0);
	CHECK_EQ(a.q.answer.count, 2);
	CHECK_EQ(a.q.answer.addrs[0].ip[3], 8); /* the server's order */
	CHECK_EQ(a.q.answer.addrs[1].ip[3], 7);
	CHECK_STR(a.q.answer.canonical, "host.test");
	CHECK_STR(a.q.answer.full, "host.test");
	res_answer_free(&a.q.answer);
	CHECK_EQ(resolve(&d, &a, "host.test", RES_V6), 0);
	CHECK_EQ(a.q.answer.count, 1);
	CHECK_EQ(a.q.answer.addrs[0].family, ENG_INET6);
	res_answer_free(&a.q.answer);
	CHECK_EQ(resolve(&d, &a, "alias.test", RES_V4 | RES_V6), 0);
	CHECK_EQ(a.q.answer.count, 3);
	CHECK_STR(a.q.answer.canonical, "host.test");
	res_answer_free(&a.q.answer);
	CHECK_EQ(resolve_back(&d, &a, v4), 0);
	CHECK_STR(a.q.answer.canonical, "host.test");
	CHECK_EQ(resolve_back(&d, &a, v6), 0);
	CHECK_STR(a.q.answer.canonical, "six.test");
	dns_close(&d);
}
TEST(ENG, dns_answers) { for_each(answers, BY_THREADS, 2); }
TEST(ENG, dns_answers_by_hand) { for_each(answers, BY_HAND, 1); }

static void failures(struct rig *r)
{
	struct eng_addr unknown = {.family = ENG_INET, .ip = {127, 0, 0, 99}};
	struct dns d;
	struct asked a;
	char longest[RES_NAME_SIZE];

	dns_open(&d, r);
	dnspeer_add(d.server, "four.test", "A", "127.0.0.4");
	dnspeer_add(d.server, "failing.test", "FAIL", NULL);
	dnspeer_add(d.server, "refused.test", "REFUSE", NULL);
	memset(longest, 'a', sizeof(longest));
	longest[RES_NAME_MAX] = 0;
	CHECK_EQ(resolve(&d, &a, "no.test", RES_V4 | RES_V6), -ENOENT);
	CHECK_EQ(resolve(&d, &a, "four.test", RES_V6), -ENOENT);
	CHECK_EQ(resolve(&d, &a, "failing.test", RES_V4), -ENOENT);
	CHECK_EQ(resolve(&d, &a, "refused.test", RES_V4), -ENOENT);
	CHECK_EQ(resolve(&d, &a, longest, RES_V4), -ENOENT);
	CHECK_EQ(resolve(&d, &a, "two..dots", RES_V4), -ENOENT);
	CHECK_EQ(resolve_back(&d, &a, unknown), -ENOENT);
	CHECK(!a.q.answer.addrs);
	CHECK_EQ(res_prepare(d.res, &a.q, "not an address"), -EINVAL);
	/* Readied and not wanted after all. */
	ask(&d, &a, "four.test", RES_V4);
	res_drop(&a.q);
	CHECK_EQ(a.dones, 0);
	CHECK_EQ(dnspeer_asked(d.server, "four.test"), 1);
	dns_close(&d);
}
TEST(ENG, dns_failures) { for_each(failures, BY_THREADS, 1); }

static void over_tcp(struct rig *r)
{
	struct dns d;
	struct asked a;

	dns_open(&d, r);
	dnspeer_add(d.server, "big.test", "TRUNCATE", NULL);
	for (int i = 1; i <= 40; i++) {
		char text[32];

		snprintf(text, sizeof(text), "127.0.1.%d", i);
		dnspeer_add(d.server, "big.test", "A", text);
	}
	CHECK_EQ(resolve(&d, &a, "big.test", RES_V4), 0);
	CHECK_EQ(a.q.answer.count, 40);
	CHECK_EQ(dnspeer_connections(d.server), 1);
	res_answer_free(&a.q.answer);
	dns_close(&d);
}
TEST(ENG, dns_over_tcp) { for_each(over_tcp, BY_THREADS, 1); }

static void cancelled(struct rig *r)
{
	struct dns d;
	struct asked silent, other, early;

	dns_open(&d, r);
	dnspeer_add(d.server, "silent.test", "SILENT", NULL);
	dnspeer_add(d.server, "host.test", "A", "127.0.0.8");
	ask(&d, &silent, "silent.test", RES_V4 | RES_V6);
	CHECK_EQ(res_start(&silent.q), 0);
	CHECK(dnspeer_await(d.server, "silent.test"));
	/* One that waits holds nobody up. */
	CHECK_EQ(resolve(&d, &other, "host.test", RES_V4), 0);
	res_answer_free(&other.q.answer);
	CHECK_EQ(GET(&silent.dones), 0);
	res_cancel(&silent.q);
	CHECK_EQ(result(&d, &silent), -ECANCELED);
	res_cancel(&silent.q); /* done already: nothing */
	res_cancel(&other.q);
	/* Before it was started: no question is asked. */
	ask(&d, &early, "early.test", RES_V4);
	res_cancel(&early.q);
	CHECK_EQ(res_start(&early.q), 0);
	CHECK_EQ(result(&d, &early), -ECANCELED);
	CHECK_EQ(dnspeer_asked(d.server, "early.test"), 0);
	dns_close(&d);
}
TEST(ENG, dns_cancelled) { for_each(cancelled, BY_THREADS, 1); }

static void closed_over_queries(struct rig *r)
{
	struct dns d;
	struct asked a[3];

	dns_open(&d, r);
	dnspeer_add(d.server, "silent.test", "SILENT", NULL);
	for (int i = 0; i < 3; i++) {
		ask(&d, &a[i], "silent.test", RES_V4);
		CHECK_EQ(res_start(&a[i].q), 0);
	}
	dns_close(&d);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(result(&d, &a[i]), -ECANCELED);
}
TEST(ENG, dns_closed_over_queries) { for_each(closed_over_queries, BY_THREADS, 1); }

/* Nobody listens: the system says so, and nobody waits for the timeout. */
static void nobody_there(struct rig *r)
{
	struct peer *held;
	struct dns d;
	struct asked a;
	unsigned short port;

	dns_open(&d, r);
	held = peer_hold_port(rig_peer_family(r), &port);
	CHECK(held);
	snprintf(d.address, sizeof(d.address), r->family == ENG_INET6 ? "[::1]:%u" : "127.0.0.1:%u", port);
	CHECK_EQ(resolve(&d, &a, "host.test", RES_V4), -ENOENT);
	peer_close(held);
	dns_close(&d);
}
TEST(ENG, dns_nobody_there) { for_each(nobody_there, BY_THREADS, 1); }

#define MANY 200

static void many(struct rig *r)
{
	static struct asked a[MANY];
	struct dns d;

	dns_open(&d, r);
	dnspeer_add(d.server, "silent.test", "SILENT", NULL);
	dnspeer_add(d.server, "host.test", "A", "127.0.0.8");
	dnspeer_add(d.server, "host.test", "AAAA", "::1");
	for (int i = 0; i < MANY; i++) {
		ask(&d, &a[i], i % 4 == 0 ? "silent.test" : i % 4 == 1 ? "no.test" : "host.test", RES_V4 | RES_V6);
		CHECK_EQ(res_start(&a[i].q), 0);
		if (i % 8 == 0 || i % 8 == 3) /* at every moment of their lives */
			res_cancel(&a[i > 5 ? i - i % 5 : i].q);
	}
	for (int i = 0; i < MANY; i += 4)
		res_cancel(&a[i].q);
	for (int i = 0; i < MANY; i++) {
		int res = result(&d, &a[i]);

		CHECK(res == 0 || res == -ECANCELED || res == -ENOENT);
		CHECK(i % 4 || res == -ECANCELED);
		if (res == 0)
			CHECK_EQ(a[i].q.answer.count, 2);
		res_answer_free(&a[i].q.answer);
	}
	dns_close(&d);
}
TEST(ENG, dns_many_at_once) { for_each(many, BY_THREADS, 2); }

/* A silent server is asked three times and then given up. */
static void given_up(struct rig *r)
{
	uint64_t began = host_now_ns();
	struct dns d;
	struct asked a, other;

	dns_open(&d, r);
	dnspeer_add(d.server, "silent.test", "SILENT", NULL);
	dnspeer_add(d.server, "slow.test", "SILENT", NULL);
	res_timeout_ms = 500; /* its timer stays behind that of the next */
	ask(&d, &other, "slow.test", RES_V4);
	res_timeout_ms = 20;
	ask(&d, &a, "silent.test", RES_V4);
	res_timeout_ms = 2000;
	CHECK_EQ(res_start(&other.q), 0);
	CHECK_EQ(res_start(&a.q), 0);
	CHECK_EQ(result(&d, &a), -ETIMEDOUT);
	CHECK(host_now_ns() - began >= 100 * 1000000ull); /* 20 + 40 + 80, and rounding */
	while (dnspeer_asked(d.server, "silent.test") < 3) { /* it may be late in reading them */
		CHECK(host_now_ns() - began < RIG_DEADLINE_NS);
		host_yield();
	}
	CHECK_EQ(dnspeer_asked(d.server, "silent.test"), 3);
	res_cancel(&other.q);
	CHECK_EQ(result(&d, &other), -ECANCELED);
	dns_close(&d);
}
TEST(ENG, dns_gives_a_silent_server_up) { for_each(given_up, BY_THREADS, 1); }
TEST(ENG, dns_gives_a_silent_server_up_by_hand) { for_each(given_up, BY_HAND, 1); }
