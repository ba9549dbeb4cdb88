// SPDX-License-Identifier: MIT
#pragma once
/*
 * An ordinary Linux UDP program for tests to talk to, as peer.h's is for TCP:
 * loopback and ephemeral ports only, neutral types, PEER_SECONDS as deadline.
 */
#include "peer.h"

struct udp;

/* Bound to the loopback address of family (4 or 6); *port in host order. */
struct udp *udp_open(int family, unsigned short *port);
/* Likewise, bound to another IPv4 loopback address, 127.0.0.`last`, and to `port` if not 0. */
struct udp *udp_open_at(unsigned char last, unsigned short *port);
void udp_close(struct udp *u);
/* What its datagrams carry from now on: type of service, hops. */
void udp_mark(struct udp *u, int tos, int hops);
/* To a port on the loopback address. 0 or PEER_RESET. */
int udp_send(struct udp *u, unsigned short port, const void *data, unsigned long length);
/* To 127.255.255.255, the loopback network's broadcast address. */
int udp_broadcast(struct udp *u, unsigned short port, const void *data, unsigned long length);
/* To a multicast group that exists on the loopback interface only, which this joins
 * for the machine. 0, or PEER_RESET where the machine does not let it. */
int udp_multicast(struct udp *u, unsigned short port, const void *data, unsigned long length);
/* The next datagram: its length, or PEER_TIMEOUT. *port and *tos, *hops may be NULL. */
long udp_receive(struct udp *u, void *buffer, unsigned long length, unsigned short *port, int *tos, int *hops);
/* True when no datagram is there. */
int udp_is_empty(struct udp *u);

/* While on, the kernel takes no datagram from this program's engine (EAGAIN, as
 * with a full device queue). UDP on loopback never
 * makes a sender wait, so this stands in for a slow device. */
void udp_hold_sends(int on);
