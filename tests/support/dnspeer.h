// SPDX-License-Identifier: MIT
#pragma once
/*
 * A DNS server for tests: on a loopback address and a port of the system's
 * choice, over UDP and TCP, with the records the test gives it, on a thread of
 * its own. Neutral types only, so that both worlds can include it. Shares no
 * code with what is tested. Callable from any thread at PASSIVE_LEVEL.
 */

struct dnspeer;

/* family: 4 or 6. *port in host order. NULL on failure (printed). */
struct dnspeer *dnspeer_open(int family, unsigned short *port);
void dnspeer_close(struct dnspeer *d);

/*
 * Adds a record; answers follow the order of adding. What there is no record
 * for is answered with "no such name" (the name is unknown) or with no record
 * (known, but not of that type).
 *   "A", "AAAA"      value: the address as text
 *   "CNAME", "PTR"   value: a name. A question for an alias is answered with the
 *                    whole chain
 *   "SILENT"         no question for this name is answered
 *   "FAIL", "REFUSE" the server says that it failed, or that it will not
 *   "TRUNCATE"       over UDP only a hint to ask over TCP is given
 *   "HOLD"           its answers, and all after it, wait for dnspeer_release
 * For a PTR the name is the address as text.
 */
void dnspeer_add(struct dnspeer *d, const char *name, const char *type, const char *value);
/* Lets go of what is held, for good. */
void dnspeer_release(struct dnspeer *d);
/* Waits until a question for the name came (any type), PEER_SECONDS at most; 0 when it passed. */
int dnspeer_await(struct dnspeer *d, const char *name);
/* Questions for the name so far, of any type; NULL: for all names. */
unsigned int dnspeer_asked(struct dnspeer *d, const char *name);
/* Connections taken over TCP so far. */
unsigned int dnspeer_connections(struct dnspeer *d);

/* A hosts file with that text; path has room for 64 bytes. It is removed with
 * dnspeer_remove_hosts. */
void dnspeer_write_hosts(char *path, const char *text);
void dnspeer_remove_hosts(const char *path);
/* Has this machine an address of the family (4 or 6) that is not a loopback one? */
int dnspeer_machine_has(int family);
