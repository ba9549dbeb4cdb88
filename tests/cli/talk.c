// SPDX-License-Identifier: MIT
/*
 * An ordinary TCP client for the command's tests: talk ADDRESS PORT [--hold]
 * sends its standard input, finishes sending, and writes what comes back to its
 * standard output until the server finishes. With --hold it does not finish
 * sending: it writes one line per chunk received and ends when the server does.
 * With --udp each line of its input is a datagram, and its answer, which must come
 * from where the line was sent to, is written before the next one is sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *address, const char *port, int type)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type}, *ai;
	int fd;

	if (getaddrinfo(address, port, &hints, &ai))
		return -1;
	fd = socket(ai->ai_family, type, 0);
	if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		perror("connect");
		close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int talk_by_lines(int fd)
{
	char line[4096];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (fgets(line, sizeof(line), stdin)) {
		ssize_t n;

		if (write(fd, line, strlen(line)) < 0 || poll(&p, 1, 20000) != 1)
			return 1;
		n = read(fd, line, sizeof(line));
		if (n < 0 || write_all(1, line, (size_t)n))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int hold = argc == 4 && !strcmp(argv[3], "--hold"), udp = argc == 4 && !strcmp(argv[3], "--udp"), fd;
	char buf[4096];
	ssize_t n;

	if (argc != 3 && !hold && !udp) {
		fprintf(stderr, "usage: talk ADDRESS PORT [--hold|--udp]\n");
		return 2;
	}
	fd = dial(argv[1], argv[2], udp ? SOCK_DGRAM : SOCK_STREAM);
	if (fd < 0)
		return 1;
	if (udp)
		return talk_by_lines(fd);
	while ((n = read(0, buf, sizeof(buf))) > 0)
		if (write_all(fd, buf, (size_t)n))
			return 1;
	if (!hold)
		shutdown(fd, SHUT_WR);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write_all(1, buf, (size_t)n))
			return 1;
	if (n < 0 && hold && errno == ECONNRESET)
		return 0; /* what a server's unload does to an open connection */
	return n < 0;
}
