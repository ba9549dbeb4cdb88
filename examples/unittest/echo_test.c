// SPDX-License-Identifier: MIT
/*
 * Unit tests of a kernel driver, in one process with it: the echo driver of
 * examples/echo is linked into this program, which loads it for each test, talks
 * TCP to it, unloads it, and looks at what it left behind.
 *
 * Everything that works on an ordinary program works on this one: gdb, the
 * sanitizers, coverage, valgrind. A test that hangs ends after its time limit
 * with a list of what each thread and each socket waits for.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include <wskhost/wskhost.h>

WSKHOST_STATIC_DRIVER(echo);

#define SECONDS_PER_TEST 20

static bool failed; /* the current test */

#define CHECK(condition)                                                               \
    do                                                                                 \
    {                                                                                  \
        if (!(condition))                                                              \
        {                                                                              \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
            failed = true;                                                             \
        }                                                                              \
    } while (0)

/* ---- what the log says ------------------------------------------------------------ */

/* The log's lines come on any thread. "listening on ...:PORT" is what we need. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t port_known = PTHREAD_COND_INITIALIZER;
static int port;

static void on_line(void *context, enum wskhost_log_level level, const char *line)
{
    (void)context;
    (void)level;
    printf("# %s\n", line);
    if (!strncmp(line, "listening on ", 13))
    {
        const char *end = strstr(line, " (");

        while (end && end[-1] != ':')
        {
            end--;
        }
        pthread_mutex_lock(&lock);
        port = end ? atoi(end) : -1;
        pthread_cond_signal(&port_known);
        pthread_mutex_unlock(&lock);
    }
}

static int wait_for_port(void)
{
    int result;

    pthread_mutex_lock(&lock);
    while (port == 0)
    {
        pthread_cond_wait(&port_known, &lock);
    }
    result = port;
    port = 0;
    pthread_mutex_unlock(&lock);
    return result;
}

/* ---- the driver, and clients of it ------------------------------------------------- */

static struct wskhost_driver *driver;
static struct sockaddr_in6 server;

static void load(void)
{
    if (wskhost_load_static(&wskhost_driver_echo, &driver))
    {
        puts("Bail out! the driver cannot be loaded");
        exit(1);
    }
    server = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = htons((uint16_t)wait_for_port())};
}

/* Nothing may be left: no socket, no memory, no IRP, no thread. */
static void unload(size_t sockets)
{
    struct wskhost_unload_report report;

    CHECK(wskhost_unload(driver, &report) == 0);
    CHECK(report.leaks == 0);
    CHECK(report.sockets_closed == sockets);
}

static int client(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    CHECK(fd >= 0);
    CHECK(connect(fd, (struct sockaddr *)&server, sizeof(server)) == 0);
    return fd;
}

static bool receive_all(int fd, char *buffer, size_t size)
{
    size_t got = 0;

    while (got < size)
    {
        ssize_t n = recv(fd, buffer + got, size - got, 0);

        if (n <= 0)
        {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

static bool echoes(int fd, const char *text)
{
    char buffer[64] = "";

    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text) &&
           receive_all(fd, buffer, strlen(text)) && !strcmp(buffer, text);
}

/* ---- the tests ------------------------------------------------------------------------ */

static void says_what_it_hears(void)
{
    int fd;

    load();
    fd = client();
    CHECK(echoes(fd, "hello"));
    CHECK(echoes(fd, "again"));
    close(fd);
    unload(2); /* the listener and the connection */
}

static void *send_much(void *argument)
{
    static char block[1 << 16];

    for (int i = 0; i < 16; i++)
    {
        CHECK(send(*(int *)argument, block, sizeof(block), MSG_NOSIGNAL) == (ssize_t)sizeof(block));
    }
    shutdown(*(int *)argument, SHUT_WR);
    return NULL;
}

/* More than any buffer holds, so that it must receive while it sends. */
static void returns_a_megabyte(void)
{
    static char buffer[1 << 20];
    pthread_t sender;
    int fd;

    load();
    fd = client();
    pthread_create(&sender, NULL, send_much, &fd);
    CHECK(receive_all(fd, buffer, sizeof(buffer)));
    pthread_join(sender, NULL);
    CHECK(recv(fd, buffer, 1, 0) == 0); /* and then the end */
    close(fd);
    unload(2);
}

static void keeps_clients_apart(void)
{
    int fds[20];

    load();
    for (int i = 0; i < 20; i++)
    {
        fds[i] = client();
    }
    for (int i = 19; i >= 0; i--)
    {
        char text[16];

        snprintf(text, sizeof(text), "client %d", i);
        CHECK(echoes(fds[i], text));
    }
    for (int i = 0; i < 20; i++)
    {
        close(fds[i]);
    }
    unload(21);
}

static void survives_a_reset(void)
{
    struct linger at_once = {1, 0};
    int fd;

    load();
    fd = client();
    CHECK(echoes(fd, "soon gone"));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
    fd = client();
    CHECK(echoes(fd, "the next"));
    close(fd);
    unload(3);
}

static void unloads_under_an_open_connection(void)
{
    char byte;
    int fd;

    load();
    fd = client();
    CHECK(echoes(fd, "still here"));
    unload(2);
    CHECK(recv(fd, &byte, 1, 0) <= 0); /* an end or a reset, but no waiting */
    close(fd);
}

/* ---- running them ----------------------------------------------------------------------- */

static const struct
{
    const char *name;
    void (*run)(void);
} tests[] = {
    {"says what it hears", says_what_it_hears},
    {"returns a megabyte", returns_a_megabyte},
    {"keeps clients apart", keeps_clients_apart},
    {"survives a reset", survives_a_reset},
    {"unloads under an open connection", unloads_under_an_open_connection},
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

int main(void)
{
    struct wskhost_options options = {.size = sizeof(options), .log = on_line};
    size_t good = 0;

    setvbuf(stdout, NULL, _IOLBF, 0); /* a test that aborts leaves its lines */
    printf("1..%zu\n", TESTS);
    if (wskhost_start(&options))
    {
        return 1;
    }
    for (size_t i = 0; i < TESTS; i++)
    {
        failed = false;
        wskhost_set_time_limit(SECONDS_PER_TEST);
        tests[i].run();
        wskhost_set_time_limit(0);
        printf("%s %zu %s\n", failed ? "not ok" : "ok", i + 1, tests[i].name);
        good += !failed;
    }
    return wskhost_stop() == 0 && good == TESTS ? 0 : 1;
}
