// SPDX-License-Identifier: MIT
/*
 * Reading and loading driver images: what is found in a good one, and that a bad
 * one is refused rather than believed. The good one is the C library, which is at
 * hand everywhere.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/module.h"
#include "support/test.h"

struct seen {
	unsigned int symbols;
	bool malloc_defined;
	bool tls_undefined;
};

static void see(void *ctx, const char *name, enum host_symbol_kind kind)
{
	struct seen *s = ctx;

	s->symbols++;
	s->malloc_defined |= !strcmp(name, "malloc") && kind == HOST_SYMBOL_DEFINED;
	s->tls_undefined |= !strcmp(name, "__tls_get_addr") && kind == HOST_SYMBOL_UNDEFINED;
}

static const char *c_library(void)
{
	Dl_info info;

	CHECK(dladdr((void *)(uintptr_t)&getenv, &info));
	return info.dli_fname;
}

/* A file with that content; the caller unlinks it. */
static void write_temp(char *path, const void *bytes, size_t size)
{
	int fd;

	snprintf(path, 64, "/tmp/wskhost-module-XXXXXX");
	fd = mkstemp(path);
	CHECK(fd >= 0);
	CHECK(write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;

	CHECK(f != NULL);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*size);
	CHECK(fread(bytes, 1, *size, f) == *size);
	fclose(f);
	return bytes;
}

TEST(HOST, module_symbols_tell_defined_from_needed)
{
	struct seen s = {0};

	CHECK_EQ(host_module_symbols(c_library(), see, &s), 0);
	CHECK(s.symbols > 1000);
	CHECK(s.malloc_defined);
	CHECK(s.tls_undefined);
}

TEST(HOST, module_refuses_what_is_no_image)
{
	struct seen s = {0};
	char path[64];

	CHECK_EQ(host_module_symbols("/nonexistent/x.so", see, &s), -ENOENT);
	CHECK_EQ(host_module_symbols("/tmp", see, &s), -ENOEXEC);
	write_temp(path, "short", 5);
	CHECK_EQ(host_module_symbols(path, see, &s), -ENOEXEC);
	unlink(path);
	CHECK_EQ(s.symbols, 0);
}

/* Damaged headers: whatever the answer, nothing outside the file is read (the
 * sanitizers and the memory map see to that). */
TEST(HOST, module_survives_damaged_images)
{
	size_t size, cut;
	uint8_t *good = read_file(c_library(), &size), *bad = malloc(size);
	uint64_t shoff, random = 0x9e3779b97f4a7c15u;
	char path[64];

	memcpy(&shoff, good + 40, sizeof(shoff));
	for (int round = 0; round < 60; round++) {
		struct seen s = {0};

		memcpy(bad, good, size);
		for (int flips = 0; flips < 8; flips++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			cut = (random >> 33) % 4096;
			/* half into the file header, half into the section headers */
			if (flips & 1)
				bad[16 + cut % 48] ^= (uint8_t)(random >> 20);
			else if (shoff + cut < size)
				bad[shoff + cut] ^= (uint8_t)(random >> 20);
		}
		cut = round % 3 ? size : (size_t)(random % size);
		write_temp(path, bad, cut);
		host_module_symbols(path, see, &s);
		unlink(path);
	}
	free(bad);
	free(good);
}

TEST(HOST, module_names_its_functions_and_is_opened_once)
{
	struct host_module *m, *again = NULL;
	char why[128], text[256];
	uint64_t offset;
	const char *path;
	void *base, *fn;
	size_t size;

	CHECK_EQ(host_module_open("/nonexistent/x.so", &m, why, sizeof(why)), -ENOENT);
	CHECK_EQ(host_module_open(c_library(), &m, why, sizeof(why)), 0);
	CHECK_EQ(host_module_open(c_library(), &again, why, sizeof(why)), -EEXIST);
	host_module_range(m, &base, &size);
	fn = host_module_find(m, "lfind");
	CHECK(fn != NULL && (uintptr_t)fn - (uintptr_t)base < size);
	path = host_module_at((char *)fn + 4, &offset);
	CHECK(path != NULL);
	CHECK_STR(path, host_module_path(m));
	CHECK(host_module_describe((char *)fn + 4, text, sizeof(text)) > 0);
	CHECK(strstr(text, "(lfind+0x4)") != NULL);
	CHECK(host_module_describe((char *)fn + 4, text, 5) == 4);
	CHECK_EQ(host_module_describe(&offset, text, sizeof(text)), 0);
	host_module_close(m);
	CHECK(host_module_at(fn, &offset) == NULL);
	CHECK(host_process_symbol("lfind") == fn);
	CHECK(host_process_symbol("no_such_name_anywhere") == NULL);
}
