// SPDX-License-Identifier: MIT
#pragma once
/*
 * Writing a test, in either world:
 *
 *     TEST(SOCK_07, new_socket_has_no_events) { COVERS("CONN1-11"); ... CHECK(x == 1); }
 *
 * A test registers itself (a linker section); tests/support/runner.c hands all
 * of a program's tests to cmocka. This header exists because the NT world
 * cannot include cmocka.h: the checks below are cmocka's own functions.
 * CHECK* may be used on the test's own thread only (they leave it by longjmp):
 * completion routines record what they saw, the test checks it.
 */

struct test_case
{
    const char *name;
    void (*function)(void **state);
};

/* id: the requirement, e.g. SOCK_07, or an area's name for internals, e.g. KE. */
#define TEST(id, what) TEST_(id##_##what)
#define TEST_(full)                                                                                       \
    static void full(void **state);                                                                       \
    static const struct test_case test_case_##full __attribute__((used, aligned(16), section("test_cases"))) = {   \
        #full, full};                                                                                     \
    static void full(void **state __attribute__((unused)))

/* Further requirements that this test would catch the breaking of. */
#define COVERS(...) do { static const char *const covers_[] __attribute__((unused)) = {__VA_ARGS__}; } while (0)

void _assert_true(const unsigned long result, const char *const expression, const char *const file, const int line);
void _assert_int_equal(const unsigned long a, const unsigned long b, const char *const file, const int line);
void _assert_string_equal(const char *const a, const char *const b, const char *const file, const int line);
void _assert_memory_equal(const void *const a, const void *const b, const unsigned long size,
                          const char *const file, const int line);
void _skip(const char *const file, const int line);
void print_message(const char *const format, ...);

#define CHECK(condition) _assert_true((unsigned long)!!(condition), #condition, __FILE__, __LINE__)
#define CHECK_EQ(a, b) _assert_int_equal((unsigned long)(a), (unsigned long)(b), __FILE__, __LINE__)
/* NTSTATUS values are compared as 32 bits so that failures print alike. */
#define CHECK_STATUS(actual, expected) \
    _assert_int_equal((unsigned int)(actual), (unsigned int)(expected), __FILE__, __LINE__)
#define CHECK_STR(a, b) _assert_string_equal((a), (b), __FILE__, __LINE__)
#define CHECK_MEM(a, b, size) _assert_memory_equal((a), (b), (size), __FILE__, __LINE__)
/* A skip needs a reason and is counted; in CI an unlisted one is a failure. */
#define SKIP(reason) do { print_message("SKIP: %s\n", (reason)); _skip(__FILE__, __LINE__); } while (0)

/* Runs function in a child process and returns its wait status; for tests of
 * bugchecks. Its log goes to report (terminated), when given. The child has a
 * time limit; fork happens from a single-threaded copy of the program started
 * anew, so threads of this process do not matter: function is found by test name. */
int t_run_child(const char *test_name, char *report, unsigned long report_size);
/* True in such a child, which then must do the deed and not return. */
int t_is_child(const char *test_name);
